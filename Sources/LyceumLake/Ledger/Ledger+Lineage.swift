// Watermarks, builds and lineage: how far the sources were read, and what each table was made of.

import Foundation
import LyceumCore

extension Ledger {
    /// All watermarks, by source and table.
    public func watermarks() async throws -> [WatermarkRecord] {
        try await read("list the watermarks") { db in
            try Row.fetchAll(db, sql: "SELECT * FROM watermarks ORDER BY source, table_name").map(Self.watermark)
        }
    }

    /// How far one table of a source has been read; nil before its first publication.
    public func watermark(source: String, table: String) async throws -> WatermarkRecord? {
        try await read("read a watermark") { db in
            try Row.fetchOne(
                db,
                sql: "SELECT * FROM watermarks WHERE source = ? AND table_name = ?",
                arguments: [source, table]
            ).map(Self.watermark)
        }
    }

    private static func watermark(_ row: Row) throws -> WatermarkRecord {
        var record = WatermarkRecord(
            source: try row.text("source"),
            table: try row.text("table_name"),
            column: row["column_name"],
            value: row["value"],
            fingerprint: row["fingerprint"]
        )
        record.updatedAt = try row.date("updated_at")
        record.run = try row.runID("run_id")
        return record
    }

    /// The last build of a table; nil before the first.
    public func build(of table: TableID) async throws -> Build? {
        try await builds()[table]
    }

    /// The last build of every table.
    public func builds() async throws -> [TableID: Build] {
        try await read("list the builds") { db in
            let inputs = try Self.latestLineage(db)
            let rows = try Row.fetchAll(
                db,
                sql: "SELECT b.*, t.current_snapshot FROM builds b JOIN tables t ON t.id = b.table_id"
            )
            var builds: [TableID: Build] = [:]
            for row in rows {
                let table = try row.tableID("table_id")
                builds[table] = Build(
                    table: table,
                    fingerprint: row["fingerprint"],
                    run: try row.runID("run_id"),
                    builtAt: try row.date("built_at"),
                    inputs: inputs[table] ?? [],
                    snapshot: row["current_snapshot"]
                )
            }
            return builds
        }
    }

    /// What every table was last built from.
    public func lineage() async throws -> [TableID: [LineageInput]] {
        try await read("read the lineage") { db in try Self.latestLineage(db) }
    }

    private static func latestLineage(_ db: Database) throws -> [TableID: [LineageInput]] {
        try lineage(
            db,
            sql: "SELECT l.* FROM lineage l JOIN builds b ON b.table_id = l.table_id AND b.run_id = l.run_id",
            arguments: []
        )
    }

    static func lineage(
        _ db: Database,
        sql: String,
        arguments: StatementArguments
    ) throws -> [TableID: [LineageInput]] {
        var inputs: [TableID: [LineageInput]] = [:]
        for row in try Row.fetchAll(db, sql: "\(sql) ORDER BY table_id, position", arguments: arguments) {
            inputs[try row.tableID("table_id"), default: []]
                .append(LineageInput(try row.text("input"), version: row["version"]))
        }
        return inputs
    }
}
