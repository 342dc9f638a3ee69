// The raw tables that models may read, and the columns they may rely on.

import Foundation
import LyceumCore

/// One raw table: its key and columns, as every source that fills it must deliver them.
public struct SourceTable: Sendable, Hashable {
    /// The raw table's name, such as `oracle_students`.
    public let name: String
    /// One sentence for the data dictionary.
    public let description: String
    /// The business key.
    public let key: [String]
    /// Columns with the engine's types.
    public let columns: [ColumnDescription]

    /// Reads `sources.yml`.
    ///
    /// - Throws: ``PipelineError`` with the line of the fault.
    static func read(_ yaml: String, file: String) throws(PipelineError) -> [SourceTable] {
        let document = try YAMLMapping.document(yaml, file: file)
        var tables: [SourceTable] = []
        for entry in try document.mappings("tables") {
            var columns: [ColumnDescription] = []
            for column in try entry.mappings("columns") {
                columns.append(
                    ColumnDescription(
                        name: try column.requiredString("name"),
                        type: try column.string("type") ?? "VARCHAR",
                        description: try column.string("description") ?? "",
                        pii: try column.choice("pii", PIIClass.self) ?? .none
                    )
                )
                try column.finish()
            }
            tables.append(
                SourceTable(
                    name: try entry.requiredString("table"),
                    description: try entry.string("description") ?? "",
                    key: try entry.strings("key") ?? [],
                    columns: columns
                )
            )
            try entry.finish()
        }
        try document.finish()
        return tables
    }

    /// The columns that landing adds to each raw row.
    public static let metadata: [ColumnDescription] = [
        ColumnDescription(name: "_source", type: "VARCHAR", description: "The configured source it came from."),
        ColumnDescription(name: "_run_id", type: "VARCHAR", description: "The run that landed it."),
        ColumnDescription(name: "_extracted_at", type: "TIMESTAMP", description: "When it was extracted, UTC."),
        ColumnDescription(name: "_hash", type: "UBIGINT", description: "Half of the MD5 of the source's columns."),
        ColumnDescription(name: "_op", type: "VARCHAR", description: "U: as the source said; D: gone from the source."),
    ]
}
