// One run in progress: what its stages share.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSources

/// The engine, the lake and the growing publication of one run.
///
/// Stages write files to the run's staging folder and record them here; nothing is visible until the publication commits.
actor RunSession {
    nonisolated let engine: any Engine
    /// What builds the models.
    nonisolated let models: any ModelEngine
    /// What reads databases on a cluster; nil without one.
    nonisolated let cluster: (any ClusterReader)?
    nonisolated let project: Project
    /// The names that a table's columns had before.
    nonisolated let formerly: @Sendable (TableID) -> FormerNames
    nonisolated let run: LakeRun
    nonisolated let startedAt: Date
    nonisolated let events: @Sendable (RunEvent) -> Void

    /// The lake at the start of the run.
    nonisolated let state: LakeState

    private(set) var publication = Publication()
    private(set) var outcomes: [TableOutcome] = []
    private(set) var notices: [String] = []
    private var staged: [TableID: [StagedFile]] = [:]
    private var replaced: Set<TableID> = []

    init(
        engine: any Engine,
        models: any ModelEngine,
        cluster: (any ClusterReader)? = nil,
        project: Project,
        formerly: @escaping @Sendable (TableID) -> FormerNames,
        run: LakeRun,
        startedAt: Date,
        state: LakeState,
        events: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.engine = engine
        self.models = models
        self.cluster = cluster
        self.project = project
        self.formerly = formerly
        self.run = run
        self.startedAt = startedAt
        self.state = state
        self.events = events
    }

    nonisolated var day: String { Timestamp.day(startedAt) }

    /// The files that make up a table as this run will leave it.
    func files(of table: TableID) -> [DataFile] {
        let mine = (staged[table] ?? []).map { run.staging.data(of: $0) }
        if replaced.contains(table) { return mine }
        return (state.files[table] ?? []).map(\.data) + mine
    }

    /// The name of the data key for a table's new files, known to the engine; nil if they stay plain.
    ///
    /// - Parameter columns: what the files will hold, with its tags; empty when nobody has described it.
    nonisolated func key(for table: TableID, columns: [ColumnDescription]) async throws -> String? {
        guard let key = try await run.dataKey(forNewFilesOf: table, columns: columns) else { return nil }
        try await engine.unlock([key])
        return key.name
    }

    /// Tables for which this run has made new files, or which it emptied.
    var changed: Set<TableID> { replaced.union(staged.filter { !$0.value.isEmpty }.keys) }

    func add(_ table: TablePublication) {
        staged[table.table, default: []] += table.files
        if table.mode == .replace { replaced.insert(table.table) }
        // Two sources may fill one raw table; they are one publication of it.
        if let index = publication.tables.firstIndex(where: { $0.table == table.table && $0.mode == .append }) {
            publication.tables[index].files += table.files
        } else {
            publication.tables.append(table)
        }
    }

    /// Notes how a source differs from a contract, for the ledger and as a notice.
    ///
    /// Columns that share a fate share a notice.
    func add(_ drift: [DriftRecord]) {
        publication.drift += drift
        var told: Set<String> = []
        for record in drift {
            let place = "\(record.source)/\(record.table): schema drift: "
            guard record.detail.isEmpty, record.rows == 0 else {
                notice(place + record.sentence)
                continue
            }
            guard told.insert(record.kind.rawValue + record.action).inserted else { continue }
            let columns = drift.filter {
                $0.kind == record.kind && $0.action == record.action && $0.detail.isEmpty && $0.rows == 0
            }
            notice("\(place)\(columns.map(\.column).joined(separator: ", ")) \(record.kind.rawValue): \(record.action)")
        }
    }

    func add(_ watermark: WatermarkRecord) {
        publication.watermarks.append(watermark)
    }

    func add(_ test: TestResult) {
        publication.tests.append(test)
    }

    func add(_ outcome: TableOutcome, fingerprint: String? = nil) {
        outcomes.append(outcome)
        let status: TableReport.Status
        switch outcome.status {
        case .built: status = .built
        case .unchanged: status = .unchanged
        case .skipped: status = .skipped
        }
        let table = TableID(outcome.zone, outcome.table)
        guard let index = publication.reports.firstIndex(where: { $0.table == table }) else {
            publication.reports.append(
                TableReport(
                    table,
                    status: status,
                    counts: outcome.counts,
                    seconds: outcome.seconds,
                    fingerprint: fingerprint
                )
            )
            return
        }
        publication.reports[index].counts += outcome.counts
        publication.reports[index].seconds += outcome.seconds
        if status == .built { publication.reports[index].status = .built }
    }

    func notice(_ text: String) {
        notices.append(text)
        events(.notice(text))
    }
}
