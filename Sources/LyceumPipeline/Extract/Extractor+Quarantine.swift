// Rows of an extraction that do not land: those that could not be read, and those that a contract refused.

import Arrow
import Foundation
import LyceumCore
import LyceumLake
import LyceumSources

extension Extractor {
    /// Writes the rows that the contract refused, and that are not in quarantine yet, to staging; returns how many.
    func quarantine(refused: EngineTable, _ dataset: Dataset, source: String) async throws -> Int64 {
        try await quarantine(dataset.table, source: source, number: 1) { known in
            QuarantineTable.refused(
                refused,
                known: known,
                key: dataset.key,
                dataset: dataset.table,
                source: source,
                runID: session.run.id,
                at: session.startedAt
            )
        }
    }

    /// Writes the rows that could not be read, and that are not in quarantine yet, to staging; returns how many.
    func quarantine(_ rows: [RejectedRow], dataset: String, source: String) async throws -> Int64 {
        let fields = ["location", "reason", "text"].map { Field($0, .utf8) }
        var builder = try RecordBatchBuilder(schema: Schema(fields))
        for row in rows {
            builder.append(row.location, to: 0)
            builder.append(row.reason, to: 1)
            builder.append(row.text, to: 2)
        }
        let rejects = EngineSchema.landing.table("\(source)__\(dataset)__rejected")
        try await session.engine.append(try builder.finish(), to: rejects)
        let written = try await quarantine(dataset, source: source, number: 0) { known in
            QuarantineTable.unreadable(
                rejects,
                known: known,
                dataset: dataset,
                source: source,
                runID: session.run.id,
                at: session.startedAt
            )
        }
        try await session.engine.execute("DROP TABLE \(rejects.sql)")
        return written
    }

    /// Writes rows in the shape of quarantine to staging.
    ///
    /// - Parameter query: gives the rows, told of those already in quarantine.
    private func quarantine(
        _ dataset: String,
        source: String,
        number: Int,
        _ query: (_ known: String?) -> String
    ) async throws -> Int64 {
        let table = TableID(.quarantine, dataset)
        let place = try session.run.staging.file(
            table,
            source: source,
            day: session.day,
            number: number,
            key: try await session.key(for: table, columns: QuarantineTable.columns)
        )
        let known = (session.state.files[table] ?? []).map(\.data)
        let written = try await session.engine.writeParquet(
            query(known.isEmpty ? nil : session.engine.parquetScan(known)),
            to: place.data
        )
        guard written > 0 else {
            try await place.discard()
            return 0
        }
        await session.add(
            TablePublication(
                table,
                mode: .append,
                files: [try await place.staged(rows: written)],
                description: "Rows of \(dataset) that could not be read or that its contract refused.",
                key: [],
                columns: QuarantineTable.columns
            )
        )
        return written
    }
}
