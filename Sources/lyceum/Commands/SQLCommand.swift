// `lyceum sql`: a read-only query over the lake.

import ArgumentParser
import Foundation

/// Runs one SELECT over the published tables.
struct SQLCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Query the lake, read-only.",
        discussion: """
            Tables are named by zone: select count(*) from clean.students. Statements that write, load extensions or \
            reach other files are refused. `-` reads the query from standard input.
            """
    )

    @Argument(help: ArgumentHelp("One SELECT statement, or - for standard input.", valueName: "sql"))
    var query: String

    @Option(help: ArgumentHelp("Print at most so many rows; 0 for all.", valueName: "n"))
    var limit: Int = 1000

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit must not be negative.") }
    }

    func perform(on console: Console) async throws { throw Failure.notWired }
}
