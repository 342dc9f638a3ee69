// A bounded set of connections that tasks take turns with.

/// Lends connections of one database, at most `maximum` at a time, first come first served.
///
/// Connections are opened when needed and kept for the next task. One that broke, has an unread result or an open
/// transaction is closed instead of being lent again.
public actor ConnectionPool {
    /// The database connected to.
    public nonisolated let database: Database
    /// How many connections there are at most.
    public nonisolated let maximum: Int
    private let options: [String: String]
    private var idle: [Connection] = []
    private var lent = 0
    private var waiting: [Waiter] = []
    private var nextWaiter = 0
    private var isClosed = false

    private struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    /// Creates a pool; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - maximum: how many connections there are at most, at least one.
    ///   - options: connection options, as the driver names them.
    public init(database: Database, maximum: Int, options: [String: String] = [:]) {
        self.database = database
        self.maximum = max(1, maximum)
        self.options = options
    }

    /// Lends a connection to `body`, waiting for one if all are lent.
    ///
    /// Read results to their end within `body`; a result that leaves it keeps its connection, which the pool then
    /// replaces.
    ///
    /// - Throws: what `body` throws; ``ADBCError`` if connecting fails; `CancellationError` if the task is cancelled
    ///   while it waits.
    public func withConnection<Result>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Connection) async throws -> Result
    ) async throws -> Result {
        let connection = try await take()
        do {
            let result = try await body(connection)
            await give(back: connection)
            return result
        } catch {
            await give(back: connection)
            throw error
        }
    }

    /// How many connections are lent, idle, and asked for.
    public var counts: (lent: Int, idle: Int, waiting: Int) { (lent, idle.count, waiting.count) }

    /// Drops the idle connections and refuses new requests; those lent are dropped when they come back.
    public func close() {
        isClosed = true
        idle.removeAll()
        for waiter in waiting { waiter.continuation.resume(throwing: ConnectionPool.closedError) }
        waiting.removeAll()
    }

    private static var closedError: ADBCError { ADBCError(.invalidState, "the connection pool is closed") }

    private func take() async throws -> Connection {
        try Task.checkCancellation()
        if isClosed { throw ConnectionPool.closedError }
        if lent < maximum {
            lent += 1
        } else {
            // A connection that comes back goes to the first in line with its place in `lent`.
            try await wait()
        }
        if let connection = idle.popLast() { return connection }
        do {
            return try await database.connect(options: options)
        } catch {
            release()
            throw error
        }
    }

    private func wait() async throws {
        let id = nextWaiter
        nextWaiter += 1
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    waiting.append(Waiter(id: id, continuation: continuation))
                }
            }
        } onCancel: {
            Task { await self.cancel(id) }
        }
    }

    private func cancel(_ id: Int) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).continuation.resume(throwing: CancellationError())
    }

    private func give(back connection: Connection) {
        if !isClosed, !connection.isBroken, connection.isAutocommit, connection.openStreams == 0 {
            idle.append(connection)
        }
        release()
    }

    /// Passes a place on to the first in line, or frees it.
    private func release() {
        if waiting.isEmpty {
            lent -= 1
        } else {
            waiting.removeFirst().continuation.resume()
        }
    }
}
