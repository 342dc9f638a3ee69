// `lyceum plan`: what a run would do, and why.

import ArgumentParser
import Foundation

/// Shows a run without running it.
struct PlanCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a run would extract, build and publish, and why.",
        discussion: "Reads the ledger and the models; does not ask the sources for data."
    )

    @OptionGroup var selection: RunSelection
    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws { throw Failure.notWired }
}
