// A filter as a tree: what the grammar is parsed to.

/// A condition on documents, as parsed from the filter grammar or built in code.
///
///     filter     = and { OR and }
///     and        = unary { AND unary }
///     unary      = NOT unary | "(" filter ")" | condition
///     condition  = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
///                | field [NOT] IN "[" value { "," value } "]"
///                | field [NOT] BETWEEN value AND value
///                | field [NOT] CONTAINS value | field [NOT] STARTS WITH value
///                | EXISTS field
///                | GEO "(" field "," place "," number [ m | km | mi ] ")"
///     place      = "quoted" | latitude "," longitude
///     value      = "quoted" | 'quoted' | number | word
///
/// Words of the grammar are read in any case; keywords are compared without regard to case. A condition on a field with
/// several values holds when one of them satisfies it. `!=`, `NOT IN` and `NOT BETWEEN` are the exact negations of
/// `=`, `IN` and `BETWEEN`, so a document without a value satisfies them. Dates are ISO 8601 in UTC; a day, month or
/// year is meant as a whole: `posting_date <= "2026-01"` includes the 31st of January. `CONTAINS` and `STARTS WITH` look into keywords.
/// `GEO(location, "Boston, MA", 50 km)` holds for documents within that distance of the place, which the gazetteer must know; a field
/// whose texts are also indexed as positions under another name stands for that one. A distance without a unit is in metres.
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

    /// A place on the earth, by position or by name.
    public enum Place: Sendable, Hashable {
        /// A position.
        case point(GeoPoint)
        /// A name that the gazetteer knows.
        case name(String)
    }

    /// `field = value` and its like.
    case compare(field: String, Comparison, Value)
    /// `field IN [values]`.
    case isIn(field: String, [Value])
    /// `field BETWEEN low AND high`, both ends included.
    case between(field: String, low: Value, high: Value)
    /// `EXISTS field`.
    case exists(field: String)
    /// `field CONTAINS text`: a keyword with the text in it.
    case contains(field: String, String)
    /// `field STARTS WITH text`: a keyword that begins with the text.
    case startsWith(field: String, String)
    /// `GEO(field, place, distance)`: within so many metres of a place.
    case near(field: String, Place, metres: Double)
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
        case .contains(let field, let text): "\(field) CONTAINS \(Value.text(text))"
        case .startsWith(let field, let text): "\(field) STARTS WITH \(Value.text(text))"
        case .near(let field, let place, let metres): "GEO(\(field), \(place), \(metres) m)"
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

extension Filter.Place: CustomStringConvertible {
    /// The place as it would be written in a filter.
    public var description: String {
        switch self {
        case .point(let point): "\(point.latitude), \(point.longitude)"
        case .name(let name): Filter.Value.text(name).description
        }
    }

    /// The position of the place.
    ///
    /// - Throws: ``SearchError`` with code `unknown_place`.
    func point(location: String?) throws -> GeoPoint {
        switch self {
        case .point(let point): return point
        case .name(let name):
            if let point = Gazetteer.bundled.point(named: name) { return point }
            throw SearchError(
                .unknownPlace,
                "no place called '\(name.prefix(80))' is known; write City, State or City, Country, or its latitude and longitude",
                location: location
            )
        }
    }
}

extension CollectionSchema {
    /// The position field that a name stands for: itself, or the one that reads the same part of the document.
    func geoField(_ name: String) -> Int? {
        guard let index = index(of: name) else { return nil }
        if case .geo = fields[index].kind { return index }
        let paths = fields[index].paths.isEmpty ? [name] : fields[index].paths
        return fields.firstIndex { field in
            guard case .geo = field.kind else { return false }
            return (field.paths.isEmpty ? [field.name] : field.paths).contains(where: paths.contains)
        }
    }
}
