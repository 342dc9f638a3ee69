// What is committed and still has files to move, and what has expired and still has files to remove.

import Foundation
import LyceumCore

/// The moves that bring the files of one publication to where the catalog says they are.
struct Settlement: Sendable {
    var publication: Int64
    var run: RunID
    /// Files of this publication: from staging to their zone.
    var arriving: [FilePath]
    /// Files that this publication superseded: from their zone to history.
    var leaving: [FilePath]
    /// Files whose bytes this publication deletes, and those that stand for them, from staging.
    var replacing: [Replacement] = []

    /// A file that stands for another.
    struct Replacement: Sendable {
        var old: FilePath
        var new: FilePath?
        /// Whether the new one belongs into history.
        var isSuperseded: Bool
    }
}

extension Ledger {
    /// Publications whose files have not all been moved, in the order of their commits.
    func unsettledPublications() async throws -> [Int64] {
        try await read("look for unfinished publications") { db in try Self.unsettled(db) }
    }

    static func unsettled(_ db: Database) throws -> [Int64] {
        try Int64.fetchAll(db, sql: "SELECT id FROM publications WHERE settled_at IS NULL ORDER BY id")
    }

    func settlement(of publication: Int64) async throws -> Settlement {
        try await read("read a publication") { db in
            let row = try Row.fetchOne(
                db,
                sql: "SELECT run_id FROM publications WHERE id = ?",
                arguments: [publication]
            )
            guard let row else { throw LakeError(.corruptLedger, "The ledger has lost publication \(publication).") }
            func paths(_ column: String) throws -> [FilePath] {
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT f.path FROM files f JOIN snapshots s ON s.id = f.\(column)
                        WHERE s.publication_id = ? ORDER BY f.path
                        """,
                    arguments: [publication]
                ).map { try FilePath($0) }
            }
            return Settlement(
                publication: publication,
                run: try row.runID("run_id"),
                arriving: try paths("added_in"),
                leaving: try paths("removed_in"),
                replacing: try Self.replacements(db, of: publication)
            )
        }
    }

    private static func replacements(_ db: Database, of publication: Int64) throws -> [Settlement.Replacement] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT old_path, new_path, (
                    SELECT coalesce(min(CASE WHEN f.removed_in IS NULL THEN 0 ELSE 1 END), 1)
                    FROM files f WHERE f.path = s.new_path) AS superseded
                FROM substitutions s WHERE publication_id = ? ORDER BY old_path
                """,
            arguments: [publication]
        ).map { row in
            Settlement.Replacement(
                old: try FilePath(try row.text("old_path")),
                new: try (row["new_path"] as String?).map { try FilePath($0) },
                isSuperseded: try row.integer("superseded") == 1
            )
        }
    }

    func markSettled(_ publication: Int64) async throws {
        let time = LedgerText.time(now())
        try await write("note that a publication is complete") { db in
            try db.execute(
                sql: "UPDATE publications SET settled_at = ? WHERE id = ?",
                arguments: [time, publication]
            )
        }
    }

    // MARK: - Expiry

    /// Marks the snapshots that are old enough as expired, and returns the files that none is left to use.
    ///
    /// The files' rows stay until ``forget(files:)``, so that an interrupted removal is taken up by the next expiry.
    func expireSnapshots(_ age: SnapshotAge) async throws -> (snapshots: Int, files: [(path: FilePath, bytes: Int64)]) {
        let time = LedgerText.time(now())
        return try await write("expire old snapshots") { db in
            let files = try Self.unusedFiles(db, age)
            let old = try Self.oldSnapshots(db, age)
            try db.execute(
                sql: "UPDATE snapshots SET expired_at = ? WHERE id = ?",
                rows: old.map { [time, $0] }
            )
            return (old.count, files)
        }
    }

    /// What ``expireSnapshots(_:)`` would return; changes nothing.
    func expirableSnapshots(_ age: SnapshotAge) async throws -> (
        snapshots: Int, files: [(path: FilePath, bytes: Int64)]
    ) {
        try await read("look for old snapshots") { db in
            (try Self.oldSnapshots(db, age).count, try Self.unusedFiles(db, age))
        }
    }

    private static func oldSnapshots(_ db: Database, _ age: SnapshotAge) throws -> [Int64] {
        try Int64.fetchAll(
            db,
            sql: "SELECT id FROM (\(snapshotAges)) AS ages WHERE expired_at IS NULL AND age > ? AND until < ?",
            arguments: [age.keep, LedgerText.time(age.supersededBefore)]
        )
    }

    private static let snapshotAges = """
        SELECT id, table_id, expired_at,
            coalesce(lead(created_at) OVER (PARTITION BY table_id ORDER BY id), '9999') AS until, CASE WHEN table_id IN (\(heldTables)) THEN 0
            ELSE row_number() OVER (PARTITION BY table_id ORDER BY id DESC) END AS age FROM snapshots
        """

    /// Files that no snapshot needs once those that are old enough have expired.
    ///
    /// Gone: every snapshot from `added_in` up to `removed_in` has expired or is too old, and no other row needs the path. Those
    /// that are not too old are a table's last ones, so their first says it all; computed once, for a server would do it for each
    /// file.
    private static func unusedFiles(_ db: Database, _ age: SnapshotAge) throws -> [(path: FilePath, bytes: Int64)] {
        try Row.fetchAll(
            db,
            sql: """
                WITH young AS MATERIALIZED (
                    SELECT table_id, min(id) AS id FROM (\(snapshotAges)) AS ages
                    WHERE age <= ? OR until >= ? GROUP BY table_id
                ), used AS MATERIALIZED (
                    SELECT f.path FROM files f LEFT JOIN young y ON y.table_id = f.table_id
                    WHERE f.removed_in IS NULL OR EXISTS (
                        SELECT 1 FROM snapshots s
                        WHERE s.table_id = f.table_id AND s.id >= f.added_in AND s.id < f.removed_in
                            AND s.id >= y.id AND s.expired_at IS NULL))
                SELECT DISTINCT path, bytes FROM files WHERE path NOT IN (SELECT path FROM used) ORDER BY path
                """,
            arguments: [age.keep, LedgerText.time(age.supersededBefore)]
        ).map { (path: try FilePath(try $0.text("path")), bytes: try $0.integer("bytes")) }
    }

    /// Removes the rows of files that are no more.
    func forget(files: [FilePath]) async throws {
        try await write("forget expired files") { db in
            try db.execute(
                sql: "DELETE FROM files WHERE path = ? AND removed_in IS NOT NULL",
                rows: files.map { [$0.description] }
            )
            try db.execute(
                sql: "DELETE FROM file_statistics WHERE path = ? AND path NOT IN (SELECT path FROM files)",
                rows: files.map { [$0.description] }
            )
        }
    }

    // MARK: - Properties

    /// The lake that this ledger is of; nil before the first opening.
    func lakeIdentity() async throws -> String? {
        try await read("read its lake's name") { db in
            try String.fetchOne(db, sql: "SELECT value FROM properties WHERE name = 'lake'")
        }
    }

    func setLakeIdentity(_ identity: String) async throws {
        try await write("note its lake's name") { db in
            try db.execute(
                sql: """
                    INSERT INTO properties (name, value) VALUES ('lake', ?)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """,
                arguments: [identity]
            )
        }
    }

    /// How many files the current snapshots have.
    func currentFileCount() async throws -> Int {
        try await read("count the files") { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM files WHERE removed_in IS NULL") ?? 0
        }
    }

    /// Every file that the catalog knows, by path.
    func everyFile(store: any ObjectStore) async throws -> [LakeFile] {
        try await read("list every file") { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT path, max(rows) AS rows, max(bytes) AS bytes, max(key_id) AS key_id,
                        min(CASE WHEN removed_in IS NULL THEN 0 ELSE 1 END) AS superseded
                    FROM files GROUP BY path ORDER BY path
                    """
            ).map { row in
                let path = try FilePath(try row.text("path"))
                let isSuperseded = try row.integer("superseded") == 1
                return LakeFile(
                    path: path,
                    rows: try row.integer("rows"),
                    bytes: try row.integer("bytes"),
                    isSuperseded: isSuperseded,
                    data: DataFile(
                        store.location(of: LakeLayout.key(of: path, isSuperseded: isSuperseded)),
                        key: row["key_id"]
                    )
                )
            }
        }
    }

    /// Every file that the catalog knows, with where it stands and its size in bytes.
    func allFiles() async throws -> [(path: FilePath, isSuperseded: Bool, bytes: Int64)] {
        try await read("list the files") { db in try Self.allFiles(db) }
    }

    static func allFiles(_ db: Database) throws -> [(path: FilePath, isSuperseded: Bool, bytes: Int64)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT path, max(bytes) AS bytes, min(CASE WHEN removed_in IS NULL THEN 0 ELSE 1 END) AS superseded
                FROM files GROUP BY path ORDER BY path
                """
        )
        .map { row in
            (try FilePath(try row.text("path")), try row.integer("superseded") == 1, try row.integer("bytes"))
        }
    }
}

extension Ledger {
    /// Bytes and files of each table that only its history uses.
    public func supersededBytes() async throws -> [TableID: (bytes: Int64, files: Int)] {
        try await read("measure the history") { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT table_id, sum(bytes) AS bytes, count(*) AS files FROM (
                        SELECT table_id, path, max(bytes) AS bytes FROM files
                        GROUP BY table_id, path HAVING min(CASE WHEN removed_in IS NULL THEN 0 ELSE 1 END) = 1) AS old
                    GROUP BY table_id
                    """
            )
            var sizes: [TableID: (bytes: Int64, files: Int)] = [:]
            for row in rows {
                sizes[try row.tableID("table_id")] = (try row.integer("bytes"), Int(try row.integer("files")))
            }
            return sizes
        }
    }
}
