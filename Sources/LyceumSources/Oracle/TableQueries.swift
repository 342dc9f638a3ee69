// The queries that read one table: values in, SQL text out.

import ADBC
import Arrow
import LyceumCore

/// Writes the queries for one table whose columns are known.
struct TableQueries: Sendable {
    let dialect: SQLDialect
    /// The table as it is written after FROM.
    let table: String
    /// The columns to deliver, under their exact names.
    let fields: [Field]
    /// The columns as the dictionary has them, by exact name; empty if it could not be asked.
    var declared: [String: DeclaredColumn] = [:]
    /// The key's columns.
    var keyColumns: [Field] = []
    /// The column that ranges are made of: the key's first, if there is one.
    let rangeColumn: Field?
    /// The watermark's column.
    let watermarkColumn: Field?
    /// A condition of the configuration.
    let filter: String?
    /// Only rows at or after this literal (or without a value).
    var since: String?
    /// Whether decimals may be read as integers that count their last digit's unit.
    var scaled = true
    /// Whether the rows are not decoded by the ADBC driver, but by us or on a cluster, which read decimals as they are.
    var isCopied = false
    /// Whether the rows are read on a cluster.
    var isForCluster = false

    /// The query that tells a table's columns.
    static func probe(_ table: String) -> String { "SELECT * FROM \(table) WHERE 1 = 0" }

    /// The columns as they are selected, without those that cannot be read.
    var selection: [SelectedColumn] { fields.compactMap(selected) }

    /// The columns that no query can read.
    var unreadable: [Field] { fields.filter { selected($0) == nil } }

    private func selected(_ field: Field) -> SelectedColumn? {
        let column = dialect.selected(field, declared: declared[field.name], scaled: scaled, copied: isCopied)
        guard isForCluster, dialect == .postgresql, var column,
            let expression = CountedTime.expression(column.expression, field.type)
        else { return column }
        column.expression = expression
        column.type = field.type
        return column
    }

    /// What integers stand for, by the name a column is delivered under.
    var types: [String: DataType] { Self.types(of: selection) }

    private static func types(of columns: [SelectedColumn]) -> [String: DataType] {
        Dictionary(columns.compactMap { column in column.type.map { (column.alias, $0) } }) { first, _ in first }
    }

    /// The queries with values that are decoded by us; nil if a column has a type that we do not decode.
    func copied() -> TableQueries? {
        var queries = self
        queries.isCopied = true
        return queries.columns(of: fields).fields.allSatisfy(CopyDecoder.canDecode) ? queries : nil
    }

    /// The table's columns as they are delivered.
    var delivered: Schema { columns(of: fields) }

    /// The columns as they are delivered.
    private func columns(of fields: [Field]) -> Schema {
        Schema(
            fields.compactMap { field in
                guard let column = selected(field) else { return nil }
                if let type = column.type { return Field(column.alias, type) }
                let isText = column.expression != dialect.column(field.name)
                return isText ? Field(column.alias, .utf8) : Field(column.alias, field.type, metadata: field.metadata)
            }
        )
    }

    /// How many rows there are, and the greatest watermark that is not in the future.
    func count() -> String {
        var maximum = "NULL"
        if let field = watermarkColumn {
            let column = dialect.column(field.name)
            let value =
                dialect.tomorrow(for: field.type).map { "CASE WHEN \(column) <= \($0) THEN \(column) END" } ?? column
            maximum = dialect.exact("MAX(\(value))", of: field)
        }
        return "SELECT \(dialect.rowCount) AS \(SQLText.identifier("n")), \(maximum) AS \(SQLText.identifier("m")) "
            + "FROM \(table)" + whereClause([sinceCondition])
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
        return "SELECT \(dialect.exact("MIN(k)", of: rangeColumn)) AS k FROM (\(ranked)) q GROUP BY b ORDER BY b"
    }

    /// The least address of each part, where rows are read by address; nil for dialects that divide by blocks.
    func addressBoundaries(parts: Int, sample: String = "") -> String? {
        dialect.addressBoundaries(table, parts: parts, condition: whereClause([sinceCondition]), sample: sample)
    }

    /// The rows of one range.
    func rows(in range: RowRange, view: ConsistentView) -> String {
        "SELECT \(selection.map(\.sql).joined(separator: ", ")) FROM \(table)\(view.tableSuffix)"
            + whereClause([condition(of: range), sinceCondition])
    }

