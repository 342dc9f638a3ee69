// `lyceum serve`: the HTTP API and the pages.

import ArgumentParser
import Foundation

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

    func perform(on console: Console) async throws { throw Failure.notWired }
}
