// The connections that a table's rows are read on.

import ADBC
import Arrow
import LyceumCore

/// What one query of rows is.
struct RowQuery: Sendable {
    /// A SELECT.
    var sql: String
    /// What integers stand for, where the driver reads them.
    var types: [String: DataType] = [:]
    /// The statement's options, as the driver names them.
    var options: [String: String] = [:]
    /// The query's columns, where they are decoded here.
    var schema: Schema?
    /// Keeps the greatest value of one column, where rows are decoded here.
    var watch: GreatestValue?
}

/// A connection that rows are read on: a driver's, or one of PostgreSQL's COPY.
protocol RowConnection: Sendable {
    /// Whether it is of no more use.
    var isBroken: Bool { get }
    /// What its errors give as their location.
    var place: String { get }

    /// Runs a statement for its effect.
    func perform(_ sql: String) async throws
    /// The first column of a query's first row as text.
    func firstText(_ sql: String) async throws -> String?
    /// Starts a query of rows.
    func rows(_ query: RowQuery) async throws -> RecordBatchStream

    /// Begins a transaction of PostgreSQL that sees one state and changes nothing.
    func beginSnapshot() async throws
    /// Ends it, so that the connection can be used for other work.
    func endSnapshot() async
}

extension Connection: RowConnection {
    var place: String { database.driver.name }

    func perform(_ sql: String) async throws { _ = try await execute(sql) }

    func rows(_ query: RowQuery) async throws -> RecordBatchStream {
        try await self.query(query.sql, options: query.options, types: query.types)
    }

    func beginSnapshot() async throws {
        try await setAutocommit(false)
        try await execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    }

    func endSnapshot() async {
        guard !isBroken, !isAutocommit else { return }
        try? await rollback()
        try? await setAutocommit(true)
    }
}

extension CopyConnection: RowConnection {
    var place: String { Self.location }

    func perform(_ sql: String) async throws { try await execute(sql) }

    func rows(_ query: RowQuery) async throws -> RecordBatchStream {
        guard let schema = query.schema else {
            throw SourceError(.configuration, "The columns of a copied query are not known.", location: place)
        }
        return try await copy(query.sql, schema: schema, watch: query.watch)
    }

    func beginSnapshot() async throws {
        try await execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    }

    func endSnapshot() async {
        guard !isBroken else { return }
        try? await execute("ROLLBACK")
    }
}

/// Where such connections come from.
enum RowConnections: Sendable {
    /// The driver's, kept for the next table.
    case pool(ConnectionPool)
    /// PostgreSQL's COPY; each is opened when it is lent and closed after that.
    case copy(uri: Secret)

    /// Lends a connection; that none can be made is the source's error, what `body` throws stays as it is.
    func lend<Result: Sendable>(
        at location: String,
        _ body: @Sendable (any RowConnection) async throws -> Result
    ) async throws -> Result {
        switch self {
        case .pool(let pool): return try await pool.lend(at: location) { try await body($0) }
        case .copy(let uri):
            let connection: CopyConnection
            do {
                connection = try await CopyConnection.open(uri: uri.reveal(), errorsQuoteValues: false)
            } catch {
                throw DatabaseFault.sourceError(error, doing: "connecting", location: location)
            }
            do {
                let result = try await body(connection)
                await connection.close()
                return result
            } catch {
                await connection.close()
                throw error
            }
        }
    }
}
