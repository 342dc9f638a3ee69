// What the ledger remembers of runs, tests and watermarks.

import Foundation
import LyceumCore

/// How a run stands.
public enum RunStatus: String, Sendable, Codable, CaseIterable {
    /// Still at work.
    case running
    /// Ended well; what it published is visible.
    case succeeded
    /// Ended with an error; it published nothing.
    case failed
    /// Stopped on request; it published nothing.
    case cancelled
    /// Its process ended without a word (kill -9, power failure); it published nothing.
    case abandoned
}

/// One run, as the ledger has it.
public struct RunRecord: Sendable, Hashable, Codable {
    /// The run.
    public var id: RunID
    /// How it stands.
    public var status: RunStatus
    /// When it began.
    public var startedAt: Date
    /// When it ended.
    public var finishedAt: Date?
    /// The process that ran it.
    public var pid: Int32
    /// The host it ran on.
    public var host: String
    /// What it was asked to do, as JSON text.
    public var options: String
    /// Why it failed.
    public var error: String?
    /// Records that it read from its sources.
    public var records: Int64
    /// How long it took.
    public var seconds: Double?
}

/// What became of one table in one run.
public struct TableReport: Sendable, Hashable, Codable {
    /// How a table came out of a run.
    public enum Status: String, Sendable, Codable, CaseIterable {
        /// Built anew or added to.
        case built
        /// Nothing had changed since the last build.
        case unchanged
        /// Not asked for, or an input failed.
        case skipped
        /// Its build or one of its tests failed.
        case failed
    }

    /// The table.
    public var table: TableID
    /// How it came out.
    public var status: Status
    /// The balance of its rows.
    public var counts: RowCounts
    /// How long it took.
    public var seconds: Double
    /// The fingerprint of the definition that built it.
    public var fingerprint: String?
    /// Why it was skipped or failed, for people.
    public var message: String?

    /// Describes what became of a table.
    public init(
        _ table: TableID,
        status: Status,
        counts: RowCounts = RowCounts(),
        seconds: Double = 0,
        fingerprint: String? = nil,
        message: String? = nil
    ) {
        self.table = table
        self.status = status
        self.counts = counts
        self.seconds = seconds
        self.fingerprint = fingerprint
        self.message = message
    }
}

/// The result of one data test in one run.
public struct TestResult: Sendable, Hashable, Codable {
    /// What a failing test does to the run.
    public enum Severity: String, Sendable, Codable {
        /// It is counted; the rows stay.
        case warn
        /// The rows go to quarantine, or the run fails.
        case error
    }

    /// How a test came out.
    public enum Status: String, Sendable, Codable {
        /// No row failed.
        case passed
        /// Rows failed a test of severity `warn`.
        case warned
        /// Rows failed a test of severity `error`.
        case failed
    }

    /// The table tested.
    public var table: TableID
    /// The test's name, such as `not_null:email`.
    public var name: String
    /// What a failure does.
    public var severity: Severity
    /// How it came out.
    public var status: Status
    /// Rows that failed.
    public var failures: Int64
    /// What to know about the failures; never a student's data.
    public var message: String?

    /// Describes the result of one test.
    public init(
        table: TableID,
        name: String,
        severity: Severity,
        status: Status,
        failures: Int64 = 0,
        message: String? = nil
    ) {
        self.table = table
        self.name = name
        self.severity = severity
        self.status = status
        self.failures = failures
        self.message = message
    }
}

/// One run with all that the ledger knows of it.
public struct RunDetail: Sendable {
    /// The run.
    public var run: RunRecord
    /// What became of its tables.
    public var tables: [TableReport]
    /// Its data tests.
    public var tests: [TestResult]
    /// How the sources differed from their tables' contracts.
    public var drift: [DriftRecord]
    /// What each table it built was built from.
    public var inputs: [TableID: [LineageInput]]
}

/// How far a source's table has been read.
public struct WatermarkRecord: Sendable, Hashable, Codable {
    /// The configured source.
    public var source: String
    /// The raw table.
    public var table: String
    /// The column that the watermark is a value of; nil for sources read whole.
    public var column: String?
    /// The highest value read, as text; nil for sources read whole.
    public var value: String?
    /// What the source looked like (such as file hashes), to tell that nothing changed.
    public var fingerprint: String?
    /// When the watermark moved; set by the publication.
    public var updatedAt: Date?
    /// The run that moved it; set by the publication.
    public var run: RunID?

    /// Describes a watermark to be published.
    public init(source: String, table: String, column: String?, value: String?, fingerprint: String? = nil) {
        self.source = source
        self.table = table
        self.column = column
        self.value = value
        self.fingerprint = fingerprint
    }
}

/// The last build of a table: what it was made of, to tell whether it needs building again.
public struct Build: Sendable, Hashable {
    /// The table.
    public var table: TableID
    /// The fingerprint of the definition that built it.
    public var fingerprint: String?
    /// The run that built it.
    public var run: RunID
    /// When it was built.
    public var builtAt: Date
    /// What it was built from.
    public var inputs: [LineageInput]
    /// The table's current snapshot.
    public var snapshot: Int64?
}
