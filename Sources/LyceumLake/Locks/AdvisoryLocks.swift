// The locks of a lake whose ledger is on a PostgreSQL server: the server's, held by connections.

import ADBC
import Foundation
import LyceumCore
import Synchronization

/// The run lock and the publish lock as session-level advisory locks, freed by the server when the connection ends.
///
/// Each held lock has a connection of its own, for a session does not exclude itself. The server lets nobody past a waiting
/// publisher, so that readers cannot starve it.
final class AdvisoryLocks: LakeLocks {
    var place: String { server.place }
    private let server: PostgreSQLServer
    /// Connections that hold nothing.
    private let idle = Mutex<[LockConnection]>([])

    /// A connection and the server's number of its session.
    fileprivate struct LockConnection: Sendable {
        let connection: ADBC.Connection
        let session: Int64
    }

    init(_ server: PostgreSQLServer) { self.server = server }

    func acquireRun(_ holder: RunHolder, wait: Duration) async throws -> (any HeldLock)? {
        guard let lock = try await acquire("run", .exclusive, wait: wait) else { return nil }
        let text = String(decoding: try JSONEncoder().encode(holder), as: UTF8.self)
        try await visit(lock.held.connection) { session in
            _ = try session.execute(
                """
                INSERT INTO properties (name, value) VALUES ('run_holder', ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """,
                [text]
            )
        }
        return lock
    }

    func lastRunHolder() async throws -> RunHolder? {
        let text: String? = try await withIdle { session in
            try session.rows("SELECT value FROM properties WHERE name = 'run_holder'", []).first?["value"]
        }
        return text.flatMap { try? JSONDecoder().decode(RunHolder.self, from: Data($0.utf8)) }
    }

    func isRunLockHeld() async throws -> Bool {
        let key = server.key("run")
        return try await withIdle { session in
            try !session.rows("SELECT 1 AS held \(Self.holders)", ["key": key]).isEmpty
        }
    }

    func acquirePublish(_ kind: LockKind, wait: Duration) async throws -> (any HeldLock)? {
        try await acquire("publish", kind, wait: wait)
    }

    /// The sessions that hold the advisory lock of a number, which the server's list has in two halves.
    fileprivate static let holders = """
        FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND CAST(classid AS BIGINT) = ((CAST(:key AS BIGINT) >> 32) & 4294967295)
            AND CAST(objid AS BIGINT) = (CAST(:key AS BIGINT) & 4294967295)
        """

    private func acquire(_ purpose: String, _ kind: LockKind, wait: Duration) async throws -> AdvisoryLock? {
        let key = server.key(purpose)
        let suffix = kind == .shared ? "_shared" : ""
        // The server reads 0 as no limit.
        let milliseconds = max(1, Int(wait / .milliseconds(1)))
        while true {
            let (held, isFresh) = try await take()
            do {
                try await held.connection.execute("SELECT set_config('lock_timeout', '\(milliseconds)ms', false)")
                // Waiting in the server's queue; a cancelled task's request is withdrawn from it.
                try await held.connection.execute("SELECT pg_advisory_lock\(suffix)(\(key))")
                return AdvisoryLock(held: held, key: key, place: place, locks: self)
            } catch let error as ADBCError where error.sqlState == "55P03" {
                giveBack(held)
                return nil
            } catch let error as ADBCError where error.breaksConnection && !isFresh {
                // It had been idle, and the server has gone meanwhile and may be back.
                continue
            } catch {
                // Whatever the connection may hold goes with it.
                throw LakeError.postgresql(error, doing: "take a lock", place: place)
            }
        }
    }

    // MARK: - Connections

    private func take() async throws -> (LockConnection, isFresh: Bool) {
        if let held = idle.withLock({ $0.popLast() }) { return (held, false) }
        let connection = try await server.connect()
        let session: Int64? = try await visit(connection) { session in
            try session.rows("SELECT CAST(pg_backend_pid() AS BIGINT) AS session", []).first?["session"]
        }
        return (LockConnection(connection: connection, session: session ?? 0), true)
    }

    /// A session that will be of use for another lock.
    fileprivate func giveBack(_ held: LockConnection) {
        if held.connection.isBroken { return }
        idle.withLock { if $0.count < 2 { $0.append(held) } }
    }

    private func withIdle<Value: Sendable>(
        _ body: @escaping @Sendable (PostgreSQLSession) throws -> Value
    ) async throws -> Value {
        while true {
            let (held, isFresh) = try await take()
            do {
                let value = try await held.connection.withSession { try body(PostgreSQLSession($0)) }
                giveBack(held)
                return value
            } catch let error as ADBCError where error.breaksConnection && !isFresh {
                continue
            } catch {
                throw LakeError.postgresql(error, doing: "look at the locks", place: place)
            }
        }
    }

    private func visit<Value: Sendable>(
        _ connection: ADBC.Connection,
        _ body: @escaping @Sendable (PostgreSQLSession) throws -> Value
    ) async throws -> Value {
        do {
            return try await connection.withSession { try body(PostgreSQLSession($0)) }
        } catch {
            throw LakeError.postgresql(error, doing: "take a lock", place: place)
        }
    }
}

/// An advisory lock and the connection that holds it.
private final class AdvisoryLock: HeldLock {
    let held: AdvisoryLocks.LockConnection
    private let key: Int64
    private let place: String
    private let locks: AdvisoryLocks
    private let isReleased = Mutex(false)

    init(held: AdvisoryLocks.LockConnection, key: Int64, place: String, locks: AdvisoryLocks) {
        self.held = held
        self.key = key
        self.place = place
        self.locks = locks
    }

    deinit { release() }

    func release() {
        let isFirst = isReleased.withLock { isReleased in
            defer { isReleased = true }
            return !isReleased
        }
        guard isFirst else { return }
        // Without waiting: a connection that fails here is dropped, and the server frees what it held.
        held.connection.enqueue { [held, locks] session in
            guard (try? session.execute("SELECT pg_advisory_unlock_all()")) != nil else { return }
            locks.giveBack(held)
        }
    }

    func requireHeld(_ db: Database) throws {
        let holder = try Row.fetchOne(
            db,
            sql: "SELECT 1 AS held \(AdvisoryLocks.holders) AND CAST(pid AS BIGINT) = :session",
            arguments: ["key": key, "session": held.session]
        )
        if holder != nil { return }
        throw LakeError(
            .lockLost,
            "The connection that held a lock of \(place) broke, and others may have worked in the lake since. "
                + "Nothing was published; run again.",
            location: place
        )
    }
}
