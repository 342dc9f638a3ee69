// The engine's column types, as far as contracts compare them.

import Arrow

/// A type by the engine's name for it, such as `BIGINT` or `DECIMAL(4,2)`.
struct EngineType: Hashable, Sendable, CustomStringConvertible {
    /// Upper case, without spaces after commas.
    let name: String

    init(_ name: String) {
        self.name = name.uppercased().replacing(", ", with: ",")
    }

    /// The type in which rows of an Arrow type arrive; nil where contracts do not compare it.
    init?(_ type: DataType) {
        switch type {
        case .bool: self.init("BOOLEAN")
        case .int8: self.init("TINYINT")
        case .int16: self.init("SMALLINT")
        case .int32: self.init("INTEGER")
        case .int64: self.init("BIGINT")
        case .uint8: self.init("UTINYINT")
        case .uint16: self.init("USMALLINT")
        case .uint32: self.init("UINTEGER")
        case .uint64: self.init("UBIGINT")
        case .float32: self.init("FLOAT")
        case .float64: self.init("DOUBLE")
        case .decimal32(let precision, let scale), .decimal64(let precision, let scale),
            .decimal128(let precision, let scale):
            self.init("DECIMAL(\(precision),\(scale))")
        case .utf8, .largeUtf8, .utf8View: self.init("VARCHAR")
        case .date32, .date64: self.init("DATE")
        case .timestamp(_, let zone): self.init(zone == nil ? "TIMESTAMP" : "TIMESTAMP WITH TIME ZONE")
        default: return nil
        }
    }

    var description: String { name }

    var isText: Bool { name == "VARCHAR" || name == "JSON" }

    /// Decimal digits that every value has room for, for whole numbers.
    private var integerDigits: Int? {
        switch name {
        case "TINYINT", "UTINYINT": 3
        case "SMALLINT", "USMALLINT": 5
        case "INTEGER", "UINTEGER": 10
        case "BIGINT": 19
        case "UBIGINT": 20
        case "HUGEINT", "UHUGEINT": 39
        default: nil
        }
    }

    var isInteger: Bool { integerDigits != nil }

    private var isUnsigned: Bool { isInteger && name.hasPrefix("U") }

    /// Precision and scale of a decimal.
    var decimal: (precision: Int, scale: Int)? {
        guard let match = name.wholeMatch(of: /DECIMAL\((\d+),(\d+)\)/), let precision = Int(match.1),
            let scale = Int(match.2)
        else { return nil }
        return (precision, scale)
    }

    /// Whether each value of the other type is, unchanged, a value of this one.
    func holds(_ other: EngineType) -> Bool {
        if self == other || isText { return true }
        if let own = integerDigits, let others = other.integerDigits {
            return isUnsigned == other.isUnsigned ? own >= others : !isUnsigned && own > others
        }
        if let own = decimal {
            if let others = other.decimal {
                return own.scale >= others.scale && own.precision - own.scale >= others.precision - others.scale
            }
            if let digits = other.integerDigits { return own.precision - own.scale >= digits }
        }
        if name == "DOUBLE" {
            if other.name == "FLOAT" { return true }
            if let digits = other.integerDigits { return digits <= 10 }
            if let others = other.decimal { return others.precision <= 15 }
        }
        return name.hasPrefix("TIMESTAMP") && other.name == "DATE"
    }

    /// An SQL condition that is true for a value of another type that is not, unchanged, a value of this one; nil when
    /// there can be no such value. Blank text counts as no value.
    ///
    /// - Parameter column: the quoted column.
    func misfit(_ column: String, of other: EngineType) -> String? {
        if holds(other) { return nil }
        let cast = "TRY_CAST(\(column) AS \(name))"
        guard other.isText else {
            return
                "\(column) IS NOT NULL AND (\(cast) IS NULL OR TRY_CAST(\(cast) AS \(other)) IS DISTINCT FROM \(column))"
        }
        let filled = "\(column) IS NOT NULL AND trim(\(column)) <> ''"
        guard isInteger || (decimal?.scale ?? 99) <= 10 else { return "\(filled) AND \(cast) IS NULL" }
        // A cast to a whole number or a decimal rounds without a word: '3.7' would become 4.
        let exact = "TRY_CAST(\(column) AS DECIMAL(38,10))"
        return "\(filled) AND (\(cast) IS NULL OR (\(exact) IS NOT NULL AND \(exact) <> \(cast)))"
    }
}
