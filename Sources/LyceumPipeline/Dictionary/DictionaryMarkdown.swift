// The data dictionary as Markdown.

import Foundation
import LyceumCore
import LyceumLake

extension DataDictionary {
    /// The dictionary as Markdown: a list of tables, then a chapter for each.
    public func markdown() -> String {
        var lines = ["# Data dictionary", "", "\(tables.count) tables, as of \(Timestamp.iso(madeAt)).", ""]
        for (zone, tables) in zones {
            lines += ["- **\(zone.rawValue)**"]
            lines += tables.map { "  - [\($0.id)](#\(anchor($0.id))): \(Self.text($0.description))" }
        }
        for (zone, tables) in zones {
            lines += ["", "## \(zone.rawValue)"]
            for table in tables { lines += chapter(table) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func chapter(_ table: Table) -> [String] {
        var lines = ["", "### \(table.id)", "", Self.text(table.description), ""]
        lines += facts(of: table).map { "- \($0.name): \(Self.text($0.value))" }
        if !table.columns.isEmpty {
            lines += ["", "| column | type | personal data | purpose | kept | meaning |", "|---|---|---|---|---|---|"]
            lines += table.columns.map { column in
                let cells = [
                    "`\(column.name)`", column.type, column.pii.rawValue, column.purpose, column.retention,
                    column.description,
                ]
                return "| " + cells.map(Self.text).joined(separator: " | ") + " |"
            }
        }
        if !table.tests.isEmpty { lines += ["", "What must hold:", ""] + table.tests.map { "- \(Self.text($0))" } }
        return lines
    }

    /// GitHub's name for a heading.
    private func anchor(_ table: TableID) -> String { table.description.replacing(".", with: "") }

    /// A text that neither ends a cell nor becomes a tag.
    private static func text(_ text: String) -> String {
        text.replacing("\n", with: " ").replacing("|", with: "\\|").replacing("<", with: "&lt;")
    }

    /// What is said of a table beside its columns.
    func facts(of table: Table) -> [(name: String, value: String)] {
        var facts: [(String, String)] = []
        if let rows = table.rows {
            let published = table.publishedAt.map { ", published \(Timestamp.iso($0))" } ?? ""
            facts.append(("Rows", rows.formatted(.number.locale(Locale(identifier: "en_US"))) + published))
        } else {
            facts.append(("Rows", "not published yet"))
        }
        if !table.key.isEmpty { facts.append(("Key", table.key.joined(separator: ", "))) }
        if !table.purpose.isEmpty { facts.append(("Purpose", table.purpose)) }
        facts.append(("Kept", table.retention))
        if !table.inputs.isEmpty { facts.append(("Made of", table.inputs.joined(separator: ", "))) }
        if !table.readers.isEmpty { facts.append(("Read by", table.readers.joined(separator: ", "))) }
        return facts
    }
}
