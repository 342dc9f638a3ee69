// `lyceum sql`: a read-only query over the lake.

import ArgumentParser
import Foundation
import LyceumPipeline

/// Runs one SELECT over the published tables.
struct SQLCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Query the lake, read-only.",
        discussion: """
            Tables are named by zone: select count(*) from clean.students. Statements that write, load extensions or \
            reach other files are refused. `-` reads the query from standard input.
            """
    )

    @Argument(help: ArgumentHelp("One SELECT statement, or - for standard input.", valueName: "sql"))
    var query: String

    @Option(help: ArgumentHelp("Print at most so many rows; 0 for all.", valueName: "n"))
    var limit: Int = 1000

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit must not be negative.") }
    }

    func perform(on console: Console) async throws {
        let session = try await LakeQuery(try shared.pipeline(console))
        let rows = try await QueryRows.read(
            from: try await session.run(try text()),
            limit: limit == 0 ? nil : limit
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
