// `lyceum demo`: the whole way of the data, on the real sample data, in one command.

import ArgumentParser
import Foundation
import LyceumAccess
import LyceumPipeline
import LyceumSandbox

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

    @OptionGroup var volume: CampusVolume

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

    func perform(on console: Console) async throws {
        let home = DemoHome(path: home)
        let campus = try await RunningCampus.prepare(
            volume.size,
            at: CampusLocation(home: home.root),
            on: console
        )
        let credentials = CampusCredentials.generated()
        let logger = shared.logger(console)
        try await RunningCampus.whileServing(campus, port: 0, credentials: credentials, logger: logger) { addresses in
            try home.write(campus: campus, addresses: addresses, credentials: credentials, port: port, encrypts: true)
            let pipeline = Pipeline(
                configuration: try Configuration.read(home.configFile),
                project: try Project.bundled(),
                logger: shared.logger(console)
            )
            var options = RunOptions()
            options.fullRefresh = home.wasLoaded(fromOtherThan: campus)
            try await RunCommand.run(pipeline, options, on: console)
            try home.noteLoaded(from: campus)
            if noServe {
                try suggest(pipeline, home, isServing: false, on: console)
            } else {
                try await serve(pipeline, home, on: console)
            }
        }
    }

    /// Serves until Ctrl-C, with a key for each kind of caller.
    private func serve(_ pipeline: Pipeline, _ home: DemoHome, on console: Console) async throws {
        var settings = pipeline.configuration.server
        settings.port = port
        let store = KeyStore(file: settings.access.keys)
        let keys = try await DemoKeys.prepare(in: store, snapshots: pipeline.configuration.snapshots())
        let serving = Serving(pipeline: pipeline, settings: settings, logger: shared.logger(console))
        do {
            try await serving.run(on: console) { url in
                if console.mode == .json {
                    return console.result(JSONText.line(DemoDocument(url: url, keys: keys.byRole)))
                }
                // What is worth trying is a nicety; the address and the keys are not.
                try? suggest(pipeline, home, isServing: true, on: console)
                announce(url, keys, home, on: console)
            }
        } catch {
            // Keys that nobody may have seen, as when the port is taken, would be of use to nobody: the next start makes new ones.
            try? await keys.revoke(in: store)
            throw error
        }
    }

    /// What is worth trying.
    private func suggest(_ pipeline: Pipeline, _ home: DemoHome, isServing: Bool, on console: Console) throws {
        guard console.mode == .text else { return }
        let style = console.style
        let suggestions = try DemoSuggestions(
            snapshots: try pipeline.configuration.snapshots(),
            program: CommandLine.arguments.first ?? "lyceum",
            config: PathText.short(home.configFile)
        )
        console.say()
        console.say(DisplayWidth.wrapped(Campus.notice, to: console.window.columns ?? 120).map(style.dim))
        console.say()
        console.say(style.bold("Worth trying\(isServing ? ", in another terminal" : ""):"))
        for command in suggestions.commands { console.say("  " + style.cyan(command)) }
    }

    /// Where the server is, and the keys that were just made, or how to make one.
    private func announce(_ url: String, _ keys: DemoKeys, _ home: DemoHome, on console: Console) {
        let style = console.style
        console.say()
        console.say("\(style.bold("Serving")) \(style.cyan(url)) until Ctrl-C; open it in a browser.")
        if keys.made.isEmpty {
            let program = DemoSuggestions.shell(CommandLine.arguments.first ?? "lyceum")
            let config = DemoSuggestions.shell(PathText.short(home.configFile))
            console.say("Its API keys were shown when they were made; for a new one:")
            console.say("  " + style.cyan("\(program) keys create --role registrar --config \(config)"))
        } else {
            console.say()
            console.say(style.bold("API keys, shown this once") + ", each with a request to try:")
            for line in keys.lines(url: url, style: style) { console.say(line) }
        }
    }
}

/// Where the demo serves, and the keys that it made just now.
private struct DemoDocument: Encodable {
    let url: String
    let keys: [String: String]
}
