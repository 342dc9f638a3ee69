// `lyceum plan`: what a run would do, and why.

import ArgumentParser
import LyceumPipeline

/// Shows a run without running it.
struct PlanCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a run would extract, build and publish, and why.",
        discussion: """
            Reads the ledger and the models, and asks the sources for their columns, not for rows, to tell what differs \
            from the tables' contracts.
            """
    )

    @Flag(help: "Do not ask the sources for anything.")
    var offline = false

    @OptionGroup var selection: RunSelection
    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let plan = try await shared.pipeline(console).plan(selection.options, asksSources: !offline)
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
        if let table = DriftText.table(plan.drift) {
            console.say("schema drift:")
            console.say(table)
            console.say()
        }
        for note in plan.notes { console.say("note: \(Printable.line(note))") }
        console.say("index: \(plan.index)")
    }
}
