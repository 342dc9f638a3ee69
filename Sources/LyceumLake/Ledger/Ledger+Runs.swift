// Runs: how they begin, how they end, and what is remembered of them.

import Foundation
import LyceumCore

extension Ledger {
    /// The last of all runs by id, and when the last of them by time began; nil before the first.
    func latestRun() async throws -> (id: RunID, startedAt: Date)? {
        try await read("find the last run") { db in
            let sql = "SELECT id, (SELECT max(started_at) FROM runs) AS started_at FROM runs ORDER BY id DESC LIMIT 1"
            guard let row = try Row.fetchOne(db, sql: sql) else { return nil }
            return (try row.runID("id"), try row.date("started_at"))
        }
    }

    /// Notes that a run begins.
    func begin(run: RunID, at startedAt: Date, holder: RunHolder, options: String) async throws {
        try await write("note the run's start") { db in
            if try Bool.fetchOne(db, sql: "SELECT 1 FROM runs WHERE id = ?", arguments: [run.text]) != nil {
                throw LakeError(.conflict, "Run \(run) has been started before. Use a fresh run id.")
            }
            try db.execute(
                sql: "INSERT INTO runs (id, status, started_at, pid, host, options) VALUES (?, 'running', ?, ?, ?, ?)",
                arguments: [run.text, LedgerText.time(startedAt), holder.pid, holder.host, options]
            )
        }
    }

    /// Notes that a run ended without publishing.
    func finish(
        run: RunID,
        status: RunStatus,
        error: String?,
        records: Int64,
        reports: [TableReport],
        tests: [TestResult],
        drift: [DriftRecord] = []
    ) async throws {
        let time = now()
        try await write("note the run's end") { db in
            try Self.end(db, run: run, status: status, error: error, records: records, at: time)
            try Self.insert(db, run: run, reports: reports, tests: tests)
            try Self.insert(db, run: run, drift: drift)
        }
    }

    /// Marks every run that is noted as running as abandoned, but for one. Call only under the run lock.
    func abandonRuns(except run: RunID?) async throws -> [RunID] {
        let time = LedgerText.time(now())
        return try await write("mark dead runs") { db in
            let dead = try Row.fetchAll(
                db,
                sql: "SELECT id FROM runs WHERE status = 'running' AND id IS DISTINCT FROM ?",
                arguments: [run?.text]
            ).map { try $0.runID("id") }
            for id in dead {
                try db.execute(
                    sql: """
                        UPDATE runs SET status = 'abandoned', finished_at = ?,
                            error = 'its process ended before the run did' WHERE id = ?
                        """,
                    arguments: [time, id.text]
                )
            }
            return dead
        }
    }

    /// Those of some names that are runs of this ledger.
    func known(runs names: [String]) async throws -> Set<String> {
        try await read("look for runs") { db in
            var known: Set<String> = []
            for name in names {
                let row = try String.fetchOne(db, sql: "SELECT id FROM runs WHERE id = ?", arguments: [name])
                if let row { known.insert(row) }
            }
            return known
        }
    }

    /// Ends a run's row; throws if it is not at work.
    static func end(
        _ db: Database,
        run: RunID,
        status: RunStatus,
        error: String?,
        records: Int64,
        at time: Date
    ) throws {
        let seconds = max(0, time.timeIntervalSince(try startOfRunning(db, run)))
        try db.execute(
            sql: "UPDATE runs SET status = ?, finished_at = ?, error = ?, records = ?, seconds = ? WHERE id = ?",
            arguments: [status.rawValue, LedgerText.time(time), error, records, seconds, run.text]
        )
    }

    /// Refuses a run that has ended.
    func requireRunning(_ run: RunID) async throws {
        try await read("read run \(run)") { db in _ = try Self.startOfRunning(db, run) }
    }

    private static func startOfRunning(_ db: Database, _ run: RunID) throws -> Date {
        let row = try Row.fetchOne(
            db,
            sql: "SELECT status, started_at FROM runs WHERE id = ?",
            arguments: [run.text]
        )
        guard let row else { throw LakeError(.unknownRun, "The ledger has no run \(run).") }
        let status = try row.value("status", as: RunStatus.self)
        guard status == .running else {
            throw LakeError(.runOver, "Run \(run) has ended already (\(status.rawValue)).")
        }
        return try row.date("started_at")
    }

