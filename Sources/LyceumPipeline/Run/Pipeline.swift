// The pipeline as its callers see it: plan, run, index.

import Foundation
import Logging
import LyceumCore
import LyceumLake
import LyceumSources

/// Moves data from the configured sources to curated tables and the search snapshot.
public struct Pipeline: Sendable {
    /// The configuration it works by.
    public let configuration: Configuration
    /// The models it builds.
    public let project: Project

    let logger: Logger
    let connect: @Sendable (Configuration.SourceSettings) throws -> any Source
    let now: @Sendable () -> Date

    /// Makes a pipeline; touches neither lake nor sources.
    ///
    /// - Parameter connect: makes the connector for a source's settings; the bundled connectors unless given.
    public init(
        configuration: Configuration,
        project: Project,
        logger: Logger = Logger(label: "lyceum.pipeline"),
        connect: (@Sendable (Configuration.SourceSettings) throws -> any Source)? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.configuration = configuration
        self.project = project
        self.logger = logger
        self.connect = connect ?? { try $0.connector(logger: logger) }
        self.now = now
    }

    /// Opens the lake; rolls forward or clears what a crashed run left behind.
    public func openLake() async throws -> Lake {
        let lake = try await Lake.open(configuration.lake, now: now)
        try await completeErasures(in: lake)
        return lake
    }

    /// An engine with the project's prelude and a lake's keys, spilling beside the lake, with access to the lake's files.
    func startEngine(for lake: Lake?) async throws -> DuckDBEngine {
        try await DuckDBEngine(
            limits: configuration.engine,
            spill: configuration.lake.spill,
            prelude: project.prelude,
            store: lake?.store,
            encryption: await lake?.keys?.keys ?? (configuration.lake.masterKey == nil ? nil : [])
        )
    }

    /// The engine that builds models: the cluster that is configured, or the embedded one.
    func modelEngine(
        beside engine: DuckDBEngine,
        staging: Staging,
        events: @escaping @Sendable (RunEvent) -> Void
    ) async throws -> any ModelEngine {
        guard let spark = configuration.spark else { return engine }
        guard !project.sparkPrelude.isEmpty else {
            throw PipelineError(
                .badModel,
                "the models have no prelude for Spark; write one beside prelude.duckdb.sql, or leave 'engine.spark' out",
                location: "prelude.spark.sql"
            )
        }
        return try await SparkEngine(
            settings: spark,
            prelude: project.sparkPrelude,
            footers: engine,
            staging: staging,
            tell: { events(.notice($0)) }
        )
    }

    /// Says what a run would do.
    ///
    /// - Parameter asksSources: whether to ask the sources for their columns, to tell schema drift before the run. A
    ///   source that does not answer is a note in the plan.
    /// - Throws: ``PipelineError`` for unknown sources or models.
    public func plan(_ options: RunOptions, asksSources: Bool = true) async throws -> Plan {
        if configuration.spark != nil { try project.requireSharedFunctions() }
        let lake = try await openLake()
        let state = try await LakeState(lake)
        let selected = options.select.isEmpty ? nil : try project.select(options.select)
        var extract: [Plan.ExtractStep] = []
        var drift: [DriftRecord] = []
        // Models that only the embedded engine understands are no fault where only it is used.
        var notes = try project.functionFindings().map { "only the embedded engine can build this: \($0)" }
        let engine = asksSources ? try await startEngine(for: lake) : nil
        for source in try sources(options.sources) {
            let datasets = try await source.datasets()
            for dataset in datasets {
                let mark = try await lake.ledger.watermark(source: source.name, table: dataset.table)
                extract.append(
                    Plan.ExtractStep(
                        source: source.name,
                        table: dataset.table,
                        action: Self.action(dataset, mark, fullRefresh: options.fullRefresh)
                            + (configuration.readsOnCluster(source.name) ? "; on Spark, by JDBC" : "")
                    )
                )
            }
            if asksSources {
                let found = try await self.drift(of: source, datasets) { source, table in
                    let files = (state.files[table] ?? []).filter { $0.source == source }.map(\.data)
                    guard let engine, !files.isEmpty else { return [] }
                    let formerly = project.formerNames(of: table, configuration)
                    let scan = try await engine.tableScan(files, formerly: formerly)
                    return try await engine.columns(of: "SELECT * FROM \(scan)")
                }
                drift += found.drift
                notes += found.notes
            }
            await source.close()
        }
        var stale: Set<TableID> = []
        var build: [Plan.BuildStep] = []
        for model in project.models {
            let state = ModelState(model, in: project, state: state, changed: stale)
            let isSelected = selected?.contains(model.name) ?? true
            var step = Plan.BuildStep(
                table: model.name,
                zone: model.zone,
                action: "build if its inputs change",
                reason: "up to date now"
            )
            if !isSelected {
                (step.action, step.reason) = ("skip", "not selected")
            } else if options.fullRefresh || options.rebuild {
                (step.action, step.reason) = ("build", "asked for")
            } else if let reason = state.reason {
                (step.action, step.reason) = ("build", reason)
            }
            if step.action == "build" { stale.insert(TableID(model.zone, model.name)) }
            build.append(step)
        }
        let curated = build.contains { $0.zone == .curated && $0.action == "build" }
        return Plan(
            extract: extract,
            drift: drift,
            notes: notes,
            build: build,
            index: curated ? "rebuild: curated tables change" : "rebuild if curated tables change"
        )
    }

