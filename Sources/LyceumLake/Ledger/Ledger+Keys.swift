// What the ledger knows of encryption: a copy of the wrapped data keys, and which files use which.

import Foundation
import LyceumCore

extension Ledger {
    /// The copy of the lake's `_keys.json`; nil before the first key.
    func keyFile() async throws -> String? {
        try await read("read the copy of the data keys") { db in
            try String.fetchOne(db, sql: "SELECT value FROM properties WHERE name = 'data_keys'")
        }
    }

    func setKeyFile(_ text: String) async throws {
        try await write("copy the data keys") { db in
            try db.execute(
                sql: """
                    INSERT INTO properties (name, value) VALUES ('data_keys', ?)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """,
                arguments: [text]
            )
        }
    }

    /// The names of the data keys that files of the catalog are encrypted with.
    func usedKeys() async throws -> [String] {
        try await read("list the keys in use") { db in
            try Row.fetchAll(db, sql: "SELECT DISTINCT key_id FROM files WHERE key_id IS NOT NULL ORDER BY key_id")
                .map { try $0.text("key_id") }
        }
    }

    /// How many files of each table are encrypted or plain, current or not.
    func keyUses() async throws -> [(table: TableID, isEncrypted: Bool, isCurrent: Bool, files: Int)] {
        try await read("count encrypted files") { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT table_id, CASE WHEN key_id IS NULL THEN 0 ELSE 1 END AS encrypted, current, count(*) AS files
                    FROM (
                        SELECT table_id, path, max(key_id) AS key_id,
                            max(CASE WHEN removed_in IS NULL THEN 1 ELSE 0 END) AS current
                        FROM files GROUP BY table_id, path
                    ) AS paths
                    GROUP BY table_id, CASE WHEN key_id IS NULL THEN 0 ELSE 1 END, current ORDER BY table_id
                    """
            )
            .map { row in
                (
                    try row.tableID("table_id"), try row.integer("encrypted") == 1, try row.integer("current") == 1,
                    Int(try row.integer("files"))
                )
            }
        }
    }
}
