// `lyceum run`: extract, build, test, publish, index.

import ArgumentParser
import LyceumPipeline

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

    @Option(
        help: ArgumentHelp("Wait so long for another run to end; 0 says at once who is running.", valueName: "seconds")
    )
    var wait: Int = 0

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (0...604_800).contains(wait) else { throw ValidationError("--wait must be from 0 to 604800 seconds.") }
    }

    func perform(on console: Console) async throws {
        let pipeline = try shared.pipeline(console)
        var options = selection.options
        options.wait = wait > 0 ? .seconds(wait) : nil
        try await Self.run(pipeline, options, on: console)
    }

    /// Runs with progress and prints the report; also the last step of a replay.
    @discardableResult
    static func run(_ pipeline: Pipeline, _ options: RunOptions, on console: Console) async throws -> RunReport {
        let report = try await console.whileShowingProgress {
            try await pipeline.run(options) { event in console.progress(event) }
        }
        if console.mode == .json {
            console.result(JSONText.line(report))
        } else {
            let table = report.table
            if !table.rows.isEmpty {
                console.say()
                console.say(table)
                console.say()
            }
            console.say(report.summary(style: console.style))
        }
        return report
    }
}
