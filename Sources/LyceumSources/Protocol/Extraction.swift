// What is asked of a source for one dataset, and what it answers when it is done.

import LyceumCore

/// A request to read one dataset.
public struct ExtractRequest: Sendable {
    /// What to read.
    public var dataset: Dataset
    /// Where the last published extraction ended; nil reads everything.
    public var since: Watermark?
    /// What the last published extraction returned as its fingerprint.
    public var fingerprint: String?
    /// Whether to ignore `since` and `fingerprint` and read everything.
    public var fullRefresh: Bool
    /// The run that asks, for logs.
    public var runID: RunID
    /// Where rows can be read other than on this machine; nil for nowhere.
    public var cluster: (any ClusterReader)?
    /// Called with the number of rows delivered since the last call; from any task.
    public var onProgress: @Sendable (_ rows: Int64) -> Void

    /// Asks for one dataset.
    public init(
        dataset: Dataset,
        since: Watermark? = nil,
        fingerprint: String? = nil,
        fullRefresh: Bool = false,
        runID: RunID = RunID(),
        cluster: (any ClusterReader)? = nil,
        onProgress: @escaping @Sendable (_ rows: Int64) -> Void = { _ in }
    ) {
        self.dataset = dataset
        self.since = since
        self.fingerprint = fingerprint
        self.fullRefresh = fullRefresh
        self.runID = runID
        self.cluster = cluster
        self.onProgress = onProgress
    }
}

/// The outcome of reading one dataset.
public struct Extraction: Sendable, Hashable {
    /// Rows handed to the sink, without rejected ones. May count a row twice where a retry delivered it twice.
    public var rows: Int64
    /// Rows handed to the sink's `reject`.
    public var rejected: Int64
    /// Where to start next time; nil for a snapshot, and when the source has no row with a value.
    public var watermark: Watermark?
    /// Whether the whole table was read: a key that did not come is a key that the source no longer has.
    public var isComplete: Bool
    /// Whether all keys were handed to the sink's `writeKeys`: then what is gone is known without a complete read.
    public var hasAllKeys: Bool
    /// Sentences for the run's report, such as which consistent view was used.
    public var notes: [String]
    /// Differences from the expected columns and types.
    public var drift: [SchemaDrift]
    /// What to hand back next time, such as the hashes of the files read.
    public var fingerprint: String?
    /// Whether nothing changed since `fingerprint`: nothing was delivered, and what is there still stands.
    public var unchanged: Bool

    /// States an outcome.
    public init(
        rows: Int64 = 0,
        rejected: Int64 = 0,
        watermark: Watermark? = nil,
        isComplete: Bool = false,
        hasAllKeys: Bool = false,
        notes: [String] = [],
        drift: [SchemaDrift] = [],
        fingerprint: String? = nil,
        unchanged: Bool = false
    ) {
        self.rows = rows
        self.rejected = rejected
        self.watermark = watermark
        self.isComplete = isComplete
        self.hasAllKeys = hasAllKeys
        self.notes = notes
        self.drift = drift
        self.fingerprint = fingerprint
        self.unchanged = unchanged
    }
}

/// A column that is not as it was expected.
public struct SchemaDrift: Sendable, Hashable, Codable, CustomStringConvertible {
    /// What happened to the column.
    public enum Kind: String, Sendable, Codable {
        /// The source has a column that was not expected; it is delivered too.
        case added
        /// The source lacks an expected column; it is delivered as NULL or not at all.
        case missing
        /// The column holds another type than expected; it is delivered as it is.
        case retyped
    }

    /// The raw table.
    public var table: String
    /// The column.
    public var column: String
    /// What happened to it.
    public var kind: Kind
    /// From what to what, in words; empty if there is nothing to add.
    public var detail: String

    /// Notes a difference.
    public init(table: String, column: String, kind: Kind, detail: String = "") {
        self.table = table
        self.column = column
        self.kind = kind
        self.detail = detail
    }

    /// `oracle_students.gpa: retyped, double instead of decimal(4, 2)`.
    public var description: String {
        "\(table).\(column): \(kind.rawValue)" + (detail.isEmpty ? "" : ", \(detail)")
    }
}

/// One step of `check()`.
public struct SourceFinding: Sendable, Hashable {
    /// Whether the step succeeded.
    public var ok: Bool
    /// What was tried and what came of it.
    public var what: String
    /// What to do about it; nil when there is nothing to do.
    public var howToMend: String?

    /// States what came of one step.
    public init(ok: Bool, what: String, howToMend: String? = nil) {
        self.ok = ok
        self.what = what
        self.howToMend = howToMend
    }
}
