// What all commands share: the options, and the one function that does the work.

import ArgumentParser
import Foundation
import Logging
import LyceumPipeline

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

    /// Reads the configuration.
    ///
    /// - Throws: `PipelineError` with code `badConfiguration`.
    func configuration() throws -> Configuration {
        try Configuration.read(configFile)
    }

    /// The pipeline that the configuration describes.
    func pipeline(_ console: Console) throws -> Pipeline {
        Pipeline(configuration: try configuration(), project: try Project.bundled(), logger: logger(console))
    }

    /// A log on standard error: warnings, and with `--verbose` all that is done.
    func logger(_ console: Console, label: String = "lyceum") -> Logger {
        var logger = Logger(label: label, factory: { _ in ConsoleLogHandler(console: console) })
        logger.logLevel = verbose ? .debug : .warning
        return logger
    }
}
