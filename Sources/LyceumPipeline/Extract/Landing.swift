// Receives one dataset from a source and lands what is new of it in the raw zone.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake
import LyceumSources

/// The pipeline's end of an extraction: batches go into the engine, unreadable rows are kept for quarantine.
final class Landing: ExtractSink {
    let table: EngineTable
    /// Where all keys of the source go, when it hands them over.
    let keys: EngineTable
    /// Set for a table that has no earlier rows: streams then become files directly.
    let first: FirstLanding?
    private let engine: any Engine
    private let state = LandingState()

    /// At most this many unreadable rows are kept; a source with more of them is not worth loading.
    static let maximumRejected = 100_000

    init(engine: any Engine, source: String, dataset: String, first: FirstLanding? = nil) {
        self.engine = engine
        self.first = first
        table = EngineSchema.landing.table("\(source)__\(dataset)")
        keys = EngineSchema.landing.table("\(source)__\(dataset)__keys")
    }

    func write(_ stream: RecordBatchStream) async throws -> Int64 {
        if let first { return try await first.write(stream) }
        try await state.createOnce(table) { try await self.engine.create(self.table, columns: stream.schema) }
        return try await engine.append(stream, to: table)
    }

    func write(_ batch: RecordBatch) async throws {
        try await state.createOnce(table) { try await self.engine.create(self.table, columns: batch.schema) }
        try await engine.append(batch, to: table)
    }

    func writeKeys(_ stream: RecordBatchStream) async throws -> Int64 {
        try await state.createOnce(keys) { try await self.engine.create(self.keys, columns: stream.schema) }
        return try await engine.append(stream, to: keys)
    }

    func reject(_ row: RejectedRow) async throws {
        try await state.reject(row)
    }

    func restart() async throws {
        try await drop()
        try await first?.restart()
        await state.forget()
    }

    var rejected: [RejectedRow] { get async { await state.rejected } }

    /// Forgets rejected rows; returns how many.
    func removeRejected(where isGone: @Sendable (RejectedRow) -> Bool) async -> Int64 {
        await state.removeRejected(where: isGone)
    }

    /// Whether rows, or at least their columns, came: into the engine's table or into files.
    var hasRows: Bool {
        get async {
            if await first?.hasRead ?? false { return true }
            return await hasTable
        }
    }
    /// Whether the engine's table was made.
    var hasTable: Bool { get async { await state.isCreated(table) } }
    /// Whether the source handed all its keys over.
    var hasKeys: Bool { get async { await state.isCreated(keys) } }

    /// A table expression of all rows that arrived, in files or in the engine's table, as the source delivered them; nil
    /// when there are not even columns.
    var arrivals: String? {
        get async {
            var relations: [String] = []
            if let first, await first.hasRead {
                let own = SourceTable.metadata.map { SQLText.identifier($0.name) }.joined(separator: ", ")
                let files = await first.parts.sorted { $0.key < $1.key }.map(\.value.place.data)
                relations.append("SELECT * EXCLUDE (\(own)) FROM \(engine.parquetScan(files))")
            }
            if await hasTable { relations.append("SELECT * FROM \(table.sql)") }
            return relations.isEmpty ? nil : "(\(relations.joined(separator: " UNION ALL BY NAME ")))"
        }
    }

    /// Brings all rows that arrived into the engine's table, where single ones can be taken out.
    func gather() async throws {
        guard let first, await first.hasRead, let arrivals = await arrivals else { return }
        let all = EngineTable(schema: table.schema, name: table.name + "__all")
        try await engine.execute("CREATE OR REPLACE TABLE \(all.sql) AS SELECT * FROM \(arrivals)")
        try await engine.execute("DROP TABLE IF EXISTS \(table.sql)")
        try await engine.execute("ALTER TABLE \(all.sql) RENAME TO \(SQLText.identifier(table.name))")
        try await first.restart()
        try await state.createOnce(table) {}
    }

    func drop() async throws {
        try await engine.execute("DROP TABLE IF EXISTS \(table.sql)")
        try await engine.execute("DROP TABLE IF EXISTS \(keys.sql)")
    }
}

/// What parallel writers share: who makes the tables, and the rejected rows.
private actor LandingState {
    private var creations: [EngineTable: Task<Void, any Error>] = [:]
    private(set) var rejected: [RejectedRow] = []

    func isCreated(_ table: EngineTable) -> Bool { creations[table] != nil }

    func createOnce(_ table: EngineTable, _ create: @escaping @Sendable () async throws -> Void) async throws {
        if let creation = creations[table] { return try await creation.value }
        let task = Task { try await create() }
        creations[table] = task
        try await task.value
    }

    func forget() {
        creations = [:]
        rejected = []
    }

    func removeRejected(where isGone: (RejectedRow) -> Bool) -> Int64 {
        let before = rejected.count
        rejected.removeAll(where: isGone)
        return Int64(before - rejected.count)
    }

    func reject(_ row: RejectedRow) throws {
        guard rejected.count < Landing.maximumRejected else {
            throw PipelineError(
                .sourceFailed,
                "more than \(Landing.maximumRejected) rows cannot be read; look at the first ones and mend the export",
                location: row.location
            )
        }
        rejected.append(row)
    }
}
