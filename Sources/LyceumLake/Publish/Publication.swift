// What a run hands over to be published: all of it at once, or nothing.

import Foundation
import LyceumCore

/// One file that a run has written below its staging folder.
public struct StagedFile: Sendable, Hashable {
    /// Where the file will stand, relative to the lake; below the staging folder it stands there already.
    public var path: FilePath
    /// Rows in the file.
    public var rows: Int64
    /// Size in bytes, as written.
    public var bytes: Int64
    /// What its columns hold, as far as it is known; kept only of columns that are not personal.
    public var statistics: [ColumnStatistics] = []
    /// The name of the data key that it is encrypted with; nil for a plain file.
    public var key: String?

    /// Describes a staged file.
    public init(path: FilePath, rows: Int64, bytes: Int64, key: String? = nil) {
        self.path = path
        self.rows = rows
        self.bytes = bytes
        self.key = key
    }
}

/// How a publication changes a table's list of files.
public enum PublishMode: Sendable, Hashable {
    /// The new files are the whole table; those before them go to history.
    case replace
    /// The new files join those before them.
    case append
    /// The new files stand for these current ones, which go to history; all others stay.
    ///
    /// Refused with code `conflict` when one of them is no longer current. Nothing of the table's description or build
    /// changes.
    case rewrite(removing: Set<FilePath>, Rewrite)
}

/// Why files of a table are written anew.
public enum Rewrite: String, Sendable, Hashable, Codable {
    /// The same rows in fewer files; tables built from this one stay up to date.
    case compaction
    /// The rows that retention leaves; refused with code `held` while a hold is on the table.
    case retention
}

/// One input of a table's build, and which version of it was read.
public struct LineageInput: Sendable, Hashable, Codable {
    /// The input's name: a table (`clean.students`), or anything else that the caller versions (`seed.skill_phrases`).
    public var name: String
    /// The version read: a snapshot id for a table, a hash for anything else.
    ///
    /// Left nil for a table, the publication fills in the snapshot that is current once it is committed: right for
    /// inputs that the same publication brings, and for all others while only one run is active.
    public var version: String?

    /// Names an input and its version.
    public init(_ name: String, version: String? = nil) {
        self.name = name
        self.version = version
    }

    /// Names a table as input, at the version current when the publication is committed.
    public init(_ table: TableID) {
        self.init(table.description)
    }
}

/// One table's share of a publication.
public struct TablePublication: Sendable {
    /// The table.
    public var table: TableID
    /// Whether the files replace the table or join it.
    public var mode: PublishMode
    /// The new files.
    public var files: [StagedFile]
    /// One sentence for the data dictionary.
    public var description: String
    /// The business key's columns.
    public var key: [String]
    /// The table's columns; empty leaves those of the last publication.
    public var columns: [ColumnDescription]
    /// The fingerprint of the definition that built the table.
    public var fingerprint: String?
    /// What the table was built from.
    public var inputs: [LineageInput]
    /// The snapshot of this table that the new files were computed from: if another one is current by now,
    /// nothing is published (code `conflict`). Nil asks for no such check.
    public var basedOn: Int64?

    /// Describes one table's share.
    public init(
        _ table: TableID,
        mode: PublishMode,
        files: [StagedFile],
        description: String = "",
        key: [String] = [],
        columns: [ColumnDescription] = [],
        fingerprint: String? = nil,
        inputs: [LineageInput] = [],
        basedOn: Int64? = nil
    ) {
        self.table = table
        self.mode = mode
        self.files = files
        self.description = description
        self.key = key
        self.columns = columns
        self.fingerprint = fingerprint
        self.inputs = inputs
        self.basedOn = basedOn
    }
}

/// Everything that a run publishes, in one transaction.
public struct Publication: Sendable {
    /// The tables that change, each once.
    public var tables: [TablePublication]
    /// The watermarks that move with them.
    public var watermarks: [WatermarkRecord]
    /// Counts and outcome of every table that the run looked at, changed or not.
    public var reports: [TableReport]
    /// Results of the data tests.
    public var tests: [TestResult]
    /// How the sources differ from their tables' contracts.
    public var drift: [DriftRecord]
    /// Records that the run read from its sources.
    public var records: Int64

    /// Describes a publication.
    public init(
        tables: [TablePublication] = [],
        watermarks: [WatermarkRecord] = [],
        reports: [TableReport] = [],
        tests: [TestResult] = [],
        drift: [DriftRecord] = [],
        records: Int64 = 0
    ) {
        self.tables = tables
        self.watermarks = watermarks
        self.reports = reports
        self.tests = tests
        self.drift = drift
        self.records = records
    }
}

/// What a publication came to.
public struct PublicationReceipt: Sendable {
    /// The run that published.
    public var run: RunID
    /// The new snapshot of each table that changed.
    public var snapshots: [TableID: Int64]
    /// Seconds from the start of the publication to its end.
    public var seconds: Double
    /// Set when the publication is committed and some of its files could not be moved into place yet;
    /// the next to open the lake finishes the work.
    public var pending: LakeError?
}
