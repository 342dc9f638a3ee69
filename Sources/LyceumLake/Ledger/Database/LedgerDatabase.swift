// The database that holds a ledger: transactions, soundness, and what its errors mean.

/// One of the two databases a ledger stands in.
protocol LedgerDatabase: Sendable {
    /// What messages call it: the file's path, or the server and schema without user and password.
    var place: String { get }

    /// Reads in one transaction, which sees one moment of the ledger.
    func read<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value

    /// Sees to it that nothing is left on the disk of what was overwritten, as far as that is in its power.
    func forgetOverwritten() async throws

    /// Writes in one transaction, which nothing else writes beside.
    ///
    /// The body may be run again if the database asks for it.
    func write<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value

    /// Throws ``LakeError`` with code `corrupt_ledger` if the database's own check finds damage.
    func check() async throws

    /// The locks that go with the database.
    ///
    /// - Parameter layout: the lake's folder; nil for a lake that is not on this machine.
    func locks(of layout: LakeLayout?) -> any LakeLocks

    /// Closes what is open.
    func close() async throws
}

/// The ledger's tables as named steps, carried out in order and each once.
struct LedgerMigrator: Sendable {
    /// One step.
    struct Migration: Sendable {
        let name: String
        let migrate: @Sendable (Database) throws -> Void
    }

    private(set) var migrations: [Migration] = []

    /// Adds a step after those there are.
    mutating func registerMigration(_ name: String, migrate: @escaping @Sendable (Database) throws -> Void) {
        migrations.append(Migration(name: name, migrate: migrate))
    }
}

extension LedgerDatabase {
    /// A server's own vacuum does it, in its time.
    func forgetOverwritten() async throws {}
}
