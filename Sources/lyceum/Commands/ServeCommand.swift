// `lyceum serve`: the HTTP API and the pages.

import ArgumentParser
import LyceumServer

/// Serves the current snapshot until it is stopped.
struct ServeCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the HTTP API and the search page.",
        discussion: """
            A new snapshot is taken up without a restart. Students' data is served only to callers with the API key that \
            lyceum.yaml names. Ctrl-C or SIGTERM ends it after the requests under way, with exit status 0.
            """
    )

    @Option(help: ArgumentHelp("The address to bind, instead of the configured one.", valueName: "address"))
    var host: String?

    @Option(help: ArgumentHelp("The port, instead of the configured one; 0 for any free one.", valueName: "port"))
    var port: Int?

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (0...65535).contains(port ?? 0) else { throw ValidationError("--port must be from 0 to 65535.") }
    }

    func perform(on console: Console) async throws {
        let pipeline = try shared.pipeline(console)
        var settings = pipeline.configuration.server
        settings.host = host ?? settings.host
        settings.port = port ?? settings.port
        let serving = Serving(pipeline: pipeline, settings: settings, logger: shared.logger(console))
        let servesStudents = settings.apiKey != nil
        try await serving.run(on: console) { address in
            if console.mode == .json {
                console.result(JSONText.line(["url": address]))
            } else {
                console.say("Serving \(console.style.cyan(address)) until Ctrl-C.")
                if !servesStudents {
                    console.say("No server.api_key is configured: jobs and courses only, no students' data.")
                }
            }
        }
    }
}
