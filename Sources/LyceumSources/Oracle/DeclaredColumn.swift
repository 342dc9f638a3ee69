// A column as the database's own dictionary declares it, which says more than the driver's Arrow type.

/// A column of a source's table, as the source declares it.
public struct DeclaredColumn: Sendable, Hashable, Codable {
    /// The exact name.
    public var name: String
    /// The type in the database's own words, such as `NUMBER(10,2)` or `timestamp(3) with time zone`.
    public var type: String
    /// Whether it may be NULL.
    public var isNullable: Bool
    /// Its place in the primary key, from 1; nil if it is not part of it or the dictionary does not say.
    public var keyPosition: Int?

    /// Declares a column.
    public init(name: String, type: String, isNullable: Bool = true, keyPosition: Int? = nil) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.keyPosition = keyPosition
    }

    /// The type without its numbers, in upper case: `NUMBER`, `TIMESTAMP WITH TIME ZONE`.
    var baseType: String {
        var base = ""
        var depth = 0
        for character in type {
            switch character {
            case "(": depth += 1
            case ")": depth -= 1
            default: if depth == 0 { base.append(character) }
            }
        }
        return base.split(separator: " ").joined(separator: " ").uppercased()
    }

    /// The numbers of the type's first parentheses: precision and scale of a number.
    var typeNumbers: [Int] {
        guard let open = type.firstIndex(of: "("), let close = type[open...].firstIndex(of: ")") else { return [] }
        return type[type.index(after: open)..<close].split(separator: ",").compactMap {
            Int($0.filter { !$0.isWhitespace })
        }
    }

    /// Precision and scale of a number that is declared with digits; nil for one without.
    var digits: (precision: Int, scale: Int)? {
        let numbers = typeNumbers
        guard let precision = numbers.first, ["NUMBER", "NUMERIC", "DECIMAL"].contains(baseType) else { return nil }
        return (precision, numbers.count > 1 ? numbers[1] : 0)
    }
}

/// A table or view that a source has.
public struct DiscoveredTable: Sendable, Hashable, Codable {
    /// The schema or owner; nil where the source has none.
    public var schema: String?
    /// The exact name.
    public var name: String
    /// `table` or `view`, or the source's own word.
    public var kind: String
    /// How many rows the source's statistics tell of; nil if they do not.
    public var estimatedRows: Int64?
    /// Its columns, in order.
    public var columns: [DeclaredColumn]

    /// Describes a table.
    public init(schema: String?, name: String, kind: String, estimatedRows: Int64?, columns: [DeclaredColumn]) {
        self.schema = schema
        self.name = name
        self.kind = kind
        self.estimatedRows = estimatedRows
        self.columns = columns
    }

    /// The primary key's columns in order; empty if there is none or it is not told.
    public var key: [String] {
        columns.filter { $0.keyPosition != nil }.sorted { ($0.keyPosition ?? 0) < ($1.keyPosition ?? 0) }.map(\.name)
    }
}
