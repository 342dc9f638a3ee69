// Schema drift, for people and as JSON.

import LyceumCore

/// How sources differ from their tables' contracts.
enum DriftText {
    /// One row a difference; nil when there is none.
    static func table(_ drift: [DriftRecord]) -> TextTable? {
        guard !drift.isEmpty else { return nil }
        return TextTable(
            columns: [
                .text("source"), .text("table"), .text("column"), .text("drift"), .text("contract"), .number("rows"),
                .text("what is done"),
            ],
            rows: drift.map { record in
                [
                    record.source, record.table, record.column,
                    record.kind.rawValue + (record.detail.isEmpty ? "" : ": \(record.detail)"),
                    "\(record.dimension.rawValue): \(record.mode.rawValue)",
                    record.rows == 0 ? "" : HumanNumbers.count(record.rows), record.action,
                ]
            }
        )
    }
}
