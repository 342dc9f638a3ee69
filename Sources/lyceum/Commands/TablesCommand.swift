// `lyceum tables`: the lake's catalog.

import ArgumentParser
import Foundation

/// The published tables, or one of them column by column.
struct TablesCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "tables",
        abstract: "List the lake's tables, or describe one of them."
    )

    @Argument(help: ArgumentHelp("A table to describe: curated.student_profile.", valueName: "table"))
    var table: String?

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws { throw Failure.notWired }
}
