// The session in which Spark runs an engine's statements: set up, and made anew when it was lost.

import ADBC
import Arrow
import Foundation

/// A session on a Spark Connect server, with its settings and temporary views; one statement runs after the other.
///
/// Servers are restarted, and close sessions that idle. A statement that finds its session lost waits for the server, gets
/// a new session with the same settings and views, and is tried again; so it must be one that can be repeated.
actor SparkSession {
    /// What a statement is given to run with.
    struct Turn: Sendable {
        fileprivate let connection: Connection
        /// The name of the session, which no other has. A session that was lost may still be at work on the server: what
        /// statements write goes under this name, so that it is never taken for another's.
        let name: String

        /// Runs a statement for its effect.
        func execute(_ statement: String) async throws {
            do {
                try await connection.execute(statement)
            } catch let error as ADBCError {
                throw SparkError(error).quoting(statement)
            }
        }

        /// The result of a query, which is small: counts and names.
        func query(_ statement: String) async throws -> (schema: Schema, batches: [RecordBatch]) {
            do {
                let stream = try await connection.query(statement)
                var batches: [RecordBatch] = []
                for try await batch in stream where batch.count > 0 { batches.append(batch) }
                return (stream.schema, batches)
            } catch let error as ADBCError {
                throw SparkError(error).quoting(statement)
            }
        }
    }

    private struct Current {
        let connection: Connection
        let name: String
        var answeredAt: ContinuousClock.Instant
    }

    private let settings: SparkSettings
    private let configuration: @Sendable (_ name: String) -> [(key: String, value: String)]
    private let tell: @Sendable (_ sentence: String) -> Void
    /// Lends its one connection to one statement at a time.
    private let pool: ConnectionPool
    private var current: Current?
    /// In the order in which they were defined.
    private var views: [(name: String, statement: String)] = []

    /// How often a statement is begun whose session is lost while it runs: it may be what ends the server.
    static let attempts = 3
    /// The pause before the second look for a server that is gone; doubled up to `longestPause`. The first is at once.
    static let firstPause = Duration.milliseconds(500)
    static let longestPause = Duration.seconds(5)
    /// No server is started anew within this time. One that was answers as a new and empty session, without an error.
    static let shortestRestart = Duration.seconds(1)

    /// The setting by which a session is known to be ours, set last.
    private static let marker = "lyceum.session"

    /// Prepares a session; the server is first asked by ``open()`` or the first statement.
    ///
    /// - Parameters:
    ///   - configuration: Spark's settings of a session, given its name.
    ///   - tell: is told when the session is lost, and when there is another.
    /// - Throws: `ADBCError` when the driver is missing.
    init(
        _ settings: SparkSettings,
        configuration: @escaping @Sendable (_ name: String) -> [(key: String, value: String)],
        tell: @escaping @Sendable (_ sentence: String) -> Void = { _ in }
    ) throws {
        self.settings = settings
        self.tell = tell
        self.configuration = configuration
        let driver = try Driver.load("spark")
        let database = try Database(driver: driver, options: settings.options, errorsQuoteValues: false)
        pool = ConnectionPool(database: database, maximum: 1)
    }

    /// Asks the server for a session, without patience.
    ///
    /// - Throws: ``PipelineError`` with code `engine` for a server that is not there or refuses us.
    func open() async throws {
        do {
            try await turn { _ in }
        } catch let failure as SparkError {
            throw PipelineError(
                .engine,
                "Spark cannot be reached; see 'engine.spark' in the configuration (url, tls, token), and whether it runs",
                location: settings.url,
                cause: failure
            )
        }
    }

    /// Gives the session up: the server ends what it still runs.
    func close() async {
        await pool.close()
        if let connection = current?.connection { await end(connection) }
    }

    /// Runs a statement when those before it are done; again in a new session when its own was lost.
    ///
    /// - Throws: ``SparkError``; ``PipelineError`` with code `engine` for a server that refuses us, does not come back or
    ///   is lost again and again; `CancellationError`.
    func perform<Result: Sendable>(
        _ body: @Sendable (Turn) async throws -> Result
    ) async throws -> Result {
        try await persist(body)
    }

    /// Makes a temporary view that later sessions have as well.
    func define(view name: String, _ statement: String) async throws {
        try await persist { turn in
            try await turn.execute(statement)
            views.removeAll { $0.name == name }
            views.append((name, statement))
        }
    }

    /// Drops a temporary view.
    func drop(view name: String) async throws {
        try await persist { turn in
            views.removeAll { $0.name == name }
            try await turn.execute("DROP VIEW IF EXISTS \(name)")
        }
    }

    // MARK: Sessions that are lost

    private func persist<Result: Sendable>(_ body: (Turn) async throws -> Result) async throws -> Result {
        var attempts = 0
        var lostAt: ContinuousClock.Instant?
        var pause = Duration.zero
        while true {
            var hasBegun = false
            do {
                return try await turn { turn in
                    if lostAt != nil { tell("Spark answers again; the statement is repeated") }
                    hasBegun = true
                    return try await body(turn)
                }
            } catch let failure as SparkError where failure.isSessionLost {
                let now = ContinuousClock.now
                if hasBegun { (attempts, pause) = (attempts + 1, .zero) }
                if lostAt == nil || hasBegun {
                    tell("Spark was lost, waiting up to \(settings.restart.components.seconds) s for it: \(failure)")
                }
                let since = hasBegun ? now : lostAt ?? now
                lostAt = since
                guard attempts < Self.attempts else {
                    throw PipelineError(
                        .engine,
                        "Spark was lost \(attempts) times while the same statement ran, which may be too large for it "
                            + "(see the server's log, and its memory)",
                        location: settings.url,
                        cause: failure
                    )
                }
                guard now - since + pause <= settings.restart else {
                    throw PipelineError(
                        .engine,
                        "Spark is gone and did not come back within \(settings.restart.components.seconds) s "
                            + "('engine.spark.restart_seconds'); run again when it is there",
                        location: settings.url,
                        cause: failure
                    )
                }
                try await Task.sleep(for: pause)
                pause = min(max(pause * 2, Self.firstPause), Self.longestPause)
            } catch let failure as SparkError where failure.isRefusal {
                throw PipelineError(
                    .engine,
                    "Spark refuses us; check 'engine.spark.token', which may have expired",
                    location: settings.url,
                    cause: failure
                )
            }
        }
    }

    /// Runs `body` once, in a session that is ours.
    private func turn<Result: Sendable>(_ body: (Turn) async throws -> Result) async throws -> Result {
        try await pool.withConnection { connection in
            do {
                let name = try await prepared(connection)
                let result = try await body(Turn(connection: connection, name: name))
                current?.answeredAt = .now
                return result
            } catch {
                // The server goes on with a cancelled statement until its session is released.
                if Task.isCancelled {
                    await end(connection)
                    throw CancellationError()
                }
                guard var failure = error as? SparkError ?? (error as? ADBCError).map(SparkError.init) else {
                    throw error
                }
                if await isForeign(connection) { failure.isSessionLost = true }
                if failure.isSessionLost { await end(connection) }
                throw failure
            }
        }
    }

    /// The name of the connection's session, which is set up if it is new.
    private func prepared(_ connection: Connection) async throws -> String {
        if let current, current.connection === connection {
            if ContinuousClock.now - current.answeredAt < Self.shortestRestart { return current.name }
            if try await isMarked(connection, current.name) { return current.name }
        }
        current = nil
        let name = String(UInt64.random(in: .min ... .max), radix: 36)
        for setting in configuration(name) { try await connection.execute("SET \(setting.key)=\(setting.value)") }
        for view in views { try await connection.execute(view.statement) }
        try await connection.execute("SET \(Self.marker)=\(name)")
        current = Current(connection: connection, name: name, answeredAt: .now)
        return name
    }

    /// Whether a server that answers does not know our session, which may be why a statement failed.
    private func isForeign(_ connection: Connection) async -> Bool {
        guard let current, current.connection === connection else { return false }
        return (try? await isMarked(connection, current.name)) == false
    }

    private func isMarked(_ connection: Connection, _ name: String) async throws -> Bool {
        var isMarked = false
        for try await batch in try await connection.query("SET \(Self.marker)") where batch.count > 0 {
            isMarked = batch.column(1).text(at: 0) == name
        }
        return isMarked
    }

    /// Closes a connection; the pool opens another.
    private func end(_ connection: Connection) async {
        if current?.connection === connection { current = nil }
        // Of a task of its own, for this one may be cancelled.
        await Task { try? await connection.close() }.value
    }
}
