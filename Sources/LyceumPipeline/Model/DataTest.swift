// Data tests: what must hold of a model's rows, as its YAML states it.

import Foundation
import LyceumCore

/// How a broken data test is treated.
public enum TestSeverity: String, Sendable, Codable, CaseIterable {
    /// A row that breaks it is counted and stays.
    case warn
    /// A row that breaks it goes to quarantine; a whole table that breaks it fails the run.
    case error
}

/// An end of a range: a number, or a date in ISO 8601.
public enum RangeBound: Sendable, Hashable, CustomStringConvertible {
    /// A number.
    case number(Double)
    /// A day, such as `1950-01-01`.
    case date(String)

    /// Reads a bound, or nil when the text is neither.
    init?(_ text: String) {
        if let number = Double(text), number.isFinite {
            self = .number(number)
        } else if Timestamp.parse(text + "T00:00:00Z") != nil {
            self = .date(text)
        } else {
            return nil
        }
    }

    /// The bound as people write it.
    public var description: String {
        switch self {
        case .number(let number): number.formatted(.number.grouping(.never))
        case .date(let day): day
        }
    }

    /// The bound as an SQL literal.
    var sql: String {
        switch self {
        case .number: description
        case .date(let day): "DATE \(SQLText.literal(day))"
        }
    }
}

/// A test of single rows: it is compiled to an SQL condition that is true for a row that breaks it.
public struct RowTest: Sendable, Hashable {
    /// What must hold.
    public enum Rule: Sendable, Hashable {
        /// The column has a value.
        case notNull(column: String)
        /// The column's value, if any, is one of these.
        case acceptedValues(column: String, values: [String])
        /// The column's value, if any, lies between the bounds (both inclusive).
        case range(column: String, minimum: RangeBound?, maximum: RangeBound?)
        /// The column's text, if any, matches the regular expression.
        case matches(column: String, pattern: String)
        /// The column's value, if any, stands in another model's column.
        case relationship(column: String, model: String, target: String)
        /// An SQL condition over the row's columns.
        case expression(String)
    }

    /// The test's name within its model, such as `not_null_student_id`.
    public let name: String
    /// What must hold.
    public let rule: Rule
    /// What happens to a row that breaks it.
    public let severity: TestSeverity
    /// The reason that quarantine shows.
    public let reason: String
}

/// A test of a whole table, run on its new rows before anything is published.
public struct TableTest: Sendable, Hashable {
    /// What must hold.
    public enum Rule: Sendable, Hashable {
        /// No value of the column stands twice.
        case unique(column: String)
        /// The column's latest value is at most this old.
        case freshness(column: String, hours: Double)
        /// The query returns no row.
        case sql(String)
    }

    /// The test's name within its model.
    public let name: String
    /// What must hold.
    public let rule: Rule
    /// What happens when it does not.
    public let severity: TestSeverity
}
