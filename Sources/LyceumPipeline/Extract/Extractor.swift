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
    /// Keeps erased people out; nil when nobody was erased.
    var suppressor: Suppressor?
    /// What of the rows that arrive is not kept; nil where nothing is refused for its age.
    var retention: RetentionDoor?

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
        let earlier = (session.state.files[table] ?? []).filter { $0.source == source.name }.map(\.data)
        let landing = Landing(
            engine: session.engine,
            source: source.name,
            dataset: dataset.table,
            // Rows of erased people and rows past their retention can be taken out of a table, not out of files.
            first: earlier.isEmpty && suppressor?.concerns(dataset.table) != true
                && retention?.dateColumn(of: table) == nil
                ? firstLanding(of: table, source: source.name) : nil
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
            cluster: session.cluster,
            onProgress: { progress.add($0) }
        )
        let extraction = try await source.extract(request, into: landing)
        for note in extraction.notes { await session.notice("\(source.name)/\(dataset.table): \(note)") }
        let suppressed = try await suppress(landing, dataset, source: source.name)
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
                seconds: seconds,
                suppressed: suppressed
            )
        )
        session.events(.extracted(source: source.name, table: dataset.table, counts: counts, seconds: seconds))
    }

    /// Takes rows of erased people out of what arrived, before it is compared, held to its contract or counted.
    private func suppress(_ landing: Landing, _ dataset: Dataset, source: String) async throws -> Int64 {
        guard let suppressor, suppressor.concerns(dataset.table) else { return 0 }
        let location = "\(source)/\(dataset.table)"
        var rows: Int64 = 0
        if await landing.hasTable {
            rows += try await suppressor.remove(from: landing.table, of: dataset.table, location: location)
        }
        if await landing.hasKeys {
            _ = try await suppressor.remove(
                from: landing.keys,
                of: dataset.table,
                location: location,
                isStrict: false
            )
        }
        rows += await landing.removeRejected { suppressor.mentions($0.text, of: dataset.table) }
        if rows > 0 {
            await session.notice("\(location): \(rows) row\(rows == 1 ? "" : "s") of erased people were not landed")
        }
        return rows
    }

    /// What writes streams to raw files directly.
    private func firstLanding(of table: TableID, source: String) -> FirstLanding {
        FirstLanding(
            engine: session.engine,
            statement: { [session] columns, stream in
                LandingSQL(
                    landed: EngineTable(schema: "main", name: stream),
                    columns: columns.map { ColumnDescription(name: $0, type: "") },
                    key: [],
                    source: source,
                    runID: session.run.id,
                    extractedAt: Self.extractedAt(session),
                    existing: nil,
                    rule: .first
                ).newRows
            },
            place: { [self] in try await place(table, source: source, number: $0, columns: $1) }
        )
    }

    /// A place for new rows of a raw table, encrypted if any of their columns is personal data or not in the contract.
    private func place(
        _ table: TableID,
        source: String,
        number: Int,
        columns: [String]
    ) async throws -> Staging.Place {
        let contract = session.project.sourceTable(table.name)
        let described =
            contract == nil
            ? [] : Self.described(contract, landed: [], columns.map { ColumnDescription(name: $0, type: "") })
        return try session.run.staging.file(
            table,
            source: source,
            day: session.day,
            number: number,
            key: try await session.key(for: table, columns: described)
        )
    }

    private static func extractedAt(_ session: RunSession) -> String {
        LyceumCore.Timestamp.iso(session.startedAt, fractional: true).replacing("Z", with: "")
    }

    /// Writes new rows and rejected rows to staging; returns the counts.
    private func land(
        _ landing: Landing,
        _ dataset: Dataset,
        _ extraction: Extraction,
        source: String,
        table: TableID,
        earlier: [DataFile]
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
            await session.add(extraction.drift.map { $0.record(source: source, modes: modes) })
            return counts
        }
        guard let arrivals = await landing.arrivals else { throw Self.nothingCame(location) }
        let delivered = try await engine.columns(of: "SELECT * FROM \(arrivals)")
        let missing = dataset.key.filter { key in !delivered.contains { $0.name == key } }
        guard missing.isEmpty else {
            throw PipelineError(
                .sourceFailed,
                "the key column \(missing.joined(separator: ", ")) is gone from the source; map it in the configuration",
                location: location
            )
        }
        let formerly = session.formerly(table)
        let existing = earlier.isEmpty ? nil : try await engine.tableScan(earlier, formerly: formerly)
        let landed = try await landedColumns(existing)
        let refused = try await holdToContract(
            landing,
            arrivals,
            dataset,
            extraction,
            expected: ExpectedSchema(contract: contract, landed: landed),
            source: source,
            earlier: existing
        )
        if let refused {
            let written = try await quarantine(refused: refused.table, dataset, source: source)
            counts.rowsIn += refused.rows
            counts.quarantined += written
            counts.deduplicated += refused.rows - written
        }
        var files: [StagedFile] = []
        var columns: [ColumnDescription] = []
        if let first = landing.first, await first.hasRead {
            (files, columns) = try await collect(first)
            let rows = files.reduce(0) { $0 + $1.rows }
            counts.rowsIn += rows
            counts.rowsOut += rows
        }
        if await landing.hasTable {
            if let past = try await retention?.turnAway(
                landing.table,
                of: table,
                key: dataset.key,
                known: existing,
                engine
            ) {
                counts.rowsIn += past
                counts.deduplicated += past
                if past > 0 {
                    await session.notice("\(location): \(past) rows are past their retention and did not land")
                }
            }
            let more = try await engine.columns(of: "SELECT * FROM \(landing.table.sql)")
            let types = Dictionary(landed.map { ($0.name, $0.type) }) { first, _ in first }
            let rule: LandingRule =
                earlier.isEmpty || dataset.key.isEmpty && !extraction.isComplete
                ? .first : extraction.isComplete && !dataset.key.isEmpty ? .complete : .partial
            let hasKeys = await landing.hasKeys && extraction.hasAllKeys
            let sql = LandingSQL(
                landed: landing.table,
                columns: more,
                key: dataset.key,
                source: source,
                runID: session.run.id,
                extractedAt: Self.extractedAt(session),
                existing: existing,
                rule: rule,
                formerly: formerly,
                keys: rule == .partial && hasKeys ? landing.keys : nil,
                heldBack: refused?.table,
                comparesKeysAsText: more.contains { column in
                    dataset.key.contains(column.name) && types[column.name].map { $0 != column.type } ?? false
                }
            )
            try await compareKeys(sql, location)
            if let file = try await land(sql, landing, table: table, source: source, counts: &counts) {
                files.append(file)
            }
            let names = Set(columns.map(\.name))
            columns += more.filter { !names.contains($0.name) }
        }
        if let refused { try await engine.execute("DROP TABLE \(refused.table.sql)") }
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

    /// The files of a first landing, without empty ones, and their columns.
    private func collect(_ first: FirstLanding) async throws -> ([StagedFile], [ColumnDescription]) {
        let parts = await first.parts.sorted { $0.key < $1.key }.map(\.value)
        let metadata = Set(SourceTable.metadata.map(\.name))
        let written = parts.map(\.place.data)
        let columns = try await session.engine.columns(of: "SELECT * FROM \(session.engine.parquetScan(written))")
            .filter { !metadata.contains($0.name) }
        var files: [StagedFile] = []
        for part in parts {
            if part.rows > 0 {
                files.append(try await part.place.staged(rows: part.rows))
            } else {
                try await part.place.discard()
            }
        }
        return (files, columns)
    }

    /// Compares the source's keys with the lake's before rows are taken for deleted.
    private func compareKeys(_ sql: LandingSQL, _ location: String) async throws {
        guard let query = sql.keyCounts else { return }
        let counts = try await session.engine.integers(query)
        guard counts.count == 3 else { return }
        if counts[0] > 0, counts[1] == 0 { throw Self.nothingCame(location) }
        if counts[2] > 0 {
            await session.notice(
                "\(location): \(counts[2]) keys of the source are not in the lake: "
                    + (suppressor == nil ? "" : "they are of erased people, or ")
                    + "their rows came with a time before the last watermark. A full refresh fetches them; a larger watermark_lag_seconds keeps it from happening"
            )
        }
    }

    private static func nothingCame(_ location: String) -> PipelineError {
        PipelineError(
            .sourceFailed,
            "the source returned no rows where it had rows before; nothing was deleted. If the table is really empty, "
                + "remove the source's data with a full refresh",
            location: location
        )
    }

    /// Writes what is new of the landed rows to staging; nil if nothing is.
    private func land(
        _ sql: LandingSQL,
        _ landing: Landing,
        table: TableID,
        source: String,
        counts: inout RowCounts
    ) async throws -> StagedFile? {
        let engine = session.engine
        let arrived = try await engine.integers("SELECT count(*) FROM \(landing.table.sql)").first ?? 0
        let place = try await place(
            table,
            source: source,
            number: await landing.first?.takeNumber() ?? 0,
            columns: sql.columns.map(\.name)
        )
        let written = try await engine.writeParquet(sql.newRows, to: place.data)
        var tombstones: Int64 = 0
        if sql.rule == .complete || sql.keys != nil {
            tombstones =
                try await engine.integers(
                    "SELECT count(*) FILTER (_op = 'D') FROM \(engine.parquetScan([place.data]))"
                ).first ?? 0
        }
        counts.rowsIn += arrived + tombstones
        counts.rowsOut += written
        counts.deduplicated += arrived + tombstones - written
        guard written > 0 else {
            try await place.discard()
            return nil
        }
        return try await place.staged(rows: written)
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
