// `lyceum status`: the runs, and one run in detail.

import ArgumentParser
import Foundation

/// Runs, counts, freshness and timings.
struct StatusCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the runs: rows in, out, quarantined and de-duplicated, freshness, timings.",
        discussion: "Without RUN the latest runs; with a run id (or `last`) that run table by table."
    )

    @Argument(help: ArgumentHelp("A run id as `lyceum status` lists them, or `last`.", valueName: "run"))
    var runID: String?

    @Option(help: ArgumentHelp("How many runs to list.", valueName: "n"))
    var limit: Int = 10

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 10000.") }
    }

    func perform(on console: Console) async throws { throw Failure.notWired }
}
