// A run that writes files of published tables anew: what compaction and retention share.

import Foundation
import LyceumCore
import LyceumLake

/// Work on published files under the run lock, ended by one publication.
struct RewriteRun: Sendable {
    let lake: Lake
    let run: LakeRun
    let engine: DuckDBEngine
    let state: LakeState
    let project: Project
    let configuration: Configuration

    /// Writes rows to one staged file.
    ///
    /// - Parameter number: tells the run's files of one table apart.
    func write(_ query: String, in table: TableID, like file: LakeFile, number: Int) async throws -> StagedFile {
        let key = try await lake.dataKey(forNewFilesOf: table)
        if let key { try await engine.unlock([key]) }
        let place = try run.staging.file(table, source: file.source, day: file.day, number: number, key: key?.name)
        let rows = try await engine.writeParquet(query, to: place.data)
        return try await place.staged(rows: rows)
    }

    /// The order in which a table's rows are kept, for pruning and for compression.
    func order(of table: TableID, _ columns: [ColumnDescription]) async throws -> String {
        let model = project.model(table.name).flatMap { $0.zone == table.zone ? $0 : nil }
        var order = model?.sortBy ?? []
        if order.isEmpty { order = model?.uniqueKey ?? project.sourceTable(table.name)?.key ?? [] }
        if table.zone == .raw { order.append("_run_id") }
        let names = Set(columns.map(\.name))
        let present = order.filter(names.contains).map(SQLText.identifier)
        return present.isEmpty ? "" : " ORDER BY \(present.joined(separator: ", "))"
    }
}

extension Pipeline {
    /// Runs a body that rewrites published files, and publishes what it returns.
    ///
    /// - Parameter describe: the run's options as JSON text, for the ledger.
    /// - Returns: the body's value and the receipt; no receipt when there was nothing to publish.
    func rewriting<Value: Sendable>(
        _ lake: Lake,
        _ describe: String,
        wait: Duration? = nil,
        _ body: (RewriteRun) async throws -> (Value, [TablePublication])
    ) async throws -> (Value, PublicationReceipt?) {
        let run = try await lake.beginRun(options: describe, wait: wait)
        do {
            let work = RewriteRun(
                lake: lake,
                run: run,
                engine: try await startEngine(for: lake),
                state: try await LakeState(lake),
                project: project,
                configuration: configuration
            )
            let (value, tables) = try await body(work)
            try Task.checkCancellation()
            guard !tables.isEmpty else {
                try await run.finish(.succeeded)
                return (value, nil)
            }
            return (value, try await run.publish(Publication(tables: tables)))
        } catch {
            let reason: any Error =
                Task.isCancelled
                ? CancellationError() : PipelineError.noSpace(error, lake: configuration.lake.place) ?? error
            try? await run.finish(reason is CancellationError ? .cancelled : .failed, error: "\(reason)")
            throw reason
        }
    }
}
