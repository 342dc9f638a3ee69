// Stage two of a run: models, built in parallel along the graph of their references.

import Foundation
import LyceumCore
import LyceumLake

/// Builds the models whose definition or inputs changed.
struct ModelBuilder: Sendable {
    let session: RunSession
    /// Models to consider; nil for all.
    let selected: Set<String>?
    /// Build even what has not changed.
    let rebuild: Bool

    /// How many models are built at once; the engine itself spreads one query over all cores.
    static let concurrency = 2

    /// Builds what has to be built, each model as soon as what it reads is ready.
    func build() async throws {
        try await defineInputs()
        var waiting = session.project.models
        var done: Set<String> = []
        try await withThrowingTaskGroup(of: String.self) { group in
            var running = 0
            while !waiting.isEmpty || running > 0 {
                while running < Self.concurrency,
                    let next = waiting.firstIndex(where: { $0.inputs.refs.isSubset(of: done) })
                {
                    let model = waiting.remove(at: next)
                    running += 1
                    group.addTask {
                        try Task.checkCancellation()
                        try await visit(model)
                        return model.name
                    }
                }
                if let name = try await group.next() {
                    done.insert(name)
                    running -= 1
                }
            }
        }
    }

    /// Views over raw tables and seeds; a raw table that nobody fills yet is empty, with the columns of its contract.
    private func defineInputs() async throws {
        let engine = session.models
        for (name, url) in session.project.seeds {
            try await engine.define(EngineSchema.seed.table(name), overBundled: url)
        }
        for table in session.project.sourceTables {
            let files = await session.files(of: TableID(.raw, table.table))
            var select = "SELECT "
            if files.isEmpty {
                select += (table.columnDescriptions + SourceTable.metadata)
                    .map { "CAST(NULL AS \($0.type)) AS \(SQLText.identifier($0.name))" }.joined(separator: ", ")
                select += " WHERE false"
            } else {
                let landed = EngineTable(schema: EngineSchema.landing.rawValue, name: "files_" + table.table)
                try await engine.define(landed, over: files, formerly: session.formerly(TableID(.raw, table.table)))
                let present = Set(try await engine.columns(of: "SELECT * FROM \(landed.sql)").map(\.name))
                let absent = table.columnDescriptions.filter { !present.contains($0.name) }
                    .map { ", CAST(NULL AS \($0.type)) AS \(SQLText.identifier($0.name))" }
                select += "*\(absent.joined()) FROM \(landed.sql)"
            }
            try await engine.define(EngineSchema.source.table(table.table), as: select)
        }
    }

