// The HTTP server as a service.

import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// Lyceum's HTTP API and pages, served from the search snapshots of a folder.
///
/// Runs until the service group is told to stop; answers in progress are finished first.
public struct Server: Service {
    let configuration: ServerConfiguration
    let services: ServerServices
    private let onRunning: @Sendable (_ port: Int) async -> Void

    /// Prepares a server; nothing is listened on before ``run()``.
    ///
    /// The folder of snapshots may still be empty: search then answers 503 until the first one is published.
    ///
    /// - Parameters:
    ///   - runs: the history behind `/v1/runs`; without one that answers 503.
    ///   - logger: gets one line a request and what happens to the server; ``JSONLogHandler`` makes JSON of them.
    ///   - onRunning: called with the port listened on, once requests are accepted.
    /// - Throws: ``ServerError`` when the configuration cannot be used or a page file is missing.
    public init(
        configuration: ServerConfiguration,
        runs: (any RunHistory)? = nil,
        logger: Logger = Logger(label: "lyceum.server"),
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        try self.init(
            configuration: configuration,
            snapshots: SnapshotFolder(directory: configuration.indexDirectory),
            runs: runs,
            logger: logger,
            onRunning: onRunning
        )
    }

    init(
        configuration: ServerConfiguration,
        snapshots: any SnapshotSource,
        runs: (any RunHistory)? = nil,
        logger: Logger,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        try configuration.validate()
        self.configuration = configuration
        self.onRunning = onRunning
        services = ServerServices(
            snapshots: snapshots,
            runs: runs,
            authenticator: Authenticator(keys: configuration.apiKeys),
            limits: configuration.limits,
            metrics: ServerMetrics(),
            pages: try PageStore(),
            logsRequests: configuration.logsRequests,
            log: logger
        )
    }

    /// Serves until shut down.
    ///
    /// - Throws: ``ServerError`` with code `address_unavailable` when the address cannot be listened on.
    public func run() async throws {
        // So that the first request finds the snapshot; one that cannot be read is the reloader's to report.
        _ = try? services.snapshots.reloadIfChanged()
        do {
            try await application().run()
        } catch let error as ServerError {
            throw error
        } catch  where String(describing: type(of: error)) == "IOError" {
            throw ServerError(
                .addressUnavailable,
                "cannot listen on \(configuration.host):\(configuration.port); "
                    + "is another server running there? --port 0 takes a free port",
                location: "\(configuration.host):\(configuration.port)",
                cause: error
            )
        }
    }

    /// The Hummingbird application: also what tests send requests to.
    func application() -> some ApplicationProtocol {
        let limits = configuration.limits
        var channel = HTTP1Channel.Configuration(idleTimeout: .seconds(Int64(limits.idleSeconds)))
        channel.httpDecoder.maxHeaderListSize = limits.headerBytes
        channel.httpDecoder.maxHeaderFieldSize = limits.headerBytes
        channel.httpDecoder.maxHeaderFieldCount = 100
        let log = services.log
        var quiet = log
        // The framework's own lines name no route of ours and repeat what the access log says.
        quiet.logLevel = max(quiet.logLevel, .warning)
        let host = configuration.host
        let onRunning = onRunning
        return Application(
            responder: RouteTable(services).responder(services),
            server: .http1(configuration: channel),
            configuration: .init(
                address: .hostname(host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: quiet)
            ),
            services: [
                SnapshotReloader(
                    source: services.snapshots,
                    interval: configuration.reloadInterval,
                    metrics: services.metrics,
                    logger: log
                )
            ],
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                log.info(
                    "listening",
                    metadata: ["host": .string(host), "port": .stringConvertible(port)]
                )
                await onRunning(port)
            },
            logger: quiet
        )
    }
}
