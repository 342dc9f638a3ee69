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

    /// Rows that a contract refused, in that shape, without those that an earlier run set aside already.
    ///
    /// - Parameters:
    ///   - refused: the rows with `_row`, `_rules` and `_reasons`.
    ///   - known: a table expression of the rows in quarantine; nil when there are none.
    static func refused(
        _ refused: EngineTable,
        known: String?,
        key: [String],
        dataset: String,
        source: String,
        runID: RunID,
        at time: Date
    ) -> String {
        let isNew = known.map {
            """
             WHERE NOT EXISTS (SELECT 1 FROM \($0) k WHERE k.source_name = \(SQLText.literal(source))
                AND k.row_json IS NOT DISTINCT FROM CAST(r._row AS VARCHAR) AND k.reasons = r._reasons)
            """
        }
        let keys = key.map { "CAST(r.\(SQLText.identifier($0)) AS VARCHAR)" }.joined(separator: ", ")
        return """
            SELECT \(SQLText.literal(dataset)) AS table_name, \(SQLText.literal(source)) AS source_name,
                'error' AS severity, _rules AS rules, _reasons AS reasons,
                \(key.isEmpty ? "NULL::VARCHAR" : "concat_ws('|', \(keys))") AS row_key,
                CAST(r._row AS VARCHAR) AS row_json, NULL::VARCHAR AS location,
                \(SQLText.literal(runID.text)) AS run_id,
                TIMESTAMP \(SQLText.literal(Timestamp.iso(time).replacing("Z", with: ""))) AS quarantined_at
            FROM \(refused.sql) r\(isNew ?? "")
            """
    }

    /// Rows that a connector could not read, in that shape, without those that an earlier run set aside already.
    ///
    /// - Parameter known: a table expression of the rows in quarantine; nil when there are none.
    static func unreadable(
        _ rejects: EngineTable,
        known: String?,
        dataset: String,
        source: String,
        runID: RunID,
        at time: Date
    ) -> String {
        // The place is no part of a row's identity: rows shift between pages and lines.
        let isNew = known.map {
            """
             WHERE NOT EXISTS (SELECT 1 FROM \($0) k WHERE k.source_name = \(SQLText.literal(source))
                AND k.row_json IS NOT DISTINCT FROM r."text" AND k.reasons = [r.reason])
            """
        }
        return """
            SELECT \(SQLText.literal(dataset)) AS table_name, \(SQLText.literal(source)) AS source_name,
                'error' AS severity, ['unreadable'] AS rules, [reason] AS reasons, NULL::VARCHAR AS row_key,
                "text" AS row_json, location, \(SQLText.literal(runID.text)) AS run_id,
                TIMESTAMP \(SQLText.literal(Timestamp.iso(time).replacing("Z", with: ""))) AS quarantined_at
            FROM \(rejects.sql) r\(isNew ?? "")
            """
    }
}
