// The balance that every run must show: nothing is dropped silently.

/// How many rows went into a table's build and where each of them went.
public struct RowCounts: Sendable, Hashable, Codable {
    /// Rows read.
    public var rowsIn: Int64
    /// Rows written to the table.
    public var rowsOut: Int64
    /// Rows set aside in quarantine because they broke a rule of severity `error`.
    public var quarantined: Int64
    /// Rows superseded by a later version (or a deletion) of the same business key.
    public var deduplicated: Int64

    /// Counts of one table's build.
    public init(rowsIn: Int64 = 0, rowsOut: Int64 = 0, quarantined: Int64 = 0, deduplicated: Int64 = 0) {
        self.rowsIn = rowsIn
        self.rowsOut = rowsOut
        self.quarantined = quarantined
        self.deduplicated = deduplicated
    }

    /// Whether `in = out + quarantined + de-duplicated`.
    public var isBalanced: Bool { rowsIn == rowsOut + quarantined + deduplicated }

    /// Adds another build's counts.
    public static func += (left: inout RowCounts, right: RowCounts) {
        left.rowsIn += right.rowsIn
        left.rowsOut += right.rowsOut
        left.quarantined += right.quarantined
        left.deduplicated += right.deduplicated
    }

    enum CodingKeys: String, CodingKey {
        case rowsIn = "in"
        case rowsOut = "out"
        case quarantined
        case deduplicated
    }
}
