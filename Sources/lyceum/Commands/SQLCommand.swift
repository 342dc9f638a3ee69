// `lyceum sql`: a read-only query over the lake.

import ArgumentParser
import Foundation
import LyceumCore
import LyceumLake
import LyceumPipeline

/// Runs one SELECT over the published tables.
struct SQLCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Query the lake, read-only.",
        discussion: """
            Tables are named by zone: select count(*) from clean.students. Statements that write, load extensions or \
            reach other files are refused. `-` reads the query from standard input. --at takes a snapshot's number \
            (`lyceum tables history`), a run, or a time: 2026-11-23, 2026-11-23T08:15:00Z. A query of tables about people is \
            recorded in the audit record before its rows are shown.
            """
    )

    @Argument(help: ArgumentHelp("One SELECT statement, or - for standard input.", valueName: "sql"))
    var query: String

    @Option(help: ArgumentHelp("Print at most so many rows; 0 for all.", valueName: "n"))
    var limit: Int = 1000

    @Option(help: ArgumentHelp("Read the lake as it was then.", valueName: "snapshot|time|run"))
    var at: String?

    @OptionGroup var purpose: PurposeOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if let at, MomentText.moment(at) == nil {
            throw ValidationError(
                "--at takes a snapshot's number, a run or a time (2026-11-23T08:15:00Z), not '\(at)'."
            )
        }
        guard limit >= 0 else { throw ValidationError("--limit must not be negative.") }
    }

    func perform(on console: Console) async throws {
        let pipeline = try shared.pipeline(console)
        let session = try await LakeQuery(pipeline, at: at.flatMap(MomentText.moment) ?? .now)
        let query = try text()
        let rows = try await QueryRows.read(from: try await session.run(query), limit: limit == 0 ? nil : limit)
        try await CommandAudit(pipeline.configuration.audit, purpose, on: console).record(
            tables: try await session.personalTables(in: query),
            "lyceum sql",
            subjects: rows.values(ofFirst: pipeline.identifierColumns),
            query: query
        )
        if shared.json { return console.result(rows.json) }
        console.say(rows.table)
        let count = "\(HumanNumbers.count(rows.count)) row\(rows.count == 1 ? "" : "s")"
        console.say(console.style.dim(rows.isTruncated ? "first \(count); --limit 0 shows all" : count))
    }

    private func text() throws -> String {
        guard query == "-" else { return query }
        // More than a megabyte is not a query that someone wrote.
        let data = try FileHandle.standardInput.read(upToCount: 1 << 20) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}

/// A moment of the lake's history as people write it.
enum MomentText {
    /// A snapshot's number, a run's id, a day (its end, in UTC) or a time; nil for anything else.
    static func moment(_ text: String) -> Moment? {
        if let snapshot = Int64(text), snapshot > 0 { return .snapshot(snapshot) }
        if let run = RunID(text) { return .run(run) }
        if text.count == 10, let start = Timestamp.parse(text + "T00:00:00Z") { return .time(start + 86_400 - 0.001) }
        return Timestamp.parse(text).map { .time($0) }
    }
}
