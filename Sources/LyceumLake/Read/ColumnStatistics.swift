// What a column of a data file holds.

/// What one column of one data file holds, as Parquet's own statistics have it.
///
/// There are none of columns that are personal data.
public struct ColumnStatistics: Sendable, Hashable, Codable {
    /// The column.
    public var column: String
    /// The smallest value as text; nil if unknown, or too long to keep.
    public var minimum: String?
    /// The greatest value as text.
    public var maximum: String?
    /// Rows without a value.
    public var nulls: Int64

    /// States what a column holds.
    public init(column: String, minimum: String?, maximum: String?, nulls: Int64) {
        self.column = column
        self.minimum = minimum
        self.maximum = maximum
        self.nulls = nulls
    }

    /// What two files, or two parts of one, hold together; values are compared as the column's type has them.
    public func merging(_ other: ColumnStatistics, type: String) -> ColumnStatistics {
        let isNumber = ["INT", "DECIMAL", "DOUBLE", "FLOAT", "REAL"].contains { type.uppercased().contains($0) }
        func isLess(_ left: String, _ right: String) -> Bool {
            guard isNumber else { return left < right }
            if let left = Int64(left), let right = Int64(right) { return left < right }
            return (Double(left) ?? 0) < (Double(right) ?? 0)
        }
        var merged = self
        merged.nulls += other.nulls
        // What one of them does not know, both together do not.
        merged.minimum = minimum.flatMap { mine in other.minimum.map { isLess($0, mine) ? $0 : mine } }
        merged.maximum = maximum.flatMap { mine in other.maximum.map { isLess(mine, $0) ? $0 : mine } }
        return merged
    }
}
