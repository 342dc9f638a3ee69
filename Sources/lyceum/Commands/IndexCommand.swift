// `lyceum index`: the search snapshot, from curated.

import ArgumentParser
import Foundation

/// Rebuilds the search snapshot.
struct IndexCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Rebuild the search snapshot from the curated tables.",
        discussion:
            "A new version is written beside the old one and swapped in at once; running queries keep the old one."
    )

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws { throw Failure.notWired }
}
