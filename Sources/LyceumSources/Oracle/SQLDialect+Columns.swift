// How each column of a table is selected, so that no digit, second or zone is lost on its way into Arrow.

import Arrow
import LyceumCore

/// How a column is selected and what its values then are.
struct SelectedColumn: Sendable, Hashable {
    /// The expression, without its alias.
    var expression: String
    /// The lower-case name it is delivered under.
    var alias: String
    /// What its integers stand for, where that is more than the database can say.
    var type: DataType?

    /// As it is written after SELECT.
    var sql: String { "\(expression) AS \(SQLText.identifier(alias))" }
}

extension SQLDialect {
    /// The settings of Oracle's number texts: a point, and no thousands' separators, whatever the session's territory.
    private static let oracleNumbers = "'TM9', 'NLS_NUMERIC_CHARACTERS=''.,'''"

    /// How a column is selected; nil for one that cannot be read at all.
    ///
    /// - Parameters:
    ///   - field: the column as the driver gives it.
    ///   - declared: the column as the dictionary has it; nil if the dictionary could not be asked.
    ///   - scaled: whether decimals may be counted in their last digit's unit (see ``scaled(_:_:)``).
    ///   - copied: whether the values are decoded by us and not by the driver.
    func selected(
        _ field: Field,
        declared: DeclaredColumn? = nil,
        scaled: Bool = true,
        copied: Bool = false
    ) -> SelectedColumn? {
        let name = column(field.name)
        func selecting(_ expression: String, _ type: DataType? = nil) -> SelectedColumn {
            SelectedColumn(expression: expression, alias: field.name.lowercased(), type: type)
        }
        switch self {
        case .oracle: return oracleExpression(name, field, declared).map { selecting($0) }
        case .postgresql:
            if scaled, let declared, let (expression, type) = Self.scaled(name, declared) {
                return selecting(copied ? name : expression, type)
            }
            return selecting(isOpaque(field) ? asText(name) : name)
        case .duckdb: return selecting(isOpaque(field) ? asText(name) : name)
        }
    }

    /// PostgreSQL's `numeric(p, s)` of up to 18 digits as an integer that counts units of its last digit.
    ///
    /// The driver knows no numbers of unlimited size and turns them into text, which costs more than all other columns
    /// together; an integer is exact, and is a decimal again when its column is read as one. A copied column is decoded
    /// into the same type without the server's calculation.
    private static func scaled(_ name: String, _ declared: DeclaredColumn) -> (String, DataType)? {
        guard declared.baseType == "NUMERIC", let (precision, scale) = declared.digits,
            (1...18).contains(precision), (0...precision).contains(scale)
        else { return nil }
        let unit = scale == 0 ? name : "(\(name) * 1\(String(repeating: "0", count: scale)))"
        return precision <= 9
            ? ("\(unit)::int4", .decimal32(precision: precision, scale: scale))
            : ("\(unit)::int8", .decimal64(precision: precision, scale: scale))
    }

    /// Oracle's types, as its ADBC driver delivers them (its type mapping, version 1.0): numbers without digits and
    /// computed numbers as floating point, instants without their offset. What would lose something becomes text.
    private func oracleExpression(_ name: String, _ field: Field, _ declared: DeclaredColumn?) -> String? {
        guard let declared else {
            return isOpaque(field) || field.type == .float64 ? numberText(name) : name
        }
        switch declared.baseType {
        case "NUMBER", "INTEGER", "FLOAT":
            // DATE, TIMESTAMP and decimals of declared digits are exact as they are.
            guard let (precision, scale) = declared.digits, (1...38).contains(precision),
                (0...precision).contains(scale)
            else { return numberText(name) }
            return name
        case "TIMESTAMP WITH TIME ZONE":
            return "TO_CHAR(\(name), 'YYYY-MM-DD\"T\"HH24:MI:SS.FF9TZH:TZM')"
        case "INTERVAL YEAR TO MONTH", "INTERVAL DAY TO SECOND": return "TO_CHAR(\(name))"
        case "VECTOR": return "VECTOR_SERIALIZE(\(name))"
        case "BFILE": return nil
        default: return name
        }
    }

    /// A number as text, all its digits.
    func numberText(_ expression: String) -> String {
        self == .oracle ? "TO_CHAR(\(expression), \(Self.oracleNumbers))" : asText(expression)
    }

    /// The least, greatest or number of something, in a form that arrives exactly: Oracle's driver gives computed numbers
    /// as floating point.
    func exact(_ expression: String, of field: Field) -> String {
        if self == .oracle, field.type.isNumeric { return numberText(expression) }
        return isOpaque(field) ? asText(expression) : expression
    }

    /// How many rows, exactly.
    var rowCount: String { self == .oracle ? "TO_CHAR(COUNT(*))" : "COUNT(*)" }
}
