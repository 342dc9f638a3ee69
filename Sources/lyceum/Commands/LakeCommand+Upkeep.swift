// `lyceum lake compact`, `retain` and `storage`: the lake's files kept few, its rows no longer than they may be.

import ArgumentParser
import Foundation
import LyceumCore
import LyceumLake
import LyceumPipeline

extension LakeCommand {
    /// Small files merged.
    struct Compact: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "compact",
            abstract: "Merge small files of tables into larger, sorted ones.",
            discussion: """
                Rows are counted and hashed before and after; if they differ nothing is published. Old snapshots stay \
                readable, and no table is rebuilt for it. Files of one day are merged with each other, those of a month that \
                is over with all of that month. Runs do the same by themselves (`compaction` in lyceum.yaml).
                """
        )

        @Argument(help: ArgumentHelp("Tables; all of them unless named.", valueName: "table"))
        var tables: [String] = []

        @Option(help: ArgumentHelp("The size that merged files come near to, such as 128MB.", valueName: "size"))
        var target: String?

        @Flag(help: "Say what would be merged, and merge nothing.")
        var dryRun = false

        @OptionGroup var shared: SharedOptions

        func validate() throws {
            if let target, ByteSize.bytes(target).map({ $0 < 1_000_000 }) ?? true {
                throw ValidationError("--target takes a size of at least 1MB, such as 128MB, not '\(target)'.")
            }
        }

        func perform(on console: Console) async throws {
            let report = try await shared.pipeline(console).compact(
                tables,
                target: target.flatMap(ByteSize.bytes),
                isDryRun: dryRun
            )
            if shared.json { return console.result(JSONText.line(report)) }
            guard !report.tables.isEmpty else { return console.say("there are no small files to merge") }
            console.say(
                TextTable(
                    columns: [
                        .text("table"), .number("files"), .number("become"), .number("rows"), .number("size"),
                        .number("becomes"),
                    ],
                    rows: report.tables.map { table in
                        [
                            table.table, HumanNumbers.count(table.filesBefore), HumanNumbers.count(table.filesAfter),
                            HumanNumbers.count(table.rows), HumanNumbers.bytes(table.bytesBefore),
                            table.bytesAfter.map { HumanNumbers.bytes($0) } ?? "",
                        ]
                    }
                )
            )
        }
    }

    /// Rows past their retention removed.
    struct Retain: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "retain",
            abstract: "Remove rows that are past their retention, and history that has expired.",
            discussion: """
                The section `retention` of lyceum.yaml states how long rows are kept; 7 years unless it says otherwise. What \
                is removed from a table stays readable in its history until that expires too. Tables and persons under legal \
                hold are left. `lyceum run` then rebuilds what is made from the raw tables.
                """
        )

        @Flag(help: "Say what would be removed, and remove nothing.")
        var dryRun = false

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let report = try await shared.pipeline(console).retain(isDryRun: dryRun)
            if shared.json { return console.result(JSONText.line(report)) }
            console.say(
                TextTable(
                    columns: [
                        .text("table"), .text("kept for"), .number("rows"), .number("files"), .number("size"),
                        .text("why"),
                    ],
                    rows: report.tables.map { table in
                        [
                            table.table, table.period, HumanNumbers.count(table.rows), HumanNumbers.count(table.files),
                            table.bytes.map { HumanNumbers.bytes($0) } ?? "", Printable.line(table.reason),
                        ]
                    }
                )
            )
            let verb = dryRun ? "would be removed" : "removed"
            let rows = report.tables.reduce(0) { $0 + $1.rows }
            console.say(
                "\(HumanNumbers.count(rows)) rows \(verb); \(HumanNumbers.count(report.expiredSnapshots)) old snapshots with "
                    + "\(HumanNumbers.count(report.expiredFiles)) files (\(HumanNumbers.bytes(report.expiredBytes))) \(verb)"
            )
            if rows > 0, !dryRun { console.say(console.style.dim("`lyceum run` rebuilds what is made from them")) }
        }
    }

    /// What the lake costs.
    struct Storage: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "storage",
            abstract: "Show the lake's size against the same rows as JSON and CSV.",
            discussion: """
                The text sizes are computed from the current rows without the pipeline's own columns: JSON lines without \
                members that have no value, and CSV without quotes. History is what `lyceum lake vacuum` could free.
                """
        )

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let report = try await shared.pipeline(console).storageReport()
            if shared.json { return console.result(JSONText.line(StorageDocument(report))) }
            let zones = Zone.allCases.map { report.total($0) }.filter { $0.files > 0 }
            let rows = report.tables + zones + [report.total()]
            console.say(
                TextTable(
                    columns: [
                        .text("table"), .number("rows"), .number("files"), .number("size"), .number("as JSON"),
                        .number("saved"), .number("as CSV"), .number("saved"), .number("history"),
                    ],
                    rows: rows.map { table in
                        [
                            table.table, HumanNumbers.count(table.rows), HumanNumbers.count(table.files),
                            HumanNumbers.bytes(table.bytes), HumanNumbers.bytes(table.jsonBytes),
                            Self.percent(table.savedOfJSON), HumanNumbers.bytes(table.csvBytes),
                            Self.percent(table.savedOfCSV), HumanNumbers.bytes(table.historyBytes),
                        ]
                    }
                )
            )
        }

        private static func percent(_ share: Double?) -> String {
            share.map { String(format: "%.1f %%", $0 * 100) } ?? ""
        }
    }
}

/// The storage report as `--json` prints it.
private struct StorageDocument: Encodable {
    struct Entry: Encodable {
        let sizes: StorageReport.Table

        enum CodingKeys: String, CodingKey {
            case savedOfJSON = "saved_of_json"
            case savedOfCSV = "saved_of_csv"
        }

        func encode(to encoder: any Encoder) throws {
            try sizes.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(sizes.savedOfJSON, forKey: .savedOfJSON)
            try container.encode(sizes.savedOfCSV, forKey: .savedOfCSV)
        }
    }

    let tables: [Entry]
    let zones: [Entry]
    let total: Entry

    init(_ report: StorageReport) {
        tables = report.tables.map { Entry(sizes: $0) }
        zones = Zone.allCases.map { report.total($0) }.filter { $0.files > 0 }.map { Entry(sizes: $0) }
        total = Entry(sizes: report.total())
    }
}
