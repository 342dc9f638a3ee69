// One table that a source can deliver, and how it can be read.

/// One table that a source can deliver.
public struct Dataset: Sendable, Hashable {
    /// How a dataset is read on the next run.
    public enum Mode: Sendable, Hashable {
        /// Only rows whose column is at or after the last watermark (less a lag).
        case watermark(String)
        /// Everything, every time; the source cannot say what changed.
        case snapshot
    }

    /// The raw table, such as `oracle_students`.
    public var table: String
    /// The columns that identify a row; empty when nothing does.
    public var key: [String]
    /// The columns that the models expect. A source may deliver more of them, which is reported as drift.
    public var columns: [String]
    /// How it is read.
    public var mode: Mode

    /// Describes one table.
    public init(table: String, key: [String], columns: [String], mode: Mode) {
        self.table = table
        self.key = key
        self.columns = columns
        self.mode = mode
    }

    /// The column whose maximum is the next watermark, or nil for a snapshot.
    public var watermarkColumn: String? {
        if case .watermark(let column) = mode { column } else { nil }
    }
}

/// How far a dataset has been read: the greatest value seen of a column that only grows.
public struct Watermark: Sendable, Hashable, Codable {
    /// The column.
    public var column: String
    /// Its value: ISO 8601 in UTC (with microseconds where the source has them), or a number as text.
    public var value: String

    /// Names a position in a column.
    public init(column: String, value: String) {
        self.column = column
        self.value = value
    }
}
