// `lyceum quarantine`: rows that broke a rule: list them, look at them, give them another chance.

import ArgumentParser
import Foundation

/// The rows that were set aside.
struct QuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Look at the rows that broke a rule, and replay them.",
        subcommands: [List.self, Show.self, Replay.self],
        defaultSubcommand: List.self
    )
}

extension QuarantineCommand {
    /// How many rows broke which rule.
    struct List: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Count the rows in quarantine by table and rule."
        )

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws { throw Failure.notWired }
    }

    /// The rows of one table.
    struct Show: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show the quarantined rows of a table with rule, reason and run."
        )

        @Argument(help: ArgumentHelp("The table, as `lyceum quarantine list` names it.", valueName: "table"))
        var table: String

        @Option(help: ArgumentHelp("Only rows that broke this rule.", valueName: "rule"))
        var rule: String?

        @Option(help: ArgumentHelp("Show at most so many rows.", valueName: "n"))
        var limit: Int = 20

        @OptionGroup var shared: SharedOptions

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
        }

        func perform(on console: Console) async throws { throw Failure.notWired }
    }

    /// Another chance, after the source or the rule was mended.
    struct Replay: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Put quarantined rows through the current rules again, and publish those that now pass."
        )

        @Argument(help: ArgumentHelp("The table; all tables if left out.", valueName: "table"))
        var table: String?

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws { throw Failure.notWired }
    }
}
