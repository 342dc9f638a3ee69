// Retention: rows whose time has come are removed from raw and quarantine, and history expires.

import Foundation
import LyceumCore
import LyceumLake

/// What a retention removed, or would remove.
public struct RetentionReport: Sendable, Codable {
    /// One table's share.
    public struct Table: Sendable, Codable {
        /// The table's full name.
        public var table: String
        /// How long its rows are kept, such as `7 years`.
        public var period: String
        /// Rows removed.
        public var rows: Int64
        /// Bytes fewer in the current files; nil in a dry run.
        public var bytes: Int64?
        /// Files written anew or dropped.
        public var files: Int
        /// Why rows went, or why the table was left.
        public var reason: String
    }

    /// The run that published it; nil when nothing was published.
    public var run: String?
    /// Raw tables and tables of quarantine.
    public var tables: [Table]
    /// Snapshots that can no longer be read.
    public var expiredSnapshots: Int
    /// Files removed from history.
    public var expiredFiles: Int
    /// Their size in bytes.
    public var expiredBytes: Int64

    enum CodingKeys: String, CodingKey {
        case run, tables
        case expiredSnapshots = "expired_snapshots"
        case expiredFiles = "expired_files"
        case expiredBytes = "expired_bytes"
    }
}

extension Pipeline {
    /// Removes rows past their retention and lets history expire.
    ///
    /// All tables change in one publication, so that a crash leaves all of them or none; what it removed stays readable in
    /// history until that expires. Tables made from raw ones are rebuilt by the next run. A legal hold on a table leaves it
    /// as it is; one on a person leaves their rows, and a whole table where these cannot be told.
    /// - Throws: ``PipelineError`` with code `badConfiguration` for a policy that names no raw table or column, `LakeError`
    ///   with code `locked`, or `held` when a hold came while it was at work.
    public func retain(isDryRun: Bool = false) async throws -> RetentionReport {
        let lake = try await openLake()
        try checkRetention(try await LakeState(lake))
        let history = SnapshotAge(supersededBefore: configuration.retention.history.cutoff(from: now()))
        if isDryRun {
            let work = RetentionWork(
                pipeline: self,
                lake: lake,
                engine: try await startEngine(for: lake),
                state: try await LakeState(lake)
            )
            let tables = try await work.assess().map(\.report)
            return Self.report(nil, tables, try await lake.expireHistory(history, isDryRun: true))
        }
        let (tables, receipt) = try await rewriting(lake, #"{"retain": "all"}"#) { run in
            let work = RetentionWork(pipeline: self, lake: lake, engine: run.engine, state: run.state)
            var reports: [RetentionReport.Table] = []
            var publications: [TablePublication] = []
            for finding in try await work.assess() {
                let (report, publication) = try await work.apply(finding, in: run)
                reports.append(report)
                publications += publication.map { [$0] } ?? []
            }
            return (reports, publications)
        }
        return Self.report(receipt?.run.text, tables, try await lake.expireHistory(history))
    }

    /// How long rows are kept: as the configuration says of a table, or else as its contract does.
    var retention: RetentionSettings {
        var settings = configuration.retention
        for contract in project.sourceTables {
            guard let period = RetentionPeriod(contract.retention), period != .standard,
                settings.tables[contract.table] == nil, settings.tables["raw.\(contract.table)"] == nil
            else { continue }
            settings.tables[contract.table] = period
        }
        return settings
    }

    private static func report(
        _ run: String?,
        _ tables: [RetentionReport.Table],
        _ expiry: Expiry
    ) -> RetentionReport {
        RetentionReport(
            run: run,
            tables: tables,
            expiredSnapshots: expiry.snapshots,
            expiredFiles: expiry.files,
            expiredBytes: expiry.bytes
        )
    }

    /// Refuses a policy that would never apply.
    private func checkRetention(_ state: LakeState) throws(PipelineError) {
        let raw = Set(project.sourceTables.map(\.table) + state.files.keys.filter { $0.zone == .raw }.map(\.name))
        let known = raw.union(project.models.map { "quarantine.\($0.name)" }).union(raw.map { "quarantine.\($0)" })
            .union([RetentionSettings.wholeQuarantine, RetentionSettings.historyName])
        let retention = configuration.retention
        for name in Set(retention.tables.keys).union(retention.by.keys).sorted() {
            let plain = name.hasPrefix("raw.") ? String(name.dropFirst(4)) : name
            if known.contains(plain), retention.by[name] == nil || raw.contains(plain) { continue }
            let near = NearestName.of(plain, among: known).map { "; did you mean '\($0)'?" } ?? ""
            let isModel =
                !plain.hasPrefix("quarantine.")
                && project.model(plain.split(separator: ".").last.map(String.init) ?? plain) != nil
            throw PipelineError(
                .badConfiguration,
                isModel
                    ? "'retention' names '\(name)', which is made from raw tables and keeps what they keep; state the "
                        + "period of those"
                    : "'retention' names '\(name)', which is no raw table\(near)",
                location: configuration.file.path
            )
        }
    }
}

