// Receives one dataset from a source and lands what is new of it in the raw zone.

import ADBC
import Arrow
import Foundation
import LyceumCore
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

    /// Makes the files that streams became readable as the landing's table, and returns them.
    ///
    /// Where batches came too, the files' rows join them in the engine's table, and there are no files any more.
    func gather() async throws -> [FirstLanding.Part] {
        guard let first, await first.hasRead else { return [] }
        let parts = await first.parts.sorted { $0.key < $1.key }.map(\.value)
        let metadata = SourceTable.metadata.map { SQLText.identifier($0.name) }.joined(separator: ", ")
        let rows = "SELECT * EXCLUDE (\(metadata)) FROM \(engine.parquetScan(parts.map(\.place.url.path)))"
        guard await hasTable else {
            try await engine.execute("CREATE VIEW \(table.sql) AS \(rows)")
            return parts
        }
        try await engine.execute("INSERT INTO \(table.sql) BY NAME \(rows)")
        try await first.restart()
        return []
    }

    func drop() async throws {
        // What the streams became is a view, what came in batches a table.
        let isView = await first?.hasRead ?? false ? !(await hasTable) : false
        try await engine.execute("DROP \(isView ? "VIEW" : "TABLE") IF EXISTS \(table.sql)")
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
