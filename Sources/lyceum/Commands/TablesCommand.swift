// `lyceum tables`: the lake's catalog.

import ArgumentParser
import Foundation
import LyceumCore
import LyceumLake

/// The lake's catalog and history.
struct TablesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tables",
        abstract:
            "List the lake's tables, describe one of them, look at its history, go back in it, write the data dictionary.",
        subcommands: [Show.self, History.self, Rollback.self, Dictionary.self],
        defaultSubcommand: Show.self
    )
}

extension TablesCommand {
    /// The published tables, or one of them column by column.
    struct Show: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "List the lake's tables, or describe one of them."
        )

        @Argument(help: ArgumentHelp("A table to describe: curated.student_profile.", valueName: "table"))
        var table: String?

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let lake = try await shared.pipeline(console).openLake()
            if let table {
                let id = try await lake.ledger.table(named: table).id
                let description = try await TableDescription(of: id, in: lake.ledger)
                if shared.json { return console.result(JSONText.line(description)) }
                description.say(on: console)
            } else {
                let tables = try await lake.ledger.tables().filter { $0.snapshot != nil }
                if shared.json { return console.result(JSONText.line(["tables": tables.map { TableDocument($0) }])) }
                list(tables, on: console)
            }
        }

        private func list(_ tables: [TableSummary], on console: Console) {
            guard !tables.isEmpty else { return console.say("The lake is empty; `lyceum run` fills it.") }
            let now = Date()
            let ordered = tables.sorted { ($0.id.zone, $0.id.name) < ($1.id.zone, $1.id.name) }
            console.say(
                TextTable(
                    columns: [
                        .text("table"), .number("rows"), .number("files"), .number("size"), .number("published"),
                        .text("description"),
                    ],
                    rows: ordered.map { table in
                        [
                            "\(table.id)", HumanNumbers.count(table.rows), HumanNumbers.count(table.files),
                            HumanNumbers.bytes(table.bytes),
                            table.publishedAt.map { HumanNumbers.age(now.timeIntervalSince($0)) } ?? "",
                            table.description,
                        ]
                    }
                )
            )
            let rows = tables.reduce(0) { $0 + $1.rows }
            let bytes = tables.reduce(0) { $0 + $1.bytes }
            console.say(
                console.style.dim(
                    "\(tables.count) tables, \(HumanNumbers.count(rows)) rows, \(HumanNumbers.bytes(bytes)) of Parquet"
                )
            )
        }
    }
}

/// A table as `--json` prints it.
private struct TableDocument: Encodable {
    let table: String
    let zone: Zone
    let description: String
    let key: [String]
    let columns: [ColumnDescription]
    let rows: Int64
    let bytes: Int64
    let files: Int
    let publishedAt: String?

    init(_ summary: TableSummary) {
        table = summary.id.name
        zone = summary.id.zone
        description = summary.description
        key = summary.key
        columns = summary.columns
        rows = summary.rows
        bytes = summary.bytes
        files = summary.files
        publishedAt = summary.publishedAt.map { Timestamp.iso($0) }
    }

    enum CodingKeys: String, CodingKey {
        case table, zone, description, key, columns, rows, bytes, files
        case publishedAt = "published_at"
    }
}