/// One retention at work.
struct RetentionWork {
    let pipeline: Pipeline
    let lake: Lake
    let engine: DuckDBEngine
    let state: LakeState

    /// What is past in one table.
    struct Finding {
        var table: TableID
        var report: RetentionReport.Table
        /// The columns of all its files.
        var columns: [ColumnDescription] = []
        /// Whether a row `t` goes; nil for a table that is left.
        var condition: String?
        /// The files with rows that go, and how many in each.
        var files: [(file: LakeFile, rows: Int64)] = []
    }

    func assess() async throws -> [Finding] {
        let holds = try await lake.ledger.holds()
        var findings: [Finding] = []
        for table in state.files.keys.sorted() where [.raw, .quarantine].contains(table.zone) {
            guard let files = state.files[table], !files.isEmpty else { continue }
            findings.append(try await assess(table, files, holds))
        }
        return findings
    }

    private func assess(_ table: TableID, _ files: [LakeFile], _ holds: [Hold]) async throws -> Finding {
        let settings = pipeline.retention
        let period = settings.period(of: table)
        let report = RetentionReport.Table(table: "\(table)", period: "\(period)", rows: 0, files: 0, reason: "")
        var finding = Finding(table: table, report: report)
        var held: String?
        switch try await holdings(table, files, holds) {
        case .nothing: break
        case .table(let reason):
            finding.report.reason = reason
            return finding
        case .rows(let condition): held = condition
        }
        let contract = pipeline.project.sourceTable(table.name)
        let sql = RetentionSQL(
            key: contract?.key ?? [],
            by: settings.dateColumn(of: table),
            cutoff: period.cutoff(from: pipeline.now())
        )
        let scan = try await scan(files, of: table)
        let columns = try await engine.columns(of: "SELECT * FROM \(scan)")
        finding.columns = columns
        var condition: String
        if table.zone == .quarantine {
            condition = sql.isPastInQuarantine
            finding.report.reason = "set aside more than \(period) ago"
        } else if sql.key.isEmpty, sql.by == nil {
            finding.report.reason = "left: without a key every row is current; name its date column in 'retention.by'"
            return finding
        } else {
            if let by = sql.by { try await requireDates(by, scan, table) }
            let keys = EngineSchema.build.table("\(table.name)__retention")
            if !sql.key.isEmpty {
                try await engine.execute("CREATE OR REPLACE TABLE \(keys.sql) AS \(sql.keys(of: scan))")
            }
            condition = sql.isPast(keys: keys)
            finding.report.reason =
                sql.by.map { "\($0) more than \(period) ago" }
                ?? "superseded or deleted, extracted more than \(period) ago"
        }
        if let held { condition = "(\(condition)) AND NOT (\(held))" }
        finding.condition = condition
        for file in files {
            try Task.checkCancellation()
            let rows = try await self.rows(of: file, in: table, among: columns)
            let past = try await engine.integers("SELECT count(*) FROM \(rows.scan) t WHERE \(condition)").first ?? 0
            if past > 0 { finding.files.append((file, past)) }
        }
        finding.report.rows = finding.files.reduce(0) { $0 + $1.rows }
        finding.report.files = finding.files.count
        if finding.files.isEmpty { finding.report.reason = "nothing is past its time" }
        return finding
    }

    /// The rows of one file with every column of the table, and the SELECT list of the file's own: one from before a column
    /// was added has it here, without a value.
    private func rows(
        of file: LakeFile,
        in table: TableID,
        among columns: [ColumnDescription]
    ) async throws -> (scan: String, own: String) {
        let scan = try await scan([file], of: table)
        let present = Set(try await engine.columns(of: "SELECT * FROM \(scan)").map(\.name))
        let absent = columns.filter { !present.contains($0.name) }
        guard !absent.isEmpty else { return (scan, "t.*") }
        let added = absent.map { "CAST(NULL AS \($0.type)) AS \(SQLText.identifier($0.name))" }
        return (
            "(SELECT *, \(added.joined(separator: ", ")) FROM \(scan))",
            "t.* EXCLUDE (\(absent.map { SQLText.identifier($0.name) }.joined(separator: ", ")))"
        )
    }

