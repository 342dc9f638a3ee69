// Receives one dataset from a source and lands what is new of it in the raw zone.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumSources

/// The pipeline's end of an extraction: batches go into the engine, unreadable rows are kept for quarantine.
final class Landing: ExtractSink {
    let table: EngineTable
    private let engine: any Engine
    private let state = LandingState()

    /// At most this many unreadable rows are kept; a source with more of them is not worth loading.
    static let maximumRejected = 100_000

    init(engine: any Engine, source: String, dataset: String) {
        self.engine = engine
        table = EngineSchema.landing.table("\(source)__\(dataset)")
    }

    func write(_ stream: RecordBatchStream) async throws -> Int64 {
        try await state.createOnce { try await self.create(stream.schema) }
        return try await engine.append(stream, to: table)
    }

    func write(_ batch: RecordBatch) async throws {
        try await state.createOnce { try await self.create(batch.schema) }
        try await engine.append(batch, to: table)
    }

    func reject(_ row: RejectedRow) async throws {
        try await state.reject(row)
    }

    var rejected: [RejectedRow] { get async { await state.rejected } }
    var hasRows: Bool { get async { await state.isCreated } }

    func drop() async throws {
        try await engine.execute("DROP TABLE IF EXISTS \(table.sql)")
    }

    /// An empty batch makes the table before parallel streams append to it.
    private func create(_ schema: Schema) async throws {
        var builder = try RecordBatchBuilder(schema: schema)
        try await engine.append(try builder.finish(), to: table)
    }
}

/// What parallel writers share: who makes the table, and the rejected rows.
private actor LandingState {
    private var creation: Task<Void, any Error>?
    private(set) var rejected: [RejectedRow] = []

    var isCreated: Bool { creation != nil }

    func createOnce(_ create: @escaping @Sendable () async throws -> Void) async throws {
        if let creation { return try await creation.value }
        let task = Task { try await create() }
        creation = task
        try await task.value
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
