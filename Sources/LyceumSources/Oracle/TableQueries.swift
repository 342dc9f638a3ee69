// The queries that read one table: values in, SQL text out.

import Arrow
import LyceumCore

/// Writes the queries for one table whose columns are known.
struct TableQueries: Sendable {
    let dialect: SQLDialect
    /// The table as it is written after FROM.
    let table: String
    /// The table's columns, under their exact names.
    let fields: [Field]
    /// The column that ranges are made of: the key's first, if there is one.
    let rangeColumn: Field?
    /// The watermark's column.
    let watermarkColumn: Field?
    /// A condition of the configuration.
    let filter: String?
    /// Only rows at or after this literal (or without a value).
    var since: String?

    /// The query that tells a table's columns.
    static func probe(_ table: String) -> String { "SELECT * FROM \(table) WHERE 1 = 0" }

    /// How many rows there are, and the greatest watermark that is not in the future.
    func count() -> String {
        var maximum = "NULL"
        if let field = watermarkColumn {
            let column = dialect.column(field.name)
            let value =
                dialect.tomorrow(for: field.type).map { "CASE WHEN \(column) <= \($0) THEN \(column) END" } ?? column
            maximum = dialect.isOpaque(field) ? dialect.asText("MAX(\(value))") : "MAX(\(value))"
        }
        return "SELECT COUNT(*) AS \(SQLText.identifier("n")), \(maximum) AS \(SQLText.identifier("m")) FROM \(table)"
            + whereClause([sinceCondition])
    }

    /// The least key of each of `parts` parts with about equally many rows.
    ///
    /// - Parameter sample: what follows the table's name, to look at some of its blocks only.
    func boundaries(parts: Int, sample: String = "") -> String? {
        guard let rangeColumn else { return nil }
        let column = dialect.column(rangeColumn.name)
        let from = sample.isEmpty ? table : "\(table) \(sample)"
        let ranked =
            "SELECT \(column) AS k, NTILE(\(parts)) OVER (ORDER BY \(column)) AS b FROM \(from)"
            + whereClause(["\(column) IS NOT NULL", sinceCondition])
        let least = dialect.isOpaque(rangeColumn) ? dialect.asText("MIN(k)") : "MIN(k)"
        return "SELECT \(least) AS k FROM (\(ranked)) q GROUP BY b ORDER BY b"
    }

    /// The rows of one range.
    func rows(in range: KeyRange, view: ConsistentView) -> String {
        "SELECT \(fields.map(dialect.selected).joined(separator: ", ")) FROM \(table)\(view.tableSuffix)"
            + whereClause([condition(of: range), sinceCondition])
    }

    private var sinceCondition: String? {
        guard let since, let field = watermarkColumn else { return nil }
        let column = dialect.column(field.name)
        // A row without a value would otherwise never be read again.
        return "(\(column) >= \(since) OR \(column) IS NULL)"
    }

    private func condition(of range: KeyRange) -> String? {
        guard let rangeColumn, range != KeyRange() else { return nil }
        let column = dialect.column(rangeColumn.name)
        func literal(_ value: String) -> String {
            dialect.keyLiteral(value, for: rangeColumn.type, isOpaque: dialect.isOpaque(rangeColumn))
        }
        var parts: [String] = []
        if let from = range.from { parts.append("\(column) >= \(literal(from))") }
        if let to = range.to { parts.append("\(column) < \(literal(to))") }
        let condition = parts.joined(separator: " AND ")
        return range.from == nil ? "(\(condition) OR \(column) IS NULL)" : condition
    }

    private func whereClause(_ conditions: [String?]) -> String {
        let all = (conditions + [filter.map { "(\($0))" }]).compactMap { $0 }
        return all.isEmpty ? "" : " WHERE " + all.joined(separator: " AND ")
    }
}

/// A part of a table: keys from one value up to, not including, another. The first part also has the rows without a key.
struct KeyRange: Sendable, Hashable {
    /// The least key, or nil for the first range.
    var from: String?
    /// The least key of the next range, or nil for the last.
    var to: String?

    /// Ranges that cover every row exactly once, whatever order the boundaries came in.
    ///
    /// - Parameter boundaries: the least keys of the parts, in order; the first is dropped, for the first range is open.
    static func covering(_ boundaries: [String]) -> [KeyRange] {
        var seen: Set<String> = []
        let inner = boundaries.dropFirst().filter { seen.insert($0).inserted && $0 != boundaries.first }
        guard !inner.isEmpty else { return [KeyRange()] }
        var ranges = [KeyRange(from: nil, to: inner.first)]
        for (from, to) in zip(inner, inner.dropFirst()) { ranges.append(KeyRange(from: from, to: to)) }
        ranges.append(KeyRange(from: inner.last, to: nil))
        return ranges
    }
}
