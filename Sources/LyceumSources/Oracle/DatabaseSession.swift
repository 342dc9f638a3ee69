// The database behind a source: opened when first needed, its connections shared fairly between tables.

import ADBC
import LyceumCore

/// Opens a source's database and divides its connections among the tables that are read at the same time.
actor DatabaseSession {
    private let configuration: OracleConfiguration
    private let dialect: SQLDialect
    private var pool: ConnectionPool?
    private var opening: Task<ConnectionPool, any Error>?
    private var free: Int
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(_ configuration: OracleConfiguration, dialect: SQLDialect) {
        self.configuration = configuration
        self.dialect = dialect
        free = max(1, configuration.connections)
    }

    /// Lends the pool, with the number of connections that `body` may use at once.
    ///
    /// A table waits for one connection and takes what is free of the others, so that tables that are read at the same
    /// time never wait for each other's.
    func withLeader<Result: Sendable>(
        _ body: (_ pool: ConnectionPool, _ workers: Int) async throws -> Result
    ) async throws -> Result {
        let pool = try await open()
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiters.append($0) }
        }
        let extra = waiters.isEmpty ? free : 0
        free -= extra
        defer { giveBack(1 + extra) }
        try Task.checkCancellation()
        return try await body(pool, 1 + extra)
    }

    func close() async {
        _ = try? await opening?.value
        await pool?.close()
        pool = nil
    }

    private func giveBack(_ count: Int) {
        for _ in 0..<count {
            if waiters.isEmpty {
                free += 1
            } else {
                waiters.removeFirst().resume()
            }
        }
    }

    private func open() async throws -> ConnectionPool {
        if let pool { return pool }
        let task =
            opening
            ?? Task { [configuration, dialect] in
                do {
                    let driver = try Driver.load(configuration.driver)
                    let database = try await Database.open(
                        driver: driver,
                        options: Self.options(configuration, dialect),
                        errorsQuoteValues: false
                    )
                    return ConnectionPool(database: database, maximum: max(1, configuration.connections))
                } catch {
                    throw DatabaseFault.sourceError(
                        error,
                        doing: "opening the database of '\(configuration.name)'",
                        location: configuration.name
                    )
                }
            }
        opening = task
        defer { opening = nil }
        let opened = try await task.value
        pool = opened
        return opened
    }

    private static func options(_ configuration: OracleConfiguration, _ dialect: SQLDialect) -> [String: String] {
        var options = configuration.options
        switch dialect {
        case .duckdb:
            options["path"] = configuration.uri.reveal()
            options["access_mode"] = options["access_mode"] ?? "READ_ONLY"
        case .oracle, .postgresql:
            options["uri"] = configuration.uri.reveal()
        }
        return options
    }
}

extension ConnectionPool {
    /// Lends a connection; that none can be made is the source's error, what `body` throws stays as it is.
    func lend<Result: Sendable>(
        at location: String,
        _ body: (Connection) async throws -> Result
    ) async throws -> Result {
        var isConnected = false
        do {
            return try await withConnection { connection in
                isConnected = true
                return try await body(connection)
            }
        } catch let error where !isConnected {
            throw DatabaseFault.sourceError(error, doing: "connecting", location: location)
        }
    }
}