    private func scan(_ files: [LakeFile], of table: TableID) async throws -> String {
        try await engine.tableScan(
            files.map(\.data),
            formerly: pipeline.project.formerNames(of: table, pipeline.configuration)
        )
    }

    /// What of a table holds forbid to remove.
    private enum Holdings {
        case nothing
        /// All of it; says why.
        case table(String)
        /// The rows `t` that meet a condition.
        case rows(String)
    }

    private func holdings(_ table: TableID, _ files: [LakeFile], _ holds: [Hold]) async throws -> Holdings {
        if let hold = holds.first(where: { $0.scope == .table && $0.target == "\(table)" }) {
            return .table("left: legal hold \(hold.id) (\(hold.reason))")
        }
        let persons = holds.filter { $0.scope == .subject }
        guard let hold = persons.first, let summary = try await lake.ledger.table(table),
            summary.columns.contains(where: { $0.pii != .none })
        else { return .nothing }
        var conditions: [String] = []
        for person in persons {
            // Where it cannot be told which rows are theirs, none goes.
            guard let identity = try await identity(of: person),
                let place = try await SubjectSearch(
                    engine: engine,
                    project: pipeline.project,
                    tables: [(summary, files)]
                )
                .places.first
            else {
                return .table("left: a person is under legal hold \(hold.id), and the table may hold rows of theirs")
            }
            conditions.append(place.sql.isAbout(identity))
        }
        return .rows(conditions.joined(separator: " OR "))
    }

    /// All that the lake calls a held person by; nil when it knows nobody of that name, or more than one.
    private func identity(of hold: Hold) async throws -> SubjectIdentity? {
        var tables: [(summary: TableSummary, files: [LakeFile])] = []
        for summary in try await lake.ledger.tables() { tables.append((summary, state.files[summary.id] ?? [])) }
        let search = try await SubjectSearch(engine: engine, project: pipeline.project, tables: tables)
        do {
            let identity = try await search.resolve(hold.target)
            return identity.isEmpty ? nil : identity
        } catch let error as PipelineError where error.code == .ambiguousSubject {
            return nil
        }
    }

    private func requireDates(_ column: String, _ scan: String, _ table: TableID) async throws {
        let known = try await engine.columns(of: "SELECT * FROM \(scan)").map(\.name)
        guard known.contains(column) else {
            let near = NearestName.of(column, among: known).map { "; did you mean '\($0)'?" } ?? ""
            throw PipelineError(
                .badConfiguration,
                "'retention.by' names '\(column)', which is no column of \(table)\(near)",
                location: pipeline.configuration.file.path
            )
        }
        let name = SQLText.identifier(column)
        let counts = try await engine.integers(
            "SELECT count(\(name)), count(TRY_CAST(CAST(\(name) AS VARCHAR) AS TIMESTAMP)) FROM \(scan) t"
        )
        guard counts.first == 0 || counts.last ?? 0 > 0 else {
            throw PipelineError(
                .badConfiguration,
                "'retention.by' names '\(column)' of \(table), none of whose values is a date",
                location: pipeline.configuration.file.path
            )
        }
    }

    /// Writes the rows that stay of each file.
    func apply(
        _ finding: Finding,
        in run: RewriteRun
    ) async throws -> (RetentionReport.Table, TablePublication?) {
        guard let condition = finding.condition, !finding.files.isEmpty else { return (finding.report, nil) }
        var staged: [StagedFile] = []
        for (number, entry) in finding.files.enumerated() where entry.rows < entry.file.rows {
            try Task.checkCancellation()
            let rows = try await rows(of: entry.file, in: finding.table, among: finding.columns)
            let columns = try await engine.columns(of: "SELECT \(rows.own) FROM \(rows.scan) t")
            let order = try await run.order(of: finding.table, columns)
            let file = try await run.write(
                "SELECT \(rows.own) FROM \(rows.scan) t WHERE NOT coalesce(\(condition), false)\(order)",
                in: finding.table,
                like: entry.file,
                number: number
            )
            guard file.rows + entry.rows == entry.file.rows else {
                throw PipelineError(
                    .unbalanced,
                    "\(entry.file.rows) rows were to become \(entry.file.rows - entry.rows), and \(file.rows) were written; "
                        + "nothing was published",
                    location: "\(entry.file.path)"
                )
            }
            staged.append(file)
        }
        var report = finding.report
        report.bytes = finding.files.reduce(0) { $0 + $1.file.bytes } - staged.reduce(0) { $0 + $1.bytes }
        let removed = Set(finding.files.map(\.file.path))
        return (report, TablePublication(finding.table, mode: .rewrite(removing: removed, .retention), files: staged))
    }
}
