// The HTTP server as the commands run it: the configured address and key, the ledger's runs, a clean end.

import Foundation
import Logging
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
        var keys: [APIKey] = []
        if let key = settings.apiKey {
            keys.append(try APIKey(name: "configured", sha256: ContentHash.of(key.reveal())))
        }
        let host = settings.host
        let server = try Server(
            configuration: ServerConfiguration(
                host: host,
                port: settings.port,
                indexDirectory: pipeline.configuration.index,
                apiKeys: keys
            ),
            runs: LedgerRunHistory(ledger: pipeline.configuration.lake.ledger),
            logger: logger,
            onRunning: { port in
                await onRunning("http://\(host.contains(":") ? "[\(host)]" : host):\(port)")
            }
        )
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [server], logger: logger))
        try await console.interruption.endingWell({ Task { await group.triggerGracefulShutdown() } }) {
            try await group.run()
        }
    }
}
