// What all commands share: the options, and the one function that does the work.

import ArgumentParser
import Foundation

/// A command that calls a room and renders what comes back.
protocol RoomCommand: AsyncParsableCommand, Sendable {
    /// Does the work. Everything printed goes through the console.
    func perform(on console: Console) async throws
}

extension RoomCommand {
    /// Never called: the program runs ``perform(on:)`` so that failures and Ctrl-C are handled in one place.
    func run() async throws {
        try await perform(on: Console(mode: .text))
    }
}

/// The options of every command.
struct SharedOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("The configuration file.", valueName: "path"),
        completion: .file(extensions: ["yaml"])
    )
    var config: String = "lyceum.yaml"

    @Flag(name: .long, help: "Print the result as JSON, for scripts; nothing else goes to standard output.")
    var json = false

    @Flag(name: [.long, .customShort("v")], help: "Log what is done, on standard error.")
    var verbose = false

    /// The configuration file as a URL, relative to the current folder.
    var configFile: URL {
        URL(filePath: config, directoryHint: .notDirectory).standardizedFileURL
    }
}
