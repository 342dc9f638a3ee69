// Several statements in one visit to a connection's thread.

import Arrow

/// A connection as seen from its own thread: statements follow each other without the caller being suspended between
/// them, and nothing else runs on the connection meanwhile.
///
/// Valid only within the body that it was handed to.
public struct Session {
    private let connection: Connection

    fileprivate init(_ connection: Connection) { self.connection = connection }

    /// Runs a statement for its effect.
    ///
    /// - Returns: how many rows it affected, -1 if the driver does not say.
    /// - Throws: ``ADBCError`` of the database.
    @discardableResult
    public func execute(_ sql: String, _ parameters: [Parameter] = []) throws -> Int64 {
        try withStatement { statement in
            try connection.start(statement, sql, parameters)
            return try statement.execute()
        }
    }

    /// Runs a statement once for each row of `rows`, whose columns are the placeholders' values in order.
    ///
    /// - Returns: how many rows it affected in all, -1 if the driver does not say.
    /// - Throws: ``ADBCError`` of the database.
    @discardableResult
    public func execute(_ sql: String, rows: RecordBatch) throws -> Int64 {
        try withStatement { statement in
            try statement.setQuery(sql)
            try statement.prepare()
            try statement.bind(rows)
            return try statement.execute()
        }
    }

    /// Runs a query and reads its whole result.
    ///
    /// - Throws: ``ADBCError`` of the database.
    public func query(_ sql: String, _ parameters: [Parameter] = []) throws -> [RecordBatch] {
        try withStatement { statement in
            try connection.start(statement, sql, parameters)
            let stream = ArrowStream()
            let affected = try statement.executeQuery(into: stream)
            let source = try StreamSource(
                connection: connection,
                statement: statement,
                stream: stream,
                rowsAffected: affected
            )
            var batches: [RecordBatch] = []
            while let batch = try source.read() { batches.append(batch) }
            return batches
        }
    }

    private func withStatement<Result>(_ body: (Statement) throws -> Result) throws -> Result {
        let statement = Statement(driver: connection.database.driver, redaction: connection.database.redaction)
        defer { statement.release() }
        do {
            try connection.open(statement)
            return try body(statement)
        } catch let error as ADBCError {
            throw connection.noted(error)
        }
    }
}

extension Connection {
    /// Runs `body` on the connection's thread.
    ///
    /// The body runs to its end even when the calling task is cancelled.
    /// - Throws: what `body` throws.
    public func withSession<Result: Sendable>(
        _ body: @escaping @Sendable (Session) throws -> Result
    ) async throws -> Result {
        try await thread.run { [self] in try body(Session(self)) }
    }

    /// Runs `body` on the connection's thread after all earlier work, without waiting for it.
    public func enqueue(_ body: @escaping @Sendable (Session) -> Void) {
        thread.enqueue { [self] in body(Session(self)) }
    }
}