    static func insert(_ db: Database, run: RunID, reports: [TableReport], tests: [TestResult]) throws {
        for report in reports {
            try report.table.validate()
            try db.execute(
                sql: """
                    INSERT INTO table_runs
                        (run_id, table_id, zone, status, rows_in, rows_out, quarantined, deduplicated, seconds,
                         fingerprint, message)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (run_id, table_id) DO UPDATE SET
                        zone = excluded.zone, status = excluded.status, rows_in = excluded.rows_in,
                        rows_out = excluded.rows_out, quarantined = excluded.quarantined,
                        deduplicated = excluded.deduplicated, seconds = excluded.seconds,
                        fingerprint = excluded.fingerprint, message = excluded.message
                    """,
                arguments: [
                    run.text, report.table.description, report.table.zone.rawValue, report.status.rawValue,
                    report.counts.rowsIn, report.counts.rowsOut, report.counts.quarantined,
                    report.counts.deduplicated, report.seconds, report.fingerprint, report.message,
                ]
            )
        }
        for test in tests {
            try test.table.validate()
            try db.execute(
                sql: """
                    INSERT INTO tests (run_id, table_id, name, severity, status, failures, message)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    run.text, test.table.description, test.name, test.severity.rawValue, test.status.rawValue,
                    test.failures, test.message,
                ]
            )
        }
    }

    /// The latest runs, newest first.
    public func runs(limit: Int = 20) async throws -> [RunRecord] {
        try await read("list the runs") { db in
            try Row.fetchAll(db, sql: "SELECT * FROM runs ORDER BY number DESC LIMIT ?", arguments: [limit])
                .map(Self.runRecord)
        }
    }

    /// The latest run, or the latest with a given status.
    public func lastRun(_ status: RunStatus? = nil) async throws -> RunRecord? {
        try await read("find the last run") { db in
            try Row.fetchOne(
                db,
                sql: "SELECT * FROM runs WHERE ?1 IS NULL OR status = ?1 ORDER BY number DESC LIMIT 1",
                arguments: [status?.rawValue]
            ).map(Self.runRecord)
        }
    }

    /// One run with its tables, tests and lineage.
    ///
    /// - Throws: ``LakeError`` with code `unknown_run`.
    public func run(_ id: RunID) async throws -> RunDetail {
        try await read("read run \(id)") { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM runs WHERE id = ?", arguments: [id.text]) else {
                throw LakeError(.unknownRun, "The ledger has no run \(id). 'lyceum status' lists the runs it has.")
            }
            let tables = try Row.fetchAll(db, sql: "SELECT * FROM table_runs WHERE run_id = ?", arguments: [id.text])
                .map(Self.tableReport)
            let tests = try Row.fetchAll(
                db,
                sql: "SELECT * FROM tests WHERE run_id = ? ORDER BY id",
                arguments: [id.text]
            ).map { row in
                TestResult(
                    table: try row.tableID("table_id"),
                    name: try row.text("name"),
                    severity: try row.value("severity", as: TestResult.Severity.self),
                    status: try row.value("status", as: TestResult.Status.self),
                    failures: try row.integer("failures"),
                    message: row["message"]
                )
            }
            let inputs = try Self.lineage(db, sql: "SELECT * FROM lineage WHERE run_id = ?", arguments: [id.text])
            return RunDetail(
                run: try Self.runRecord(row),
                tables: tables.sorted { $0.table < $1.table },
                tests: tests,
                drift: try Self.drift(db, run: id),
                inputs: inputs
            )
        }
    }

    private static func runRecord(_ row: Row) throws -> RunRecord {
        RunRecord(
            id: try row.runID("id"),
            status: try row.value("status", as: RunStatus.self),
            startedAt: try row.date("started_at"),
            finishedAt: try row.dateIfPresent("finished_at"),
            pid: Int32(truncatingIfNeeded: try row.integer("pid")),
            host: try row.text("host"),
            options: try row.text("options"),
            error: row["error"],
            records: try row.integer("records"),
            seconds: row["seconds"]
        )
    }

    private static func tableReport(_ row: Row) throws -> TableReport {
        TableReport(
            try row.tableID("table_id"),
            status: try row.value("status", as: TableReport.Status.self),
            counts: RowCounts(
                rowsIn: try row.integer("rows_in"),
                rowsOut: try row.integer("rows_out"),
                quarantined: try row.integer("quarantined"),
                deduplicated: try row.integer("deduplicated")
            ),
            seconds: row["seconds"] ?? 0,
            fingerprint: row["fingerprint"],
            message: row["message"]
        )
    }
}
