// Stage one of a run: every source's tables, landed in raw.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake
import LyceumSources
import Synchronization

/// Extracts datasets and lands what is new.
struct Extractor: Sendable {
    let session: RunSession
    let ledger: Ledger
    let fullRefresh: Bool
    /// What the configuration says about contracts.
    var contracts = ContractSettings()

    /// Extracts every dataset of every source; sources run side by side, a source's tables one after another.
    ///
    /// - Throws: ``PipelineError`` with code `sourceFailed` naming the source; the other sources are stopped.
    func extract(_ sources: [any Source]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for source in sources {
                group.addTask {
                    do {
                        for dataset in try await source.datasets() {
                            try Task.checkCancellation()
                            try await extract(dataset, from: source)
                        }
                    } catch let error as PipelineError {
                        throw error
                    } catch is CancellationError {
                        throw CancellationError()
                    } catch {
                        throw PipelineError(
                            .sourceFailed,
                            "the source failed: \(error)",
                            location: source.name,
                            cause: nil
                        )
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func extract(_ dataset: Dataset, from source: any Source) async throws {
        let clock = ContinuousClock()
        let begin = clock.now
        let table = TableID(.raw, dataset.table)
        let earlier = (session.state.files[table] ?? []).filter { $0.source == source.name }.map(\.url.path)
        let landing = Landing(
            engine: session.engine,
            source: source.name,
            dataset: dataset.table,
            first: earlier.isEmpty ? firstLanding(of: table, source: source.name) : nil
        )
        let mark = try await ledger.watermark(source: source.name, table: dataset.table)
        let progress = RowProgress { rows in
            session.events(.extracting(source: source.name, table: dataset.table, rows: rows))
        }
        let request = ExtractRequest(
            dataset: dataset,
            since: fullRefresh
                ? nil
                : mark.flatMap { record in
                    guard let column = record.column, let value = record.value else { return nil }
                    return Watermark(column: column, value: value)
                },
            fingerprint: fullRefresh ? nil : mark?.fingerprint,
            fullRefresh: fullRefresh,
            runID: session.run.id,
            onProgress: { progress.add($0) }
        )
        let extraction = try await source.extract(request, into: landing)
        for note in extraction.notes { await session.notice("\(source.name)/\(dataset.table): \(note)") }
        let counts = try await land(landing, dataset, extraction, source: source.name, table: table, earlier: earlier)
        try await landing.drop()
        let seconds = (clock.now - begin).seconds
        if extraction.watermark != nil || extraction.fingerprint != nil {
            await session.add(
                WatermarkRecord(
                    source: source.name,
                    table: dataset.table,
                    column: extraction.watermark?.column,
                    value: extraction.watermark?.value,
                    fingerprint: extraction.fingerprint
                )
            )
        }
        await session.add(
            TableOutcome(
                table: dataset.table,
                zone: .raw,
                source: source.name,
                status: counts.rowsOut == 0 && counts.quarantined == 0 ? .unchanged : .built,
                counts: counts,
                seconds: seconds
            )
        )
        session.events(.extracted(source: source.name, table: dataset.table, counts: counts, seconds: seconds))
    }

    /// Writes new rows and rejected rows to staging; returns the counts.
    private func land(
        _ landing: Landing,
        _ dataset: Dataset,
        _ extraction: Extraction,
        source: String,
        table: TableID,
        earlier: [String]
    ) async throws -> RowCounts {
        let engine = session.engine
        let location = "\(source)/\(dataset.table)"
        let rejected = await landing.rejected
        var counts = RowCounts(rowsIn: Int64(rejected.count))
        if !rejected.isEmpty {
            counts.quarantined = try await quarantine(rejected, dataset: dataset.table, source: source)
            counts.deduplicated = counts.rowsIn - counts.quarantined
        }
        let contract = session.project.sourceTable(dataset.table)
        let hasRows = await landing.hasRows
        // A complete read that delivered nothing still says that every known row is gone.
        guard hasRows || (extraction.isComplete && !extraction.unchanged && !earlier.isEmpty) else {
            let modes = contracts.modes(of: dataset.table, stated: contract?.modes)
            for drift in extraction.drift { await session.add(drift.record(source: source, modes: modes)) }
            return counts
        }
        if !hasRows { throw Self.nothingCame(location) }
        // Files that streams became directly; from here on they are a table like any other.
        let parts = try await landing.gather()
        let arrived = try await engine.integers("SELECT count(*) FROM \(landing.table.sql)").first ?? 0
        var columns = try await engine.columns(of: "SELECT * FROM \(landing.table.sql)")
        let missing = dataset.key.filter { key in !columns.contains { $0.name == key } }
        guard missing.isEmpty else {
            throw PipelineError(
                .sourceFailed,
                "the key column \(missing.joined(separator: ", ")) is gone from the source; map it in the configuration",
                location: location
            )
        }
        var landed: [ColumnDescription] = []
        if !earlier.isEmpty {
            let own = Set(SourceTable.metadata.map(\.name))
            landed = try await engine.columns(of: "SELECT * FROM \(engine.parquetScan(earlier))")
                .filter { !own.contains($0.name) }
        }
        let gate = ContractGate(
            engine: engine,
            arrived: landing.table,
            source: source,
            table: dataset.table,
            key: dataset.key,
            modes: contracts.modes(of: dataset.table, stated: contract?.modes),
            expected: ExpectedSchema(contract: contract, landed: landed),
            earlier: earlier.isEmpty ? nil : engine.parquetScan(earlier),
            reported: extraction.drift
        )
        let outcome = try await gate.apply()
        for drift in outcome.drift { await session.add(drift) }
        guard outcome.stops.isEmpty else { throw Self.broken(outcome.stops) }
        if let refused = outcome.refused {
            let written = try await quarantine(refused: refused, dataset, source: source)
            counts.quarantined += written
            counts.deduplicated += outcome.refusedRows - written
            columns = try await engine.columns(of: "SELECT * FROM \(landing.table.sql)")
        } else if !outcome.drift.isEmpty {
            columns = try await engine.columns(of: "SELECT * FROM \(landing.table.sql)")
        }
        let types = Dictionary(landed.map { ($0.name, $0.type) }) { first, _ in first }
        let rule: LandingRule =
            earlier.isEmpty || dataset.key.isEmpty && !extraction.isComplete
            ? .first : extraction.isComplete && !dataset.key.isEmpty ? .complete : .partial
        let hasKeys = await landing.hasKeys && extraction.hasAllKeys && rule == .partial
        let sql = LandingSQL(
            landed: landing.table,
            columns: columns,
            key: dataset.key,
            source: source,
            runID: session.run.id,
            extractedAt: extractedAt,
            existing: earlier.isEmpty ? nil : engine.parquetScan(earlier),
            rule: rule,
            heldBack: outcome.refused,
            comparesKeysAsText: columns.contains { column in
                dataset.key.contains(column.name) && types[column.name].map { $0 != column.type } ?? false
            },
            keys: hasKeys ? landing.keys : nil
        )
        try await compareKeys(sql, location)
        var files: [StagedFile] = []
        var tombstones: Int64 = 0
        if parts.isEmpty {
            (files, tombstones) = try await write(sql, table: table, source: source)
        } else {
            files = try parts.filter { $0.rows > 0 }.map { try $0.place.staged(rows: $0.rows) }
            for part in parts where part.rows == 0 { try FileManager.default.removeItem(at: part.place.url) }
        }
        let written = files.reduce(0) { $0 + $1.rows }
        counts.rowsIn += arrived + tombstones
        counts.rowsOut = written
        counts.deduplicated += arrived - outcome.refusedRows + tombstones - written
        if let refused = outcome.refused { try await engine.execute("DROP TABLE \(refused.sql)") }
        if !files.isEmpty {
            await session.add(
                TablePublication(
                    table,
                    mode: .append,
                    files: files,
                    description: contract?.description ?? "As delivered by \(source).",
                    key: dataset.key,
                    columns: Self.described(contract, landed: landed, columns) + SourceTable.metadata
                )
            )
        }
        return counts
    }

    /// The columns for the catalog: the contract's, and what has landed beside them.
    private static func described(
        _ contract: Contract?,
        landed: [ColumnDescription],
        _ columns: [ColumnDescription]
    ) -> [ColumnDescription] {
        var described = contract?.columnDescriptions ?? []
        var names = Set(described.map(\.name))
        for column in columns + landed where names.insert(column.name).inserted {
            var column = column
            if contract != nil {
                // Nobody has said yet what it is, so it is guarded as if it named a person.
                column.pii = .direct
                column.description = "Not in the contract; delivered by the source."
            }
            described.append(column)
        }
        return described
    }

    private static func broken(_ stops: [DriftRecord]) -> PipelineError {
        let list = stops.prefix(5).map { drift in
            "\(drift.column) \(drift.kind.rawValue)"
                + (drift.detail.isEmpty ? "" : " (\(drift.detail)\(drift.rows > 0 ? ", \(drift.rows) rows" : ""))")
        }
        let more = stops.count > 5 ? " and \(stops.count - 5) more" : ""
        let dimensions = Set(stops.map(\.dimension.rawValue)).sorted().joined(separator: " and ")
        return PipelineError(
            .contractBroken,
            "the contract freezes \(dimensions), and the source differs: \(list.joined(separator: "; "))\(more). Nothing "
                + "was published. Mend the source, or allow it: 'contracts: {\(stops[0].table): "
                + "{\(stops[0].dimension.rawValue): evolve}}' (or quarantine) in lyceum.yaml",
            location: "\(stops[0].source)/\(stops[0].table)"
        )
    }

    /// Writes the rows that the contract refused, and that are not in quarantine yet, to staging; returns how many.
    private func quarantine(refused: EngineTable, _ dataset: Dataset, source: String) async throws -> Int64 {
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
    private func quarantine(_ rows: [RejectedRow], dataset: String, source: String) async throws -> Int64 {
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
        let place = try session.run.staging.file(table, source: source, day: session.day, number: number)
        let known = (session.state.files[table] ?? []).map(\.url.path)
        let written = try await session.engine.writeParquet(
            query(known.isEmpty ? nil : session.engine.parquetScan(known)),
            to: place.url.path
        )
        guard written > 0 else {
            try FileManager.default.removeItem(at: place.url)
            return 0
        }
        await session.add(
            TablePublication(
                table,
                mode: .append,
                files: [try place.staged(rows: written)],
                description: "Rows of \(dataset) that could not be read or that its contract refused.",
                key: [],
                columns: QuarantineTable.columns
            )
        )
        return written
    }
}

/// Adds up rows from parallel streams for the progress display.
private final class RowProgress: Sendable {
    private let total = Mutex<Int64>(0)
    private let report: @Sendable (Int64) -> Void

    init(_ report: @escaping @Sendable (Int64) -> Void) {
        self.report = report
    }

    func add(_ rows: Int64) {
        report(
            total.withLock {
                $0 += rows; return $0
            }
        )
    }
}
