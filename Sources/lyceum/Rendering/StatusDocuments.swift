// The ledger's records as `lyceum status --json` prints them.

import Foundation
import LyceumCore
import LyceumLake

/// The latest runs and how fresh each source's tables are.
struct StatusDocument: Encodable {
    let runs: [RunDocument]
    let freshness: [FreshnessDocument]
    /// Schema drift in the latest run that has ended.
    let drift: [DriftRecord]

    init(runs: [RunRecord], watermarks: [WatermarkRecord], drift: [DriftRecord]) {
        self.drift = drift
        self.runs = runs.map(RunDocument.init)
        freshness = watermarks.map(FreshnessDocument.init)
    }
}

/// One run.
struct RunDocument: Encodable {
    let run: RunRecord

    init(_ run: RunRecord) { self.run = run }

    private enum Key: String, CodingKey {
        case runID = "run_id"
        case status, seconds, records, error, options
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(run.id, forKey: .runID)
        try container.encode(run.status, forKey: .status)
        try container.encode(Timestamp.iso(run.startedAt), forKey: .startedAt)
        try container.encodeIfPresent(run.finishedAt.map { Timestamp.iso($0) }, forKey: .finishedAt)
        try container.encodeIfPresent(run.seconds.map { ($0 * 1000).rounded() / 1000 }, forKey: .seconds)
        try container.encode(run.records, forKey: .records)
        try container.encodeIfPresent(run.error, forKey: .error)
        let options = try? JSONDecoder().decode([String: String].self, from: Data(run.options.utf8))
        try container.encode(options ?? [:], forKey: .options)
    }
}

/// How far one table of a source has been read.
struct FreshnessDocument: Encodable {
    let source: String
    let table: String
    let column: String?
    let value: String?
    let updatedAt: String?
    let run: RunID?

    init(_ record: WatermarkRecord) {
        source = record.source
        table = record.table
        column = record.column
        value = record.value
        updatedAt = record.updatedAt.map { Timestamp.iso($0) }
        run = record.run
    }

    enum CodingKeys: String, CodingKey {
        case source, table, column, value
        case updatedAt = "updated_at"
        case run = "run_id"
    }
}

/// One run with its tables and tests.
struct RunDetailDocument: Encodable {
    let run: RunDocument
    let tables: [TableDocument]
    let tests: [TestDocument]
    let drift: [DriftRecord]

    init(_ detail: RunDetail) {
        run = RunDocument(detail.run)
        tables = detail.tables.map(TableDocument.init)
        tests = detail.tests.map(TestDocument.init)
        drift = detail.drift
    }

    /// What became of one table.
    struct TableDocument: Encodable {
        let report: TableReport

        init(_ report: TableReport) { self.report = report }

        private enum Key: String, CodingKey { case table, zone, status, seconds, message }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(report.table.name, forKey: .table)
            try container.encode(report.table.zone, forKey: .zone)
            try container.encode(report.status, forKey: .status)
            try container.encode((report.seconds * 1000).rounded() / 1000, forKey: .seconds)
            try container.encodeIfPresent(report.message, forKey: .message)
            try report.counts.encode(to: encoder)
        }
    }

    /// One data test.
    struct TestDocument: Encodable {
        let table: String
        let name: String
        let severity: TestResult.Severity
        let status: TestResult.Status
        let failures: Int64
        let message: String?

        init(_ test: TestResult) {
            table = "\(test.table)"
            name = test.name
            severity = test.severity
            status = test.status
            failures = test.failures
            message = test.message
        }
    }
}
