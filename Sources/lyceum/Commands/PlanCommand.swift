// `lyceum plan`: what a run would do, and why.

import ArgumentParser
import LyceumPipeline

/// Shows a run without running it.
struct PlanCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a run would extract, build and publish, and why.",
        discussion: "Reads the ledger and the models; does not ask the sources for data."
    )

    @OptionGroup var selection: RunSelection
    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let plan = try await shared.pipeline(console).plan(selection.options)
        if shared.json { return console.result(JSONText.line(plan)) }
        console.say(
            TextTable(
                columns: [.text("extract"), .text("source"), .text("how")],
                rows: plan.extract.map { [$0.table, $0.source, $0.action] }
            )
        )
        console.say()
        console.say(
            TextTable(
                columns: [.text("zone"), .text("table"), .text("action"), .text("why")],
                rows: plan.build.map { [$0.zone.rawValue, $0.table, $0.action, $0.reason] }
            )
        )
        console.say()
        console.say("index: \(plan.index)")
    }
}
