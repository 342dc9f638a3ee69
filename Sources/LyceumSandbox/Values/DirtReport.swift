// The faults of a campus, counted.

/// One kind of fault in one table, and how many rows have it.
public struct DirtCount: Sendable, Hashable, Codable {
    /// The raw table, as the pipeline names it: `oracle_students`.
    public let table: String
    /// The kind: `exact_duplicates`.
    public let kind: String
    /// What it is, in words; says so where the real data has it already.
    public let meaning: String
    /// How many rows have it.
    public let rows: Int64
}

/// The faults that a campus's sources have, by table and kind, counted in the finished tables.
public struct DirtReport: Sendable, Hashable, Codable {
    /// The counts, in the order in which the faults are made.
    public let counts: [DirtCount]

    /// How many rows of a table have a kind of fault; nil if there is no such kind.
    public func rows(_ table: String, _ kind: String) -> Int64? {
        counts.first { $0.table == table && $0.kind == kind }?.rows
    }

    /// All faults of all tables. A row with two faults counts twice.
    public var total: Int64 { counts.reduce(0) { $0 + $1.rows } }
}
