// A filter as a tree: what the grammar is parsed to.

/// A condition on documents, as parsed from the filter grammar or built in code.
///
///     filter     = and { OR and }
///     and        = unary { AND unary }
///     unary      = NOT unary | "(" filter ")" | condition
///     condition  = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
///                | field [NOT] IN "[" value { "," value } "]"
///                | field [NOT] BETWEEN value AND value
///                | EXISTS field
///     value      = "quoted" | 'quoted' | number | word
///
/// Words of the grammar are read in any case; keywords are compared without regard to case. A condition on a field with
/// several values holds when one of them satisfies it. `!=`, `NOT IN` and `NOT BETWEEN` are the exact negations of
/// `=`, `IN` and `BETWEEN`, so a document without a value satisfies them. Dates are ISO 8601 in UTC; a day, month or
/// year is meant as a whole: `posting_date <= "2026-01"` includes the 31st of January.
public indirect enum Filter: Sendable, Hashable {
    /// How a field is compared with a value.
    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        /// The same.
        case equal = "="
        /// Not the same, or missing.
        case notEqual = "!="
        /// Below.
        case less = "<"
        /// Below or the same.
        case lessOrEqual = "<="
        /// Above.
        case greater = ">"
        /// Above or the same.
        case greaterOrEqual = ">="
    }

    /// A value as it stands in a filter.
    public enum Value: Sendable, Hashable {
        /// A keyword or a date.
        case text(String)
        /// A number.
        case number(Double)
    }

    /// `field = value` and its like.
    case compare(field: String, Comparison, Value)
    /// `field IN [values]`.
    case isIn(field: String, [Value])
    /// `field BETWEEN low AND high`, both ends included.
    case between(field: String, low: Value, high: Value)
    /// `EXISTS field`.
    case exists(field: String)
    /// All of them; true when there are none.
    case and([Filter])
    /// One of them; false when there are none.
    case or([Filter])
    /// The opposite.
    case not(Filter)

    /// Parses a filter and checks its fields and values against a schema.
    ///
    /// - Throws: ``SearchError`` with code `invalid_filter` or `unknown_field`; its location is `filter:<position>`, the
    ///   1-based position of the offending character.
    public static func parse(_ text: String, schema: CollectionSchema) throws -> Filter {
        var parser = try FilterParser(text, schema: schema)
        return try parser.parse()
    }
}

extension Filter: CustomStringConvertible {
    /// The filter in its own grammar.
    public var description: String {
        switch self {
        case .compare(let field, let comparison, let value): "\(field) \(comparison.rawValue) \(value)"
        case .isIn(let field, let values): "\(field) IN [\(values.map(\.description).joined(separator: ", "))]"
        case .between(let field, let low, let high): "\(field) BETWEEN \(low) AND \(high)"
        case .exists(let field): "EXISTS \(field)"
        case .and(let parts): "(\(parts.map(\.description).joined(separator: " AND ")))"
        case .or(let parts): "(\(parts.map(\.description).joined(separator: " OR ")))"
        case .not(let part): "NOT (\(part))"
        }
    }
}

extension Filter.Value: CustomStringConvertible {
    /// The value as it would be written in a filter.
    public var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .text(let text):
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
    }
}
