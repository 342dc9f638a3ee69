// `lyceum sandbox`: only the sources.

import ArgumentParser
import Foundation

/// The student database, the Workday API and the Tableau API of the sample campus.
struct SandboxCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Start only the sources: student database, Workday API, Tableau API.",
        discussion: "Prints the lyceum.yaml that reaches them, and serves until Ctrl-C."
    )

    @Option(help: ArgumentHelp("Multiply students and records under new ids.", valueName: "n"))
    var scale: Int = 1

    @Flag(help: "The reference volumes: 100,000 students, over a million records.")
    var reference = false

    @Option(
        help: ArgumentHelp("The folder for the database and the secrets.", valueName: "dir"),
        completion: .directory
    )
    var home: String = ".lyceum/sandbox"

    @Option(
        help: ArgumentHelp("Fill this PostgreSQL database instead of an embedded one.", valueName: "postgresql://…")
    )
    var database: String?

    @Option(help: ArgumentHelp("The first of the ports to serve on; 0 for any free ones.", valueName: "port"))
    var port: Int = 0

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (1...1000).contains(scale) else { throw ValidationError("--scale must be from 1 to 1000.") }
        guard (0...65534).contains(port) else { throw ValidationError("--port must be from 0 to 65534.") }
        guard !(reference && scale != 1) else { throw ValidationError("Give --scale or --reference, not both.") }
    }

    func perform(on console: Console) async throws { throw Failure.notWired }
}
