// `lyceum run`: extract, build, test, publish, index.

import ArgumentParser
import Foundation

/// One run of the pipeline.
struct RunCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Extract what is new, build what depends on it, publish all of it at once.",
        discussion: """
            A run with nothing new publishes nothing. Whatever goes wrong, nothing half-done becomes visible, and the \
            next run goes on from the last good state.
            """
    )

    @OptionGroup var selection: RunSelection
    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws { throw Failure.notWired }
}