    private func visit(_ model: ModelDefinition) async throws {
        let table = TableID(model.zone, model.name)
        let fingerprint = session.project.fingerprint(of: model)
        let state = ModelState(model, in: session.project, state: session.state, changed: await session.changed)
        let isSelected = selected?.contains(model.name) ?? true
        if !isSelected || (!state.isStale && !rebuild) {
            try await defineView(of: table)
            await session.add(
                TableOutcome(table: model.name, zone: model.zone, status: isSelected ? .unchanged : .skipped)
            )
            return
        }
        session.events(.building(table: model.name, zone: model.zone))
        do {
            let outcome = try await make(model, table, fingerprint: fingerprint)
            session.events(.built(outcome))
        } catch let error as PipelineError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw PipelineError(
                .modelFailed,
                "the model's query failed; mend the SQL or the input it names: \(error)",
                location: "\(model.zone.rawValue)/\(model.name).sql"
            )
        }
    }

    private func make(_ model: ModelDefinition, _ table: TableID, fingerprint: String) async throws -> TableOutcome {
        let engine = session.models
        let clock = ContinuousClock()
        let begin = clock.now
        let select = Self.resolve(model.sql)
        let sql = ModelBuildSQL(
            model: model,
            candidates: EngineSchema.build.table(model.name),
            columns: try await engine.columns(of: select)
        )
        try Self.check(model, columns: sql.columns)
        await tell(model, .rows)
        try await engine.materialise(
            sql.candidates,
            as: sql.candidateRows(select: select) { EngineSchema.ref.table($0).sql }
        )
        let counted = try await engine.integers(sql.countCandidates)
        var failures: [String: Int64] = [:]
        for (test, count) in zip(model.rowTests, counted.dropFirst(2)) { failures[test.name, default: 0] += count }

        let quarantined = counted[1]
        let isBroken = failures.values.contains { $0 > 0 }
        let hasQuarantine = await !session.files(of: quarantine(model)).isEmpty
        if isBroken || hasQuarantine {
            await tell(model, .quarantine)
            try await writeQuarantine(sql, rows: isBroken)
        }
        var superseded: EngineTable?
        if let query = sql.superseded {
            await tell(model, .duplicates)
            let table = EngineSchema.build.table(model.name + "__superseded")
            try await engine.materialise(table, as: query)
            superseded = table
        }
        let deduplicated = try await engine.integers(sql.countDeduplicated(superseded: superseded)).first ?? 0
        let columns = Self.described(model, sql.columns)
        await tell(model, .files)
        let files = try await write(sql, table, columns, superseded: superseded)
        try await engine.drop(sql.candidates)
        if let superseded { try await engine.drop(superseded) }

        var rowsIn = counted[0]
        if let grain = model.grain {
            let input = model.inputs.sources.contains(grain) ? EngineSchema.source : .ref
            rowsIn = try await engine.integers("SELECT count(*) FROM \(input.table(grain).sql)").first ?? 0
        }
        let counts = RowCounts(
            rowsIn: rowsIn,
            rowsOut: files.reduce(0) { $0 + $1.rows },
            quarantined: quarantined,
            deduplicated: deduplicated
        )
        guard counts.isBalanced else {
            throw PipelineError(
                .unbalanced,
                """
                rows are lost or made up: \(counts.rowsIn) in, but \(counts.rowsOut) out + \(counts.quarantined) quarantined + \
                \(counts.deduplicated) de-duplicated; nothing was published. Check the joins of the model
                """,
                location: "\(model.zone.rawValue)/\(model.name).sql"
            )
        }
        await session.add(
            TablePublication(
                table,
                mode: .replace,
                files: files,
                description: model.description,
                key: model.uniqueKey,
                columns: columns,
                fingerprint: fingerprint,
                inputs: ModelState.lineage(of: model, in: session.project)
            )
        )
        try await defineView(of: table)
        await tell(model, .tests)
        var warnings = try await TableTests(session: session).run(model)
        for test in model.rowTests {
            let count = failures[test.name] ?? 0
            if test.severity == .warn, count > 0 { warnings[test.name] = count }
            await session.add(
                TestResult(
                    table: table,
                    name: test.name,
                    severity: test.severity == .error ? .error : .warn,
                    status: count == 0 ? .passed : .warned,
                    failures: count,
                    message: count == 0 ? nil : test.reason
                )
            )
        }
        let outcome = TableOutcome(
            table: model.name,
            zone: model.zone,
            status: .built,
            counts: counts,
            seconds: (clock.now - begin).seconds,
            warnings: warnings
        )
        await session.add(outcome, fingerprint: fingerprint)
        return outcome
    }

    private func tell(_ model: ModelDefinition, _ step: BuildStep) async {
        let (events, name, zone) = (session.events, model.name, model.zone)
        await session.models.tell { events(.buildStep(table: name, zone: zone, step: step, tasks: $0)) }
        events(.buildStep(table: name, zone: zone, step: step, tasks: nil))
    }

    /// The columns that are published, with what the model says of them.
    private static func described(_ model: ModelDefinition, _ columns: [ColumnDescription]) -> [ColumnDescription] {
        let described = Dictionary(model.columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return columns.filter { !$0.name.hasPrefix("_") }.map { column in
            // What the engine says it is, with what the model's file says of it.
            var result =
                described[column.name]
                ?? ColumnDescription(name: "", type: "", purpose: model.purpose, retention: model.retention)
            (result.name, result.type) = (column.name, column.type)
            return result
        }
    }

    private func write(
        _ sql: ModelBuildSQL,
        _ table: TableID,
        _ columns: [ColumnDescription],
        superseded: EngineTable?
    ) async throws -> [StagedFile] {
        var sources: [String?] = [nil]
        if let query = sql.distinctSources {
            let names = try await session.models.texts(query)
            if !names.isEmpty { sources = names }
        }
        var files: [StagedFile] = []
        let key = try await session.key(for: table, columns: columns)
        for source in sources {
            let place = try session.run.staging.file(
                table,
                source: source ?? "lyceum",
                day: session.day,
                number: 0,
                key: key
            )
            files += try await session.models.write(
                sql.publishedRows(superseded: superseded, source: source),
                to: place
            )
        }
        return files
    }

    private func quarantine(_ model: ModelDefinition) -> TableID {
        TableID(.quarantine, model.name)
    }

    /// Replaces the model's quarantine by what this build refused; without refused rows it becomes empty.
    private func writeQuarantine(_ sql: ModelBuildSQL, rows: Bool) async throws {
        let table = quarantine(sql.model)
        var files: [StagedFile] = []
        if rows {
            let place = try session.run.staging.file(
                table,
                source: "lyceum",
                day: session.day,
                number: 0,
                key: try await session.key(for: table, columns: QuarantineTable.columns)
            )
            files = try await session.models.write(
                sql.quarantineRows(
                    runID: session.run.id,
                    quarantinedAt: Timestamp.iso(session.startedAt).replacing("Z", with: "")
                ),
                to: place
            )
        }
        await session.add(
            TablePublication(
                table,
                mode: .replace,
                files: files,
                description: "Rows that broke a rule of \(sql.model.name).",
                key: [],
                columns: QuarantineTable.columns
            )
        )
    }

    private func defineView(of table: TableID) async throws {
        let files = await session.files(of: table)
        guard !files.isEmpty else { return }
        try await session.models.define(
            EngineSchema.ref.table(table.name),
            over: files,
            formerly: session.formerly(table)
        )
    }

    /// The SELECT with each reference replaced by the engine's name for it.
    static func resolve(_ sql: String) -> String {
        ModelSQL(sql).replacing { reference in
            switch reference.kind {
            case .source: EngineSchema.source.table(reference.name).sql
            case .ref: EngineSchema.ref.table(reference.name).sql
            case .seed: EngineSchema.seed.table(reference.name).sql
            }
        }
    }

    private static func check(_ model: ModelDefinition, columns: [ColumnDescription]) throws(PipelineError) {
        let names = Set(columns.map(\.name))
        let location = "\(model.zone.rawValue)/\(model.name).yml"
        guard model.rowTests.count <= ModelBuildSQL.maximumRowTests else {
            throw PipelineError(.badModel, "more than \(ModelBuildSQL.maximumRowTests) row tests", location: location)
        }
        for (use, wanted) in [
            ("columns", model.columns.map(\.name)), ("unique_key", model.uniqueKey), ("latest_by", model.latestBy),
        ] {
            for name in wanted where !names.contains(name) {
                throw PipelineError(
                    .badModel,
                    "'\(use)' names '\(name)', which the SELECT does not return",
                    location: location
                )
            }
        }
        for column in columns
        where !column.name.hasPrefix("_") && !model.columns.contains(where: { $0.name == column.name }) {
            throw PipelineError(
                .badModel,
                "the SELECT returns '\(column.name)', which 'columns' does not describe (what is it, is it personal data?)",
                location: location
            )
        }
    }
}
