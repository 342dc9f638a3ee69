// The whole ledger out to a backup, and in from one.

import Foundation
import LyceumCore

/// What a backup takes from the ledger, all of one transaction.
struct LedgerState: Sendable {
    /// The last publication; 0 for none.
    var publication: Int64
    /// When a person was last erased; nil if nobody was.
    var lastErasure: String?
    var migrations: [String]
    var tables: [LedgerDump.Table]
    var files: [(path: FilePath, isSuperseded: Bool, bytes: Int64)]
}

extension Ledger {
    /// Hands every row of every table to `body`, chunk by chunk, and says what they belong to.
    func dump(_ body: @escaping @Sendable (BackupObject, Data) throws -> Void) async throws -> LedgerState {
        let known = LedgerSchema.migrator.migrations.map(\.name)
        return try await read("read all of it") { db in
            let tables = try db.tables()
            return LedgerState(
                publication: try Int64.fetchOne(db, sql: "SELECT max(id) FROM publications") ?? 0,
                lastErasure: try Self.lastErasure(db, tables),
                migrations: try db.migrations(inOrderOf: known),
                tables: try tables.map { try Self.dump($0, of: db, body) },
                files: try Self.allFiles(db)
            )
        }
    }

    /// When a person was last erased, ISO 8601 UTC; nil if nobody was.
    func lastErasure() async throws -> String? {
        try await read("look for erasures") { db in try Self.lastErasure(db, db.tables()) }
    }

    private static func lastErasure(_ db: Database, _ tables: [LedgerTable]) throws -> String? {
        guard tables.contains(where: { $0.name == "erasures" }) else { return nil }
        return try String.fetchOne(db, sql: "SELECT max(committed_at) FROM erasures")
    }

    private static func dump(
        _ table: LedgerTable,
        of db: Database,
        _ body: (BackupObject, Data) throws -> Void
    ) throws -> LedgerDump.Table {
        var dump = LedgerDump.Table(name: table.name, columns: table.columns, rows: 0, chunks: [])
        let columns = table.columns.map(SQLText.identifier).joined(separator: ", ")
        let key = table.key.map(SQLText.identifier).joined(separator: ", ")
        while true {
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT \(columns) FROM \(SQLText.identifier(table.name)) ORDER BY \(key)
                    LIMIT \(LedgerDump.rowsPerChunk) OFFSET \(dump.rows)
                    """
            )
            if !rows.isEmpty {
                let text = try LedgerDump.encode(rows.map(\.values))
                dump.chunks.append(BackupObject(text))
                dump.rows += rows.count
                try body(BackupObject(text), text)
            }
            if rows.count < LedgerDump.rowsPerChunk { return dump }
        }
    }

    /// Fills a ledger from a backup's tables, in one transaction; what was in it is gone then.
    ///
    /// - Parameter rows: the rows of a chunk.
    func load(
        _ tables: [LedgerDump.Table],
        rows: @escaping @Sendable (BackupObject) throws -> [[SQLValue]]
    ) async throws {
        try await write("restore it") { db in
            let known = Dictionary(try db.tables().map { ($0.name, $0) }) { first, _ in first }
            // A table and its snapshots refer to each other: the current snapshot is noted when both are there.
            try db.execute(sql: "UPDATE tables SET current_snapshot = NULL")
            let order = Self.loadOrder(tables)
            for table in order.reversed() {
                try db.execute(sql: "DELETE FROM \(SQLText.identifier(table.name))")
            }
            var current: [[SQLValue]] = []
            for table in order {
                guard let description = known[table.name] else {
                    throw LakeError(.damagedBackup, "The backup has a table that the ledger has not: \(table.name).")
                }
                let columns = table.columns.map(SQLText.identifier).joined(separator: ", ")
                let places = table.columns.map { _ in "?" }.joined(separator: ", ")
                let deferred = table.name == "tables" ? table.columns.firstIndex(of: "current_snapshot") : nil
                let id = table.columns.firstIndex(of: "id") ?? 0
                for chunk in table.chunks {
                    var values = try rows(chunk)
                    if let deferred {
                        current += values.map { [$0[deferred], $0[id]] }
                        for index in values.indices { values[index][deferred] = .null }
                    }
                    try db.session.execute(
                        "INSERT INTO \(SQLText.identifier(table.name)) (\(columns)) VALUES (\(places))",
                        rows: values
                    )
                }
                try db.continueNumbers(of: description)
            }
            try db.session.execute("UPDATE tables SET current_snapshot = ? WHERE id = ?", rows: current)
        }
    }

    /// Tables in an order in which those that are referred to come first.
    private static func loadOrder(_ tables: [LedgerDump.Table]) -> [LedgerDump.Table] {
        let first = ["properties", "runs", "publications", "tables", "snapshots", "files"]
        func place(_ table: LedgerDump.Table) -> Int { first.firstIndex(of: table.name) ?? first.count }
        return tables.sorted { (place($0), $0.name) < (place($1), $1.name) }
    }

    /// Whether the ledger has ever held a run or a table.
    func isUnused() async throws -> Bool {
        try await read("look whether it is new") { db in
            try Int64.fetchOne(db, sql: "SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM tables)") == 0
        }
    }
}

extension LedgerMigrator {
    /// The steps that a backup's ledger had been through.
    ///
    /// - Throws: ``LakeError`` with code `migration_newer` for steps that this version does not know.
    func limited(to names: [String]) throws -> LedgerMigrator {
        guard !names.isEmpty, migrations.map(\.name).starts(with: names) else {
            throw LakeError(
                .migrationNewer,
                "The backup was written by a newer version of Lyceum. Install that version, or a later one."
            )
        }
        var limited = LedgerMigrator()
        for migration in migrations.prefix(names.count) {
            limited.registerMigration(migration.name, migrate: migration.migrate)
        }
        return limited
    }
}
