// The HTTP server with the two web interfaces of a campus.

import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization

/// What comes before every answer of the sandbox; returns an answer of its own, or nil to let the request through.
///
/// Latency, refusals and cut connections are put in here.
public typealias RequestGate = @Sendable (Request) async throws -> Response?

/// Serves a campus's Workday- and Tableau-compatible interfaces from one process.
///
/// Either as a service (`run()`), which ends with its group, or by hand with ``start()`` and ``stop()``.
public final class CampusServer: Service, Sendable {
    /// How long tokens and sessions are good for.
    public struct Lifetimes: Sendable, Hashable {
        /// Seconds that a Workday access token is good for.
        public var workdayToken: Int
        /// Seconds that an idle Tableau session lasts.
        public var tableauSession: Int

        /// An hour for tokens and four for sessions, as at Workday and Tableau, unless said otherwise.
        public init(workdayToken: Int = 3_600, tableauSession: Int = 14_400) {
            self.workdayToken = workdayToken
            self.tableauSession = tableauSession
        }
    }

    /// The campus that is served.
    public let campus: Campus
    /// What clients have to show.
    public let credentials: CampusCredentials
    /// The address it listens on.
    public let host: String
    private let wantedPort: Int
    private let logger: Logger
    private let responder: FaultInjector
    private let state = Mutex(State())

    private struct State {
        var port: Int?
        var group: ServiceGroup?
        var running: Task<Void, any Error>?
    }

    /// Opens the campus's records; nothing listens yet.
    ///
    /// - Parameters:
    ///   - campus: what to serve.
    ///   - credentials: what clients have to show.
    ///   - host: the address to listen on.
    ///   - port: the port; 0 takes a free one.
    ///   - lifetimes: how long tokens and sessions are good for.
    ///   - logger: gets one line when it starts; no request is logged.
    ///   - vizQLRows: the most rows that the VizQL Data Service gives at once; more are error 400804.
    ///   - faults: what goes wrong with which request; nothing unless given.
    ///   - gate: comes before every answer.
    /// - Throws: ``SandboxError`` if the campus's files cannot be read.
    public init(
        campus: Campus,
        credentials: CampusCredentials = .demo,
        host: String = "127.0.0.1",
        port: Int = 0,
        lifetimes: Lifetimes = Lifetimes(),
        logger: Logger? = nil,
        vizQLRows: Int = 10_000,
        faults: FaultPlan? = nil,
        gate: RequestGate? = nil
    ) throws(SandboxError) {
        self.campus = campus
        self.credentials = credentials
        self.host = host
        wantedPort = port
        self.logger = logger ?? Logger(label: "lyceum.sandbox", factory: { _ in SwiftLogNoOpLogHandler() })
        let router = Router(context: BasicRequestContext.self)
        if let gate { router.add(middleware: GateMiddleware(gate: gate)) }
        let workday = try WorkdayAPI(campus: campus, credentials: credentials, tokenLifetime: lifetimes.workdayToken)
        workday.addRoutes(to: router)
        let tableau = try TableauAPI(
            campus: campus,
            credentials: credentials,
            sessionLifetime: lifetimes.tableauSession,
            vizQLRows: vizQLRows
        )
        tableau.addRoutes(to: router)
        responder = FaultInjector(
            plan: faults,
            levers: .init(expireTokens: { workday.expireTokens() }, killSession: { tableau.killSession() }),
            inner: router.buildResponder()
        )
    }

    /// The port it listens on; nil before it does.
    public var port: Int? { state.withLock { $0.port } }

    /// Where clients find it; nil before it listens.
    public var url: URL? {
        port.flatMap { URL(string: "http://\(host.contains(":") ? "[\(host)]" : host):\($0)") }
    }

    /// Serves until its service group shuts down, or the task is cancelled.
    public func run() async throws {
        try await application(onRunning: { _ in }).run()
    }

    /// Starts to serve in the background.
    ///
    /// - Returns: the port it listens on.
    /// - Throws: ``SandboxError`` with code `server` if it cannot listen.
    @discardableResult
    public func start() async throws -> Int {
        let (ports, continuation) = AsyncThrowingStream.makeStream(of: Int.self)
        let group = ServiceGroup(
            configuration: .init(services: [application(onRunning: { continuation.yield($0) })], logger: logger)
        )
        let running = Task {
            do {
                try await group.run()
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        state.withLock { state in
            state.group = group
            state.running = running
        }
        do {
            for try await port in ports { return port }
        } catch {
            throw SandboxError(
                .server,
                "the sandbox cannot listen; name another address or port",
                cause: error,
                location: "\(host):\(wantedPort)"
            )
        }
        throw SandboxError(.server, "the sandbox stopped before it listened", location: "\(host):\(wantedPort)")
    }

    /// Stops what ``start()`` started, and waits for it.
    public func stop() async {
        let (group, running) = state.withLock { state in
            defer { state = State() }
            return (state.group, state.running)
        }
        await group?.triggerGracefulShutdown()
        _ = await running?.result
    }

    private func application(onRunning: @escaping @Sendable (Int) -> Void) -> Application<FaultInjector> {
        Application(
            responder: responder,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: wantedPort),
                serverName: "lyceum-sandbox"
            ),
            onServerRunning: { [self] channel in
                let port = channel.localAddress?.port ?? wantedPort
                state.withLock { $0.port = port }
                onRunning(port)
            },
            logger: logger
        )
    }
}

/// Lets a ``RequestGate`` answer first.
private struct GateMiddleware: RouterMiddleware {
    let gate: RequestGate

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        if let answer = try await gate(request) { return answer }
        return try await next(request, context)
    }
}
