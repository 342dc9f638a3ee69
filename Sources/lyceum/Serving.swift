// The HTTP server as the commands run it: the configured address, keys and certificate, the ledger's runs, a clean end.

import Foundation
import Logging
import LyceumAccess
import LyceumAudit
import LyceumCore
import LyceumPipeline
import LyceumServer
import ServiceLifecycle

/// A server over one pipeline's index and ledger.
struct Serving: Sendable {
    let pipeline: Pipeline
    let settings: Configuration.ServerSettings
    let logger: Logger

    /// Serves until Ctrl-C or SIGTERM; requests under way are finished.
    ///
    /// - Parameter onRunning: gets the server's URL once it accepts requests.
    func run(on console: Console, onRunning: @escaping @Sendable (_ url: String) async -> Void) async throws {
        let host = settings.host
        let scheme = settings.tls == nil ? "http" : "https"
        let log = try ServingLog(settings.accessLog, console: logger)
        let server = try await Server(
            configuration: configuration(logsRequests: log.takesRequests),
            access: access(on: console, logger: log.logger),
            runs: LedgerRunHistory(ledger: pipeline.configuration.lake.ledger),
            logger: log.logger,
            onRunning: { port in
                await onRunning("\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)")
            }
        )
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [server], logger: logger))
        try await console.interruption.endingWell({ Task { await group.triggerGracefulShutdown() } }) {
            try await group.run()
        }
    }

    /// Who is let in, what they may see, and the record of it.
    private func access(on console: Console, logger: Logger) async throws -> ServerAccess {
        let audit = pipeline.configuration.audit
        return ServerAccess(
            authenticator: Authenticator(settings: settings.access, logger: logger),
            policy: try settings.policy.map { file throws(AccessError) in try Policy(file: file) } ?? Policy.bundled(),
            audit: try await AuditLog.open(
                audit.folder,
                key: try CommandAudit.key(audit, on: console),
                logger: logger
            )
        )
    }

    private func configuration(logsRequests: Bool) throws -> ServerConfiguration {
        var shutdown = ServerConfiguration.Shutdown()
        if let seconds = settings.shutdownNotice { shutdown.notice = .seconds(seconds) }
        if let seconds = settings.shutdownLimit { shutdown.limit = .seconds(seconds) }
        return ServerConfiguration(
            host: settings.host,
            port: settings.port,
            indexDirectory: pipeline.configuration.index,
            embedders: try pipeline.configuration.embedders(),
            limits: limits,
            tls: settings.tls.map { tls in
                TLSSettings(
                    certificate: tls.certificate,
                    privateKey: tls.key,
                    minimumVersion: tls.minimum == .tls13 ? .tls13 : .tls12
                )
            },
            cors: try settings.crossOrigin.map { settings in
                try CORSPolicy(
                    origins: settings.origins,
                    allowsCredentials: settings.credentials,
                    maximumAge: settings.maximumAge
                )
            },
            shutdown: shutdown,
            logsRequests: logsRequests,
            isReachedByHTTPS: settings.isBehindHTTPS,
            trustedProxies: settings.trustedProxies
        )
    }

    /// The server's limits with what the configuration says of them.
    private var limits: ServerConfiguration.Limits {
        var limits = ServerConfiguration.Limits()
        func set(_ limit: WritableKeyPath<ServerConfiguration.Limits, Int>, _ value: Int?) {
            if let value { limits[keyPath: limit] = value }
        }
        set(\.concurrentRequests, settings.limits.concurrentRequests)
        set(\.queuedRequests, settings.limits.queuedRequests)
        set(\.queueMilliseconds, settings.limits.queueMilliseconds)
        set(\.connections, settings.limits.connections)
        set(\.bodyBytes, settings.limits.bodyBytes)
        set(\.idleSeconds, settings.limits.idleSeconds)
        set(\.answerBytes, settings.answerCache.map { $0 << 20 })
        return limits
    }
}
