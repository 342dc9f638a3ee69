// The ledger: runs, catalog, watermarks and lineage in one database.

import Foundation
import LyceumCore

/// The ledger of a lake: an SQLite file, or a schema on a PostgreSQL server when several machines share the lake.
///
/// What it says is what is true: files of the lake follow it (see ``Lake``). Every function may be called from any
/// task; those that write run to their end even when the calling task is cancelled.
public final class Ledger: Sendable {
    /// Where the ledger stands.
    public let location: LedgerLocation
    private let database: any LedgerDatabase
    let now: @Sendable () -> Date

    /// What messages call it; without user and password.
    var place: String { database.place }

    private init(location: LedgerLocation, database: any LedgerDatabase, now: @escaping @Sendable () -> Date) {
        self.location = location
        self.database = database
        self.now = now
    }

    /// Opens the ledger in a file, creating or migrating it as needed.
    public static func open(
        at url: URL,
        busyTimeout: TimeInterval = 30,
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws -> Ledger {
        try await open(.file(url), busyTimeout: busyTimeout, now: now)
    }

    /// Opens a ledger, creating or migrating it as needed.
    ///
    /// - Parameters:
    ///   - location: the file, whose folder is created if it lacks, or the server and schema.
    ///   - busyTimeout: how long a statement waits for another process's transaction in a file.
    ///   - now: the clock.
    /// - Throws: ``LakeError`` with code `corrupt_ledger`, `not_a_ledger`, `migration_newer`, `read_only`, `no_space`,
    ///   `not_a_folder`, `locked` or `input_output`; for a server also `unavailable`, `access_denied` or `invalid_name`.
    public static func open(
        _ location: LedgerLocation,
        busyTimeout: TimeInterval = 30,
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws -> Ledger {
        try await open(location, busyTimeout: busyTimeout, now: now, migrator: LedgerSchema.migrator)
    }

    static func open(
        _ location: LedgerLocation,
        busyTimeout: TimeInterval = 30,
        now: @escaping @Sendable () -> Date = { Date() },
        migrator: LedgerMigrator
    ) async throws -> Ledger {
        switch location {
        case .file(let url):
            let database = try await offload {
                try SQLiteLedger.open(at: url, busyTimeout: busyTimeout, migrator: migrator)
            }
            return Ledger(location: location, database: database, now: now)
        case .postgresql(let uri, let schema):
            let server = try await PostgreSQLServer.connect(uri: uri, schema: schema)
            let database = try await PostgreSQLLedger.open(server, migrator: migrator)
            return Ledger(location: location, database: database, now: now)
        }
    }

    /// Sees to it that nothing is left on the disk of what was overwritten, as far as the database can.
    func forgetOverwritten() async throws { try await database.forgetOverwritten() }

    /// The locks that go with this ledger.
    ///
    /// - Parameter layout: the lake's folder; nil for a lake that is not on this machine.
    func locks(of layout: LakeLayout?) -> any LakeLocks { database.locks(of: layout) }

    /// Reads the whole ledger and checks what its database can check: in SQLite every index and reference.
    ///
    /// - Throws: ``LakeError`` with code `corrupt_ledger`.
    public func check() async throws { try await database.check() }

    /// Closes the ledger; an SQLite file alone is then the whole of it.
    ///
    /// A ledger that is only released is sound too: its log is read by whoever opens it next.
    public func close() async throws { try await database.close() }

    /// Reads in one transaction.
    func read<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await database.read(what, body)
    }

    /// Writes in one transaction, beside which nothing else writes.
    @discardableResult
    func write<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await database.write(what, body)
    }
}
