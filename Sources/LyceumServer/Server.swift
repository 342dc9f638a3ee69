// The HTTP server as a service.

import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import ServiceLifecycle

/// Lyceum's HTTP API and pages, served from the search snapshots of a folder.
///
/// Runs until the service group is told to stop; answers in progress are finished first.
public struct Server: Service {
    let configuration: ServerConfiguration
    let services: ServerServices
    private let certificate: CertificateSource?
    private let tlsConfiguration: TLSConfiguration?
    private let onRunning: @Sendable (_ port: Int) async -> Void

    /// Prepares a server; nothing is listened on before ``run()``.
    ///
    /// The folder of snapshots may still be empty: search then answers 503 until the first one is published.
    ///
    /// - Parameters:
    ///   - access: who is let in, what they may see, and where it is recorded.
    ///   - runs: the history behind `/v1/runs`; without one that answers 503.
    ///   - logger: gets one line a request and what happens to the server; ``JSONLogHandler`` makes JSON of them.
    ///   - onRunning: called with the port listened on, once requests are accepted.
    /// - Throws: ``ServerError`` when the configuration cannot be used or a page file is missing.
    public init(
        configuration: ServerConfiguration,
        access: ServerAccess,
        runs: (any RunHistory)? = nil,
        logger: Logger = Logger(label: "lyceum.server"),
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        try self.init(
            configuration: configuration,
            snapshots: SnapshotFolder(
                directory: configuration.indexDirectory,
                embedders: configuration.embedders,
                answerBytes: configuration.limits.answerBytes
            ),
            access: access,
            runs: runs,
            logger: logger,
            onRunning: onRunning
        )
    }

    init(
        configuration: ServerConfiguration,
        snapshots: any SnapshotSource,
        access: ServerAccess,
        runs: (any RunHistory)? = nil,
        sessions: SessionStore = SessionStore(),
        logger: Logger,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        try configuration.validate()
        try access.policy.checkAgainstCollections()
        self.configuration = configuration
        self.onRunning = onRunning
        let trail = AuditTrail(record: access.audit, logger: logger)
        let gatekeeper = Gatekeeper(
            authenticator: access.authenticator,
            policy: access.policy,
            audit: trail,
            log: logger
        )
        let pages = try PageStore()
        let edge = Edge(configuration)
        let metrics = ServerMetrics(admission: edge.admission)
        certificate = try configuration.tls.map { try CertificateSource($0, metrics: metrics, log: logger) }
        tlsConfiguration = try certificate?.configuration()
        services = ServerServices(
            records: Records(snapshots: snapshots, audit: trail),
            gatekeeper: gatekeeper,
            runs: runs,
            limits: configuration.limits,
            metrics: metrics,
            edge: edge,
            pages: pages,
            layout: PageLayout(
                templates: try PageTemplates(),
                entrance: PageEntrance(
                    sessions: sessions,
                    cookie: SessionCookie(isSecure: configuration.tls != nil || configuration.isReachedByHTTPS),
                    credentials: StoredCredentials(access.authenticator),
                    gatekeeper: gatekeeper
                )
            ),
            documentation: try Documentation(openAPI: pages[path: "/openapi.json"]?.data ?? Data("{}".utf8)),
            disclosures: AuditDisclosures(record: access.audit),
            logsRequests: configuration.logsRequests,
            log: logger
        )
    }

    /// Serves until shut down.
    ///
    /// - Throws: ``ServerError`` with code `address_unavailable` when the address cannot be listened on.
    public func run() async throws {
        // So that the first request finds the snapshot; one that cannot be read is the reloader's to report.
        if (try? await services.snapshots.reloadIfChanged()) == true { services.metrics.snapshotLoaded() }
        if configuration.isExposed, configuration.tls == nil {
            services.log.warning(
                """
                listening on \(configuration.host) without TLS: keys and students' data can be read on the way; set \
                server.tls in lyceum.yaml, or listen on 127.0.0.1 behind a proxy that does it
                """
            )
        }
        let ending = GracefulEnd(shutdown: configuration.shutdown, draining: services.edge.draining, log: services.log)
        do {
            try await ending.run(application())
            // After the last answer: a head then stands beside the record's last line.
            await services.records.audit.record.close()
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
        let log = services.log
        var quiet = log
        // The framework's own lines name no route of ours and repeat what the access log says.
        quiet.logLevel = max(quiet.logLevel, .warning)
        let host = configuration.host
        let isEncrypted = configuration.tls != nil
        let onRunning = onRunning
        let reloader = SnapshotReloader(
            source: services.snapshots,
            interval: configuration.reloadInterval,
            metrics: services.metrics,
            logger: log
        )
        var background: [any Service] = [reloader]
        if let certificate { background.append(certificate) }
        return Application(
            responder: EdgeResponder(
                inner: RouteTable(services).responder(services),
                proxies: configuration.trustedProxies
            ),
            server: connections(),
            configuration: .init(
                address: .hostname(host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.limits.connections,
                    logger: quiet
                )
            ),
            services: background,
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                log.info(
                    "listening",
                    metadata: [
                        "host": .string(host), "port": .stringConvertible(port), "tls": .stringConvertible(isEncrypted),
                    ]
                )
                await onRunning(port)
            },
            logger: quiet
        )
    }

    /// How connections are set up: HTTP/1.1, and with TLS also HTTP/2, which a client chooses in the handshake (ALPN).
    ///
    /// On HTTP/2 NIO allows 100 streams at once on a connection, and closes one that resets over 200 streams in 30 seconds
    /// or sends as many needless control frames.
    private func connections() -> HTTPServerBuilder {
        let limits = configuration.limits
        let metrics = services.metrics
        let draining = services.edge.draining
        let tls = tlsConfiguration
        let times = ConnectionTimes(
            head: .seconds(Int64(limits.headSeconds)),
            body: .seconds(Int64(limits.bodySeconds)),
            idle: .seconds(Int64(limits.idleSeconds))
        )
        var http1 = HTTP1Channel.Configuration(
            additionalChannelHandlers: [RequestGuard(times, draining: draining)],
            idleTimeout: times.idle
        )
        http1.httpDecoder.maxHeaderListSize = limits.headerBytes
        http1.httpDecoder.maxHeaderFieldSize = limits.headerBytes
        http1.httpDecoder.maxHeaderFieldCount = 100
        let configuration = http1
        return HTTPServerBuilder { responder in
            guard let tls else {
                let base = HTTP1Channel(responder: responder, configuration: configuration)
                return GuardedChannel(base: base, times: times, metrics: metrics)
            }
            let base = try HTTP2UpgradeChannel(
                tlsConfiguration: tls,
                configuration: HTTP2ChannelConfiguration(
                    idleTimeout: .seconds(limits.idleSeconds),
                    gracefulCloseTimeout: .seconds(limits.idleSeconds),
                    streamConfiguration: configuration
                ),
                responder: responder
            )
            return GuardedChannel(base: base, times: times, metrics: metrics)
        }
    }
}
