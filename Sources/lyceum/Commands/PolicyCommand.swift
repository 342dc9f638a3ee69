// `lyceum policy`: the rules of who sees what.

import ArgumentParser
import Foundation
import LyceumAccess
import LyceumServer

/// The access policy.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Show or check the rules of who sees what.",
        subcommands: [Show.self, Check.self]
    )

    /// The file that holds.
    struct Show: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the policy in force, a file to copy and change."
        )

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let file = try shared.pipeline(console).configuration.server.policy ?? Policy.bundledFile
            console.result(try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .newlines))
        }
    }

    /// Whether a file can be used.
    struct Check: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a policy file: its words, its filters and that it gives nobody anonymous students' data."
        )

        @Argument(
            help: ArgumentHelp("The file; by default the policy in force.", valueName: "file"),
            completion: .file()
        )
        var file: String?

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let configured = try file.map { URL(filePath: $0) } ?? shared.pipeline(console).configuration.server.policy
            let policy = try Policy(file: configured ?? Policy.bundledFile)
            try policy.checkAgainstCollections()
            if shared.json { return console.result(JSONText.line(["ok": "true"])) }
            console.say("\(console.style.green("✓")) the policy can be used")
        }
    }
}
