// `lyceum source`: look into a source, and copy a table out of it, without a run.

import ArgumentParser
import Foundation
import LyceumPipeline
import LyceumSources

/// Looks into sources.
struct SourceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Look into a source: its tables, their columns, their first rows; copy one to Parquet.",
        discussion: "Reads only; neither the lake nor the ledger is touched.",
        subcommands: [SourceDiscoverCommand.self, SourcePreviewCommand.self, SourceExportCommand.self]
    )
}

/// Shows the first rows of a table.
struct SourcePreviewCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Show the first rows of a source's table, as a run would deliver them.",
        discussion: """
            A table is named as in the lake (oracle_students), without its role (students), or, in a database, by its own \
            name (SIS.STUDENTS), configured or not. Shows the source's data, personal data included; a look at a table about people is recorded in the \
            audit record first.
            """
    )

    @Argument(help: ArgumentHelp("The source, as the configuration names it.", valueName: "source"))
    var source: String

    @Argument(help: ArgumentHelp("The table.", valueName: "table"))
    var table: String

    @Option(help: ArgumentHelp("Show so many rows.", valueName: "n"))
    var limit: Int = 10

    @OptionGroup var purpose: PurposeOption
    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 10000.") }
    }

    func perform(on console: Console) async throws {
        let pipeline = try shared.pipeline(console)
        let batches = try await pipeline.preview(source: source, table: table, rows: limit)
        guard let schema = batches.first?.schema else {
            if shared.json { return console.result(#"{"columns":[],"rows":[],"truncated":false}"#) }
            return console.say("\(table) has no rows")
        }
        let rows = QueryRows(
            schema: schema,
            batches: batches,
            count: batches.reduce(0) { $0 + $1.count },
            isTruncated: false
        )
        try await CommandAudit(pipeline.configuration.audit, purpose, on: console).record(
            tables: pipeline.isPersonal(sourceTable: table) ? ["\(source).\(table)"] : [],
            "lyceum source preview",
            subjects: rows.values(ofFirst: pipeline.identifierColumns)
        )
        if shared.json { return console.result(rows.json) }
        console.say(rows.table)
    }
}

/// Lists what a source has.
struct SourceDiscoverCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "List a source's tables, or one table's columns with their types.",
        discussion: """
            A database is asked for its own dictionary, so tables are shown that are not configured yet; --yaml writes \
            them as a `tables:` section to paste into lyceum.yaml. Other sources show what they are configured to deliver.
            """
    )

    @Argument(help: ArgumentHelp("The source, as the configuration names it.", valueName: "source"))
    var source: String

    @Argument(help: ArgumentHelp("Only this table, with its columns.", valueName: "table"))
    var table: String?

    @Option(help: ArgumentHelp("The schema or owner to look in.", valueName: "name"))
    var schema: String?

    @Flag(help: "Write a `tables:` section for the configuration.")
    var yaml = false

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        var tables = try await shared.pipeline(console).discover(source: source, schema: schema)
        if let table {
            let all = tables
            tables = tables.filter { $0.name.lowercased() == table.lowercased() }
            guard !tables.isEmpty else {
                throw Failure(
                    code: "not_found",
                    message: "'\(source)' has no table '\(table)' that the account may read",
                    location: source,
                    remedy: all.isEmpty
                        ? "name another schema with --schema"
                        : "see `lyceum source discover \(source)` for those it has"
                )
            }
        }
        if shared.json { return console.result(JSONText.line(tables)) }
        if yaml { return console.result(DiscoveredTablesYAML.text(tables)) }
        if table == nil { return console.say(Self.overview(tables)) }
        for found in tables { console.say(Self.columns(of: found)) }
    }

    private static func overview(_ tables: [DiscoveredTable]) -> TextTable {
        TextTable(
            columns: [
                .text("schema"), .text("table"), .text("kind"), .number("rows"), .number("columns"), .text("key"),
            ],
            rows: tables.map { table in
                [
                    table.schema ?? "", table.name, table.kind,
                    table.estimatedRows.map { "~" + HumanNumbers.count(Int($0)) } ?? "",
                    String(table.columns.count), table.key.joined(separator: ", "),
                ]
            }
        )
    }

    private static func columns(of table: DiscoveredTable) -> TextTable {
        TextTable(
            columns: [.text("column"), .text("type"), .text("null"), .text("key")],
            rows: table.columns.map { column in
                [
                    column.name, column.type, column.isNullable ? "yes" : "no",
                    column.keyPosition.map { String($0) } ?? "",
                ]
            }
        )
    }
}

/// Copies a table.
struct SourceExportCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Copy a configured table of a source into Parquet files, as it is.",
        discussion: """
            One file for each part that is read in parallel. Memory does not grow with the table. Of a table about people it \
            is recorded in the audit record first.
            """
    )

    @Argument(help: ArgumentHelp("The source, as the configuration names it.", valueName: "source"))
    var source: String

    @Argument(help: ArgumentHelp("The table, as in the lake or without its role.", valueName: "table"))
    var table: String

    @Argument(help: ArgumentHelp("The folder to write to, without Parquet files in it.", valueName: "folder"))
    var folder: String

    @OptionGroup var purpose: PurposeOption
    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let pipeline = try shared.pipeline(console)
        try await CommandAudit(pipeline.configuration.audit, purpose, on: console).record(
            tables: pipeline.isPersonal(sourceTable: table) ? ["\(source).\(table)"] : [],
            "lyceum source export",
            subjects: []
        )
        let export = try await pipeline.export(
            source: source,
            table: table,
            to: URL(filePath: folder, directoryHint: .isDirectory).standardizedFileURL
        )
        if shared.json { return console.result(JSONText.line(export)) }
        for note in export.notes { console.say(note) }
        let rate = HumanNumbers.count(Int(Double(export.rows) / max(export.seconds, 0.001)))
        console.say(
            "\(HumanNumbers.count(Int(export.rows))) rows in \(export.files.count) "
                + "file\(export.files.count == 1 ? "" : "s"), \(rate) rows/s"
        )
    }
}

/// Tables as a section of the configuration.
enum DiscoveredTablesYAML {
    /// The section's text. A table without a primary key gets a line that says so; a column that sounds like the time of
    /// the last change is proposed as the watermark.
    static func text(_ tables: [DiscoveredTable]) -> String {
        var lines = ["tables:"]
        for table in tables {
            let from = ([table.schema].compactMap { $0 } + [table.name]).map(quotedPart).joined(separator: ".")
            lines.append("  \(scalar(table.name.lowercased())):")
            lines.append("    from: \(scalar(from))")
            lines.append(
                table.key.isEmpty
                    ? "    key: []                   # no primary key: name the columns that identify a row"
                    : "    key: [\(table.key.map { scalar($0.lowercased()) }.joined(separator: ", "))]"
            )
            let names = table.columns.map { $0.name.lowercased() }
            let watermark = ["updated_at", "last_updated", "modified_at", "last_modified", "update_date"]
                .first(where: names.contains)
            lines.append(
                "    watermark: \(watermark.map(scalar) ?? "null")"
                    + (watermark == nil ? "           # no column tells changes: read whole every time" : "")
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func quotedPart(_ name: String) -> String {
        name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" || $0 == "#" } ? name : "\"\(name)\""
    }

    private static func scalar(_ text: String) -> String {
        text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }
            && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
            && !text.allSatisfy({ $0.isNumber || $0 == "." }) ? text : JSONText.line(text)
    }
}
