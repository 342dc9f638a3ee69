// `lyceum index`: the search snapshot, from curated.

import ArgumentParser
import LyceumPipeline

/// Rebuilds the search snapshot.
struct IndexCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Rebuild the search snapshot from the curated tables.",
        discussion: """
            A new version is written beside the old one and swapped in at once; queries under way keep the old one.
            """
    )

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let pipeline = try shared.pipeline(console)
        let summary = try await console.whileShowingProgress {
            try await pipeline.rebuildIndex { event in console.progress(event) }
        }
        if shared.json { return console.result(JSONText.line(summary)) }
        console.say(
            "\(console.style.green("✓")) search snapshot \(summary.version) in \(HumanNumbers.duration(summary.seconds)): "
                + "\(HumanNumbers.count(summary.students)) students, \(HumanNumbers.count(summary.jobs)) jobs, "
                + "\(HumanNumbers.count(summary.courses)) courses"
        )
    }
}
