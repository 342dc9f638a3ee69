// Schema drift: how sources differed from their tables' contracts, run by run.

import Foundation
import LyceumCore

extension Ledger {
    /// How the sources differed in one run, in the order in which it was noticed; a run that failed over it included.
    public func drift(run: RunID) async throws -> [DriftRecord] {
        try await read("read the drift of run \(run)") { db in try Self.drift(db, run: run) }
    }

    static func insert(_ db: Database, run: RunID, drift: [DriftRecord]) throws {
        for record in drift {
            try db.execute(
                sql: """
                    INSERT INTO drift
                        (run_id, source, table_name, column_name, dimension, kind, mode, action, row_count, detail)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    run.text, record.source, record.table, record.column, record.dimension.rawValue,
                    record.kind.rawValue, record.mode.rawValue, record.action, record.rows, record.detail,
                ]
            )
        }
    }

    static func drift(_ db: Database, run: RunID) throws -> [DriftRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM drift WHERE run_id = ? ORDER BY id", arguments: [run.text]).map {
            row in
            DriftRecord(
                source: try row.text("source"),
                table: try row.text("table_name"),
                column: try row.text("column_name"),
                dimension: try row.value("dimension", as: ContractDimension.self),
                kind: try row.value("kind", as: DriftRecord.Kind.self),
                mode: try row.value("mode", as: ContractMode.self),
                action: try row.text("action"),
                rows: try row.integer("row_count"),
                detail: try row.text("detail")
            )
        }
    }
}