    private static func action(_ dataset: Dataset, _ mark: WatermarkRecord?, fullRefresh: Bool) -> String {
        if fullRefresh { return "read everything: asked for; land what changed, find deleted rows" }
        switch dataset.mode {
        case .watermark(let column):
            guard let value = mark?.value else { return "read everything: no watermark yet" }
            return "read rows with \(column) from \(value), less the lag"
        case .snapshot:
            return mark == nil
                ? "read everything: first time"
                : "read the whole snapshot, land what changed, find deleted rows"
        }
    }

    /// Extracts, builds, publishes and indexes.
    ///
    /// All tables and watermarks become visible in one catalog transaction; a run that fails, is cancelled or is killed
    /// leaves the lake as it was.
    ///
    /// - Throws: ``PipelineError``, `LakeError` (for example `locked`), `ADBCError` or `CancellationError`.
    public func run(
        _ options: RunOptions,
        events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws -> RunReport {
        if configuration.spark != nil { try project.requireSharedFunctions() }
        let selected = options.select.isEmpty ? nil : try project.select(options.select)
        let sources = try sources(options.sources)
        let lake = try await openLake()
        let run = try await lake.beginRun(options: Self.describe(options), wait: options.wait)
        events(.started(run.id))
        let clock = ContinuousClock()
        let begin = clock.now
        var session: RunSession?
        do {
            let engine = try await startEngine(for: lake)
            let made = RunSession(
                engine: engine,
                models: try await modelEngine(beside: engine, staging: run.staging, events: events),
                cluster: configuration.spark.map {
                    SparkJDBCReader(settings: $0, staging: run.staging, engine: engine)
                },
                project: project,
                formerly: { [project, configuration] in project.formerNames(of: $0, configuration) },
                run: run,
                startedAt: run.startedAt,
                state: try await LakeState(lake),
                events: events
            )
            session = made
            var stages: [String: Double] = [:]
            do {
                let extractor = Extractor(
                    session: made,
                    ledger: lake.ledger,
                    fullRefresh: options.fullRefresh,
                    contracts: configuration.contracts,
                    suppressor: try await Suppressor(lake, made.engine, self),
                    retention: try await retentionAtTheDoor(lake)
                )
                try await extractor.extract(sources)
                await Self.close(sources)
            } catch {
                await Self.close(sources)
                throw error
            }
            stages["extract"] = (clock.now - begin).seconds
            let buildBegin = clock.now
            let builder = ModelBuilder(
                session: made,
                selected: selected,
                rebuild: options.fullRefresh || options.rebuild
            )
            try await builder.build()
            await made.models.close()
            stages["build"] = (clock.now - buildBegin).seconds
            try Task.checkCancellation()

            let publishBegin = clock.now
            let outcomes = await made.outcomes
            let records = outcomes.filter { $0.zone == .raw }
                .reduce(0) { $0 + $1.counts.rowsOut + $1.counts.quarantined }
            var publication = await made.publication
            publication.records = records
            publication = try await FileStatistics(engine: made.engine, staging: run.staging).added(to: publication)
            events(.publishing(tables: publication.tables.count))
            let receipt = try await run.publish(publication)
            if let pending = receipt.pending {
                await made.notice("published; some files are moved into place when the lake is opened next: \(pending)")
            }
            if let sentence = await mirror(lake) { await made.notice(sentence) }
            stages["publish"] = (clock.now - publishBegin).seconds

            let indexBegin = clock.now
            let index = try await IndexBuild(pipeline: self, lake: lake, engine: made.engine, events: events).update()
            stages["index"] = (clock.now - indexBegin).seconds
            for text in await compactAfterRun() { await made.notice(text) }
            let seconds = (clock.now - begin).seconds
            return RunReport(
                runID: run.id,
                status: "succeeded",
                seconds: seconds,
                records: records,
                recordsPerSecond: seconds > 0 ? (Double(records) / seconds).rounded() : 0,
                stages: stages.mapValues { ($0 * 1000).rounded() / 1000 },
                tables: outcomes,
                published: receipt.snapshots.keys.map { "\($0)" }.sorted(),
                index: index,
                notices: await made.notices
            )
        } catch {
            // What a cancelled engine or connector throws is its own affair; the run was cancelled.
            let reason: any Error =
                Task.isCancelled
                ? CancellationError() : PipelineError.noSpace(error, lake: configuration.lake.place) ?? error
            await session?.models.close()
            await Self.finish(run, session, after: reason)
            throw reason
        }
    }

    /// Records a run that published nothing. The error that ended the run matters more than one in writing it down.
    private static func finish(_ run: LakeRun, _ session: RunSession?, after error: any Error) async {
        let publication = await session?.publication
        try? await run.finish(
            error is CancellationError ? .cancelled : .failed,
            error: "\(error)",
            records: 0,
            reports: publication?.reports ?? [],
            tests: publication?.tests ?? [],
            drift: publication?.drift ?? []
        )
    }

    private static func close(_ sources: [any Source]) async {
        for source in sources { await source.close() }
    }

    private static func describe(_ options: RunOptions) -> String {
        let values: [String: String] = [
            "full_refresh": String(options.fullRefresh),
            "select": options.select.joined(separator: " "),
            "source": options.sources.joined(separator: " "),
        ]
        let data = (try? JSONEncoder().encode(values)) ?? Data("{}".utf8)
        return String(decoding: data, as: UTF8.self)
    }

    /// The configured connectors, or those named.
    ///
    /// - Throws: ``PipelineError`` with code `notFound` for an unknown name.
    public func sources(_ names: [String] = []) throws -> [any Source] {
        let known = configuration.sources.map(\.name)
        for name in names where !known.contains(name) {
            throw PipelineError(
                .notFound,
                "no source is named '\(name)'; configured: \(known.joined(separator: ", "))",
                location: configuration.file.path
            )
        }
        return try configuration.sources.filter { names.isEmpty || names.contains($0.name) }.map(connect)
    }
}

extension Configuration.SourceSettings {
    /// The bundled connector for these settings.
    func connector(logger: Logger) throws -> any Source {
        switch self {
        case .oracle(let configuration): try OracleSource(configuration, logger: logger)
        case .workday(let configuration): try WorkdaySource(configuration, logger: logger)
        case .tableau(let configuration): try TableauSource(configuration, logger: logger)
        case .files(let configuration): try FilesSource(configuration, logger: logger)
        case .rest(let configuration): try RESTSource(configuration, logger: logger)
        }
    }
}
