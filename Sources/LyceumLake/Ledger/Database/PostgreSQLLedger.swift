// A ledger in a schema of a PostgreSQL server, through ADBC.

import ADBC
import Foundation
import LyceumCore

/// PostgreSQL: what it writes, one transaction at a time writes, as in SQLite; readers see one moment and wait for nobody.
///
/// Writers take turns by an advisory lock instead of failing to serialise, so that of two publications on one table the
/// second sees what the first did. A transaction that a lost connection interrupts is done again; whether one that was
/// committing was committed is asked of the server (`pg_xact_status`), so that nothing is done twice.
final class PostgreSQLLedger: LedgerDatabase {
    let place: String
    private let server: PostgreSQLServer
    private let pool: ConnectionPool

    private init(server: PostgreSQLServer) {
        place = server.place
        self.server = server
        pool = ConnectionPool(database: server.database, maximum: 4)
    }

    static func open(_ server: PostgreSQLServer, migrator: LedgerMigrator) async throws -> PostgreSQLLedger {
        let ledger = PostgreSQLLedger(server: server)
        if try await !ledger.isCurrent(migrator) { try await ledger.migrate(migrator) }
        return ledger
    }

    // MARK: - Migrations

    private static let steps = "lyceum_migrations"

    /// Whether every step has been carried out and there are no others.
    private func isCurrent(_ migrator: LedgerMigrator) async throws -> Bool {
        let (schema, place) = (server.schema, place)
        let done: [String]? = try await read("look at it") { db in
            let version = try Int64.fetchOne(db, sql: "SELECT CAST(current_setting('server_version_num') AS BIGINT)")
            guard let version, version >= 130_000 else {
                throw LakeError(.notALedger, "The server of \(place) is older than PostgreSQL 13.", location: place)
            }
            let tables = try String.fetchAll(
                db,
                sql: "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = ?",
                arguments: [schema]
            )
            guard tables.contains(Self.steps) else {
                if tables.isEmpty { return nil }
                throw LakeError(
                    .notALedger,
                    "\(place) holds tables of another program. Name another schema for the ledger.",
                    location: place
                )
            }
            return try String.fetchAll(db, sql: "SELECT identifier FROM \(Self.steps)")
        }
        guard let done else { return false }
        if !Set(done).isSubset(of: migrator.migrations.map(\.name)) { throw LakeError.newerLedger(place) }
        return done.count == migrator.migrations.count
    }

    private func migrate(_ migrator: LedgerMigrator) async throws {
        let schema = server.schema
        try await write("create or migrate it") { db in
            // Asked first, for CREATE SCHEMA takes a right that whoever made the schema need not have given.
            let isThere = try Int64.fetchOne(
                db,
                sql: "SELECT count(*) FROM pg_namespace WHERE nspname = ?",
                arguments: [schema]
            )
            if isThere == 0 { try db.execute(sql: "CREATE SCHEMA \(SQLText.identifier(schema))") }
            try db.execute(sql: "CREATE TABLE IF NOT EXISTS \(Self.steps) (identifier TEXT PRIMARY KEY)")
            let done = Set(try String.fetchAll(db, sql: "SELECT identifier FROM \(Self.steps)"))
            for step in migrator.migrations where !done.contains(step.name) {
                try step.migrate(db)
                try db.execute(sql: "INSERT INTO \(Self.steps) (identifier) VALUES (?)", arguments: [step.name])
            }
        }
    }

    // MARK: - Transactions

    func read<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await retrying(what) { [pool] in
            try await pool.withConnection { connection in
                try await connection.withSession { session in
                    try PostgreSQLSession(session).transaction(
                        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                        body
                    )
                }
            }
        }
    }

    func write<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let key = server.key("write")
        return try await retrying(what) { [self] in
            do {
                return try await pool.withConnection { connection in
                    try await connection.withSession { session in
                        try PostgreSQLSession(session).writing(lock: key, body)
                    }
                }
            } catch let lost as LostCommit<Value> {
                if try await isCommitted(lost.transaction) { return lost.value }
                throw lost.cause
            }
        }
    }

    /// Whether a transaction whose connection was lost while it committed was committed.
    private func isCommitted(_ transaction: String) async throws -> Bool {
        for pause in Self.pauses {
            let answer = try await read("ask for a transaction's end") { db in
                do {
                    return try String.fetchOne(
                        db,
                        sql: "SELECT pg_xact_status(CAST(CAST(? AS TEXT) AS xid8))",
                        arguments: [transaction]
                    )
                } catch let error as ADBCError where error.sqlState == "22023" {
                    // The server went down before it had written of the transaction, and counts again from before it.
                    return "aborted"
                }
            }
            switch answer {
            case "committed": return true
            case "aborted": return false
            default: try? await Task.sleep(for: pause)
            }
        }
        throw LakeError(
            .unavailable,
            "The connection to \(place) was lost while a transaction committed, and the server cannot say how it ended. "
                + "Look at 'lyceum status' before you run again.",
            location: place
        )
    }

    private static let pauses = [50, 100, 200, 400, 800, 1600, 3200].map { Duration.milliseconds($0) }

    /// Does work again when the connection was lost or the database asks for it, for about six seconds.
    ///
    /// In a task of its own, which a cancellation of the caller does not reach: what has begun ends.
    private func retrying<Value: Sendable>(
        _ what: String,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await Task { try await attempts(what, work) }.value
    }

    private func attempts<Value: Sendable>(
        _ what: String,
        _ work: @Sendable () async throws -> Value
    ) async throws -> Value {
        for pause in Self.pauses {
            do {
                return try await work()
            } catch let error as ADBCError where error.breaksConnection || error.isSerializationFailure {
                if error.code == .unauthenticated { break }
                try? await Task.sleep(for: pause)
            } catch {
                throw LakeError.postgresql(error, doing: what, place: place)
            }
        }
        do { return try await work() } catch { throw LakeError.postgresql(error, doing: what, place: place) }
    }

    // MARK: - Upkeep

    func check() async throws {
        let schema = server.schema
        try await read("check it") { db in
            let tables = try String.fetchAll(
                db,
                sql: "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = ? ORDER BY 1",
                arguments: [schema]
            )
            // Keys and references the server keeps; that every page can be read is what there is to see.
            for table in tables {
                _ = try Row.fetchOne(
                    db,
                    sql: "SELECT sum(length(CAST(t AS TEXT))) FROM \(SQLText.identifier(table)) AS t"
                )
            }
        }
    }

    func locks(of layout: LakeLayout?) -> any LakeLocks { AdvisoryLocks(server) }

    func close() async throws { await pool.close() }
}

extension ADBCError {
    /// Serialization failure or deadlock: the transaction has been undone and may be done again.
    fileprivate var isSerializationFailure: Bool { sqlState == "40001" || sqlState == "40P01" }
}

/// The connection was lost between the order to commit and its confirmation.
struct LostCommit<Value: Sendable>: Error {
    let transaction: String
    let value: Value
    let cause: ADBCError
}
