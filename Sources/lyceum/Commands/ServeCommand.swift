// `lyceum serve`: the HTTP API and the pages.

import ArgumentParser
import Foundation
import LyceumAccess
import LyceumPipeline
import LyceumServer

/// Serves the current snapshot until it is stopped.
struct ServeCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the HTTP API and the search page.",
        discussion: """
            A new snapshot is taken up without a restart. Students' data is served only to callers with an API key \
            ('lyceum keys create'). Ctrl-C or SIGTERM ends it after the requests under way, with exit status 0.
            """
    )

    @Option(help: ArgumentHelp("The address to bind, instead of the configured one.", valueName: "address"))
    var host: String?

    @Option(help: ArgumentHelp("The port, instead of the configured one; 0 for any free one.", valueName: "port"))
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "A certificate (PEM) to speak TLS and HTTP/2 with; --tls-key is its key.",
            valueName: "file"
        ),
        completion: .file()
    )
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The key of the certificate (PEM).", valueName: "file"), completion: .file())
    var tlsKey: String?

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together.")
        }
        guard (0...65535).contains(port ?? 0) else { throw ValidationError("--port must be from 0 to 65535.") }
    }

    func perform(on console: Console) async throws {
        let pipeline = try shared.pipeline(console)
        var settings = pipeline.configuration.server
        settings.host = host ?? settings.host
        settings.port = port ?? settings.port
        if let tlsCertificate, let tlsKey {
            settings.tls = .init(
                certificate: URL(filePath: tlsCertificate).standardizedFileURL,
                key: URL(filePath: tlsKey).standardizedFileURL,
                minimum: settings.tls?.minimum ?? .tls12
            )
        }
        let serving = Serving(pipeline: pipeline, settings: settings, logger: shared.logger(console))
        let now = Date()
        let hasKeys = try KeyStore(file: settings.access.keys).list().contains { $0.isActive(at: now) }
        let isOpen = hasKeys || settings.access.oidc != nil
        try await serving.run(on: console) { address in
            if console.mode == .json {
                console.result(JSONText.line(["url": address]))
            } else {
                console.say("Serving \(console.style.cyan(address)) until Ctrl-C.")
                if !isOpen {
                    console.say("Nobody has an API key yet: 'lyceum keys create --role ROLE' makes one.")
                }
            }
        }
    }
}
