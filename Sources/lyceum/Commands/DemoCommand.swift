// `lyceum demo`: the whole way of the data, on the real sample data, in one command.

import ArgumentParser
import Foundation

/// Sandbox, run, index and serve.
struct DemoCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Try everything: a campus made of real open data, extracted, built, indexed and served.",
        discussion: """
            Fills a student database, starts a Workday- and a Tableau-compatible API on loopback, writes a lyceum.yaml, \
            runs the pipeline, builds the search snapshot, serves the API, and ends with commands worth trying. \
            Ctrl-C stops it; starting it again goes on where it was. Names and e-mail addresses are made up.
            """
    )

    @Flag(help: "The reference volumes: 100,000 students, over a million records.")
    var reference = false

    @Flag(name: .long, help: "Stop after the index instead of serving.")
    var noServe = false

    @Option(help: ArgumentHelp("The folder for everything that it writes.", valueName: "dir"), completion: .directory)
    var home: String = ".lyceum/demo"

    @Option(help: ArgumentHelp("The port to serve on; 0 for any free one.", valueName: "port"))
    var port: Int = 8080

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be from 0 to 65535.") }
    }

    func perform(on console: Console) async throws { throw Failure.notWired }
}