    /// The query of one range's rows.
    func rowQuery(in range: RowRange, view: ConsistentView, watch: GreatestValue?) -> RowQuery {
        RowQuery(
            sql: rows(in: range, view: view),
            types: types,
            options: dialect.streamOptions,
            schema: isCopied ? columns(of: fields) : nil,
            watch: watch
        )
    }

    /// The query of all keys.
    func keyQuery(view: ConsistentView) -> RowQuery {
        RowQuery(sql: keys(view: view), types: keyTypes, schema: isCopied ? columns(of: keyColumns) : nil)
    }

    /// The keys of all rows, whatever their watermark.
    func keys(view: ConsistentView) -> String {
        "SELECT \(keyColumns.compactMap(selected).map(\.sql).joined(separator: ", ")) FROM \(table)\(view.tableSuffix)"
            + whereClause([])
    }

    /// What the keys' integers stand for.
    var keyTypes: [String: DataType] { Self.types(of: keyColumns.compactMap(selected)) }

    /// The first rows, to look at.
    func preview(rows: Int) -> String {
        "SELECT \(selection.map(\.sql).joined(separator: ", ")) FROM \(table)" + whereClause([])
            + dialect.firstRows(rows)
    }

    private var sinceCondition: String? {
        guard let since, let field = watermarkColumn else { return nil }
        let column = dialect.column(field.name)
        // A row without a value would otherwise never be read again.
        return "(\(column) >= \(since) OR \(column) IS NULL)"
    }

    private func condition(of range: RowRange) -> String? {
        if range == RowRange() { return nil }
        let column: String
        let literal: (String) -> String
        if range.isOfAddresses {
            column = dialect.address
            literal = dialect.addressLiteral
        } else if let rangeColumn {
            column = dialect.column(rangeColumn.name)
            literal = {
                dialect.keyLiteral($0, for: rangeColumn.type, isOpaque: dialect.isOpaque(rangeColumn))
            }
        } else {
            return nil
        }
        var parts: [String] = []
        if let from = range.from { parts.append("\(column) >= \(literal(from))") }
        if let to = range.to { parts.append("\(column) < \(literal(to))") }
        let condition = parts.joined(separator: " AND ")
        return range.from == nil && !range.isOfAddresses ? "(\(condition) OR \(column) IS NULL)" : condition
    }

    private func whereClause(_ conditions: [String?]) -> String {
        let all = (conditions + [filter.map { "(\($0))" }]).compactMap { $0 }
        return all.isEmpty ? "" : " WHERE " + all.joined(separator: " AND ")
    }
}

/// A part of a table: keys or row addresses from one value up to, not including, another.
///
/// The first part of a division by key also has the rows without a key; every row has an address.
struct RowRange: Sendable, Hashable {
    /// Whether the values are row addresses rather than keys.
    var isOfAddresses = false
    /// The least value, or nil for the first range.
    var from: String?
    /// The least value of the next range, or nil for the last.
    var to: String?

    /// Ranges that cover every row exactly once, whatever order the boundaries came in.
    ///
    /// - Parameter boundaries: the least values of the parts, in order; the first is dropped, for the first range is
    ///   open.
    static func covering(_ boundaries: [String], addresses: Bool = false) -> [RowRange] {
        var seen: Set<String> = []
        let inner = boundaries.dropFirst().filter { seen.insert($0).inserted && $0 != boundaries.first }
        guard !inner.isEmpty else { return [RowRange()] }
        var ranges = [RowRange(isOfAddresses: addresses, from: nil, to: inner.first)]
        for (from, to) in zip(inner, inner.dropFirst()) {
            ranges.append(RowRange(isOfAddresses: addresses, from: from, to: to))
        }
        ranges.append(RowRange(isOfAddresses: addresses, from: inner.last, to: nil))
        return ranges
    }

    /// Ranges of about equally many blocks of a PostgreSQL table; the last is open, for the table may grow.
    static func blocks(_ blocks: Int64, parts: Int) -> [RowRange] {
        let parts = Int64(max(1, parts))
        return covering((0..<parts).map { "(\(blocks * $0 / parts),0)" }, addresses: true)
    }
}
