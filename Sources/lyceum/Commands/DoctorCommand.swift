// `lyceum doctor`: is everything in place, and how to mend what is not.

import ArgumentParser
import Foundation

/// Checks drivers, sources, lake, ledger and index.
struct DoctorCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check configuration, drivers, sources, lake, ledger and index, and say how to mend each.",
        discussion: "Exit status 1 if anything is wrong. Changes nothing."
    )

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws { throw Failure.notWired }
}
