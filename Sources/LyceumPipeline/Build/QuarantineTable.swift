// The shape of quarantine: one table a model or dataset, the same columns everywhere.

import Foundation
import LyceumCore

/// The columns of every table in the quarantine zone.
enum QuarantineTable {
    static let columns: [ColumnDescription] = [
        ColumnDescription(name: "table_name", type: "VARCHAR", description: "The table whose build refused the row."),
        ColumnDescription(name: "source_name", type: "VARCHAR", description: "The configured source."),
        ColumnDescription(name: "severity", type: "VARCHAR", description: "error: taken out; warn: kept in the table."),
        ColumnDescription(name: "rules", type: "VARCHAR[]", description: "The broken rules."),
        ColumnDescription(name: "reasons", type: "VARCHAR[]", description: "What is wrong, rule by rule."),
        ColumnDescription(name: "row_key", type: "VARCHAR", description: "The business key.", pii: .direct),
        ColumnDescription(name: "row_json", type: "VARCHAR", description: "The row.", pii: .education),
        ColumnDescription(name: "location", type: "VARCHAR", description: "File and line, when it could not be read."),
        ColumnDescription(name: "run_id", type: "VARCHAR", description: "The run that refused it."),
        ColumnDescription(name: "quarantined_at", type: "TIMESTAMP", description: "When, UTC."),
    ]

    /// Rows that a connector could not read, in that shape.
    static func unreadable(
        _ rejects: EngineTable,
        dataset: String,
        source: String,
        runID: RunID,
        at time: Date
    ) -> String {
        """
        SELECT \(SQLText.literal(dataset)) AS table_name, \(SQLText.literal(source)) AS source_name,
            'error' AS severity, ['unreadable'] AS rules, [reason] AS reasons, NULL::VARCHAR AS row_key,
            "text" AS row_json, location, \(SQLText.literal(runID.text)) AS run_id,
            TIMESTAMP \(SQLText.literal(Timestamp.iso(time).replacing("Z", with: ""))) AS quarantined_at
        FROM \(rejects.sql)
        """
    }
}
