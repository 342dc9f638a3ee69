// The run history as the lake's ledger has it.

import Foundation
import LyceumCore
import LyceumLake

/// Reads runs from a ledger, which is opened when it is first asked and may come into being later.
public actor LedgerRunHistory: RunHistory {
    private let location: LedgerLocation
    private var ledger: Ledger?

    /// Names the ledger.
    public init(ledger location: LedgerLocation) {
        self.location = location
    }

    /// The latest runs, newest first.
    public func recentRuns(limit: Int) async throws -> [String] {
        guard let ledger = try await opened() else { return [] }
        return try await ledger.runs(limit: limit).map { Self.members(of: $0).text }
    }

    /// One run with its tables and data tests.
    public func run(_ id: RunID) async throws -> String? {
        guard let ledger = try await opened() else { return nil }
        let detail: RunDetail
        do {
            detail = try await ledger.run(id)
        } catch let error as LakeError where error.code == .unknownRun {
            return nil
        }
        var body = Self.members(of: detail.run)
        body.add("tables", raw: Self.list(detail.tables.map(Self.object)))
        body.add("tests", raw: Self.list(detail.tests.map(Self.object)))
        return body.text
    }

    /// A server may start before the first run: no ledger is no runs yet, and serving must not make one.
    private func opened() async throws -> Ledger? {
        if let ledger { return ledger }
        if case .file(let url) = location, !FileManager.default.fileExists(atPath: url.path) { return nil }
        let opened = try await Ledger.open(location)
        ledger = opened
        return opened
    }

    /// What is told of a run: not the machine, the process or the options, which are the operator's.
    private static func members(of run: RunRecord) -> JSONObjectText {
        var body = JSONObjectText()
        body.add("run_id", run.id.text)
        body.add("status", run.status.rawValue)
        body.add("started_at", Timestamp.iso(run.startedAt, fractional: true))
        if let finished = run.finishedAt { body.add("finished_at", Timestamp.iso(finished, fractional: true)) }
        if let seconds = run.seconds { body.add("seconds", raw: number(seconds)) }
        body.add("records", Int(run.records))
        if let error = run.error { body.add("error", error) }
        return body
    }

    private static func object(_ report: TableReport) -> String {
        var body = JSONObjectText()
        body.add("table", report.table.name)
        body.add("zone", report.table.zone.rawValue)
        body.add("status", report.status.rawValue)
        body.add("in", Int(report.counts.rowsIn))
        body.add("out", Int(report.counts.rowsOut))
        body.add("quarantined", Int(report.counts.quarantined))
        body.add("deduplicated", Int(report.counts.deduplicated))
        body.add("seconds", raw: number(report.seconds))
        if let message = report.message { body.add("message", message) }
        return body.text
    }

    private static func object(_ result: TestResult) -> String {
        var body = JSONObjectText()
        body.add("table", result.table.description)
        body.add("name", result.name)
        body.add("severity", result.severity.rawValue)
        body.add("status", result.status.rawValue)
        body.add("failures", Int(result.failures))
        if let message = result.message { body.add("message", message) }
        return body.text
    }

    private static func list(_ objects: [String]) -> String {
        "[" + objects.joined(separator: ",") + "]"
    }

    private static func number(_ value: Double) -> String {
        value.isFinite ? String((value * 1000).rounded() / 1000) : "0"
    }
}
