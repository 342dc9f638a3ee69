// A ledger in an SQLite file, through GRDB.

import Foundation
import GRDB

/// SQLite: write-ahead log, readers beside one writer, full durability.
final class SQLiteLedger: LedgerDatabase {
    let place: String
    private let pool: DatabasePool

    private init(path: String, pool: DatabasePool) {
        place = path
        self.pool = pool
    }

    /// Opens the file, creating or migrating it as needed. Blocks for some milliseconds.
    static func open(at url: URL, busyTimeout: TimeInterval, migrator: LedgerMigrator) throws -> SQLiteLedger {
        let path = url.path(percentEncoded: false)
        let folder = url.deletingLastPathComponent()
        let store = LocalStore(root: folder)
        try store.makeFolder("")
        if store.isFolder(url.lastPathComponent) {
            throw LakeError(
                .notALedger,
                "\(path) is a folder; the ledger is a file. Name another path.",
                location: path
            )
        }
        // Two processes that create or migrate one ledger at once take turns. The lock is on the folder: SQLite's own
        // locks on the file would be lost by opening and closing it beside SQLite.
        let turn = try FolderTurn(folder: store.root, patience: busyTimeout)
        defer { turn.end() }
        do {
            var configuration = Configuration()
            configuration.label = "lyceum.ledger"
            configuration.busyMode = .timeout(busyTimeout)
            configuration.foreignKeysEnabled = true
            configuration.prepareDatabase { db in
                // In WAL mode SQLite's default could lose the last transactions in a power failure, after their files
                // have been moved.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                // What an erasure blots out must not stay behind in pages that are free.
                try db.execute(sql: "PRAGMA secure_delete = ON")
            }
            let pool = try DatabasePool(path: path, configuration: configuration)
            var steps = DatabaseMigrator()
            for migration in migrator.migrations {
                steps.registerMigration(migration.name) { try migration.migrate(Database($0)) }
            }
            try pool.read { [steps] db in try checkOrigin(db, path: path, migrator: steps) }
            try steps.migrate(pool)
            return SQLiteLedger(path: path, pool: pool)
        } catch {
            throw LakeError.sqlite(error, doing: "open it", path: path)
        }
    }

    /// Above this size the whole file is not read on each opening; `check()` still does so on request.
    private static let quickCheckLimit = 32 << 20

    private static func checkOrigin(_ db: GRDB.Database, path: String, migrator: DatabaseMigrator) throws {
        // A process that died while it created the ledger may have left the list of migrations, empty.
        let others = #"SELECT count(*) FROM sqlite_master WHERE name NOT GLOB 'grdb_*' AND name NOT GLOB 'sqlite_*'"#
        if try Int.fetchOne(db, sql: others) == 0 { return }
        guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == LedgerSchema.applicationID else {
            throw LakeError(
                .notALedger,
                "\(path) is an SQLite database of another program. Name another path for the ledger.",
                location: path
            )
        }
        if try migrator.hasBeenSuperseded(db) { throw LakeError.newerLedger(path) }
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
        if pages * pageSize <= quickCheckLimit { try requireSound(db, path: path, pragma: "quick_check") }
    }

    private static func requireSound(_ db: GRDB.Database, path: String, pragma: String) throws {
        guard let finding = try String.fetchOne(db, sql: "PRAGMA \(pragma)(1)"), finding != "ok" else { return }
        throw LakeError(
            .corruptLedger,
            "The ledger \(path) is damaged (\(finding)). Restore it from a backup; "
                + "the Parquet files of the lake are not touched.",
            location: path
        )
    }

    func check() async throws {
        let path = place
        try await visit("check it") { pool in
            try pool.read { db in
                try Self.requireSound(db, path: path, pragma: "integrity_check")
                if let violation = try GRDB.Row.fetchOne(db, sql: "PRAGMA foreign_key_check") {
                    throw LakeError(
                        .corruptLedger,
                        "The ledger \(path) contradicts itself: \(violation). Restore it from a backup.",
                        location: path
                    )
                }
            }
        }
    }

    /// Empties the write-ahead log, which still has the pages as they were.
    func forgetOverwritten() async throws {
        // Another process that reads at the moment keeps the log until its next checkpoint.
        try await visit("empty its log") { pool in
            _ = try? pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
        }
    }

    func locks(of layout: LakeLayout?) -> any LakeLocks {
        layout.map { FileLocks($0) } ?? FileLocks(beside: URL(filePath: place))
    }

    /// Moves the write-ahead log into the file and closes it, so that the file alone is the whole ledger.
    func close() async throws {
        try await visit("close it") { pool in
            // Another process that reads at the moment keeps the log; that is no error.
            _ = try? pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
            try pool.close()
        }
    }

    func read<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await visit(what) { pool in try pool.read { try body(Database($0)) } }
    }

    /// Writes in one transaction that takes SQLite's write lock at once.
    func write<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await visit(what) { pool in try pool.write { try body(Database($0)) } }
    }

    private func visit<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (DatabasePool) throws -> Value
    ) async throws -> Value {
        let (pool, path) = (pool, place)
        return try await offload {
            do { return try body(pool) } catch { throw LakeError.sqlite(error, doing: what, path: path) }
        }
    }
}

extension Database {
    fileprivate init(_ db: GRDB.Database) {
        self.init(dialect: .sqlite, session: SQLiteSession(db: db))
    }
}

/// A transaction of SQLite.
private struct SQLiteSession: DatabaseSession {
    let db: GRDB.Database

    func execute(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        try db.execute(sql: sql, arguments: arguments.grdb)
        return db.changesCount
    }

    func execute(_ sql: String, rows: [[SQLValue]]) throws {
        let statement = try db.cachedStatement(sql: sql)
        for row in rows { try statement.execute(arguments: GRDB.StatementArguments(row.map(\.databaseValue))) }
    }

    func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        let cursor = try GRDB.Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments.grdb)
        var columns: Row.Columns?
        var rows: [Row] = []
        while let row = try cursor.next() {
            let shared = columns ?? Row.Columns(Array(row.columnNames))
            columns = shared
            rows.append(Row(columns: shared, values: row.databaseValues.map(SQLValue.init)))
        }
        return rows
    }
}

extension StatementArguments {
    fileprivate var grdb: GRDB.StatementArguments {
        switch self {
        case .positional(let values): GRDB.StatementArguments(values.map(\.databaseValue))
        case .named(let values): GRDB.StatementArguments(values.mapValues(\.databaseValue))
        }
    }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let value): self = .integer(value)
        case .double(let value): self = .real(value)
        case .string(let value): self = .text(value)
        // The ledger keeps no bytes; a blob in a text's place is damage, which the reader of the column reports.
        case .blob: self = .null
        }
    }
}
