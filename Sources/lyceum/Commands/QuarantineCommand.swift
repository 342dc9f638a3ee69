// `lyceum quarantine`: rows that broke a rule: list them, look at them, give them another chance.

import ArgumentParser
import LyceumPipeline

/// The rows that were set aside.
struct QuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Look at the rows that broke a rule, and replay them.",
        subcommands: [List.self, Show.self, Replay.self],
        defaultSubcommand: List.self
    )
}

extension QuarantineCommand {
    /// How many rows broke which rule.
    struct List: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Count the rows in quarantine by table and rule."
        )

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let counts = try await LakeQuery(try shared.pipeline(console)).quarantineCounts()
            if shared.json { return console.result(JSONText.line(["quarantine": counts])) }
            guard !counts.isEmpty else { return console.say("Nothing is in quarantine.") }
            console.say(
                TextTable(
                    columns: [
                        .text("table"), .text("source"), .text("severity"), .text("rule"), .number("rows"),
                        .text("why"),
                    ],
                    rows: counts.map {
                        [$0.table, $0.source, $0.severity, $0.rule, HumanNumbers.count($0.rows), $0.reason]
                    }
                )
            )
        }
    }

    /// The rows of one table.
    struct Show: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show the quarantined rows of a table with rule, reason and run."
        )

        @Argument(help: ArgumentHelp("The table, as `lyceum quarantine list` names it.", valueName: "table"))
        var table: String?

        @Option(help: ArgumentHelp("Only rows that broke this rule.", valueName: "rule"))
        var rule: String?

        @Option(help: ArgumentHelp("Show at most so many rows.", valueName: "n"))
        var limit: Int = 20

        @OptionGroup var purpose: PurposeOption
        @OptionGroup var shared: SharedOptions

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
        }

        func perform(on console: Console) async throws {
            let pipeline = try shared.pipeline(console)
            let session = try await LakeQuery(pipeline)
            let rows = try await session.quarantineRows(table: table, rule: rule, limit: limit)
            let identifiers = pipeline.identifierColumns
            try await CommandAudit(pipeline.configuration.audit, purpose, on: console).record(
                tables: session.personalQuarantine(of: table),
                "lyceum quarantine show",
                subjects: Set(rows.compactMap { $0.identifier(identifiers) }).sorted()
            )
            if shared.json { return console.result(JSONText.line(["rows": rows])) }
            guard !rows.isEmpty else { return console.say("Nothing is in quarantine.") }
            let style = console.style
            let width = console.window.columns
            for row in rows {
                let place = row.key.map { "key \($0)" } ?? row.location ?? "no key"
                console.say(
                    "\(style.bold(row.table))  \(Printable.line(place))  "
                        + style.dim("\(row.source), \(row.severity), run \(row.run)")
                )
                for (rule, reason) in zip(row.rules, row.reasons) {
                    console.say("  \(style.yellow(Printable.line(rule))): \(Printable.line(reason))")
                }
                let text = Printable.line(row.row ?? "")
                console.say("  " + (width.map { DisplayWidth.truncated(text, to: $0 - 2) } ?? text))
            }
        }
    }

    /// Another chance, after the source or the rule was mended.
    struct Replay: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Put quarantined rows through the current rules again, and publish those that now pass.",
            discussion:
                "Rebuilds the table and all that depends on it, from raw rows as they are now; then as `lyceum run`."
        )

        @Argument(help: ArgumentHelp("The table; all tables with quarantined rows if left out.", valueName: "table"))
        var table: String?

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let pipeline = try shared.pipeline(console)
            let counts = try await LakeQuery(pipeline).quarantineCounts()
            let known = Set(pipeline.project.models.map(\.name))
            let held = Set(counts.map(\.table)).intersection(known)
            var options = RunOptions()
            options.rebuild = true
            if let table {
                guard known.contains(table) else {
                    throw Failure(
                        code: "notFound",
                        message:
                            "no model is named '\(table)'; rows that could not be read are replayed by `lyceum run`",
                        remedy: "lyceum quarantine list"
                    )
                }
                options.select = ["\(table)+"]
            } else {
                guard !held.isEmpty else {
                    if shared.json { return console.result(#"{"replayed":[]}"#) }
                    return console.say("Nothing is in quarantine that a replay could let pass.")
                }
                options.select = held.sorted().map { "\($0)+" }
            }
            try await RunCommand.run(pipeline, options, on: console)
        }
    }
}
