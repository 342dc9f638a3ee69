// Everything in which the supported databases' SQL differs, in one place.

import Arrow
import Foundation
import LyceumCore

/// The SQL that a relational source speaks.
///
/// Only ``oracle`` cannot be run here; what depends on it is this type. Its texts follow Oracle Database SQL Language
/// Reference 19c: "Flashback Query" (`AS OF SCN`), "Sample Clause", "Datetime Literals", "Rowid Data Types".
enum SQLDialect: String, Sendable, Hashable, CaseIterable {
    case oracle
    case postgresql
    case duckdb

    /// The dialect of a driver, by its name; a driver given by path is taken for Oracle's unless its file says otherwise.
    init(driver: String) {
        let file = driver.split(separator: "/").last.map { $0.lowercased() } ?? ""
        if file.contains("duckdb") {
            self = .duckdb
        } else if file.contains("postgresql") {
            self = .postgresql
        } else {
            self = .oracle
        }
    }

    // MARK: Names

    /// A table as it is written after FROM. Names are split at dots; a part in double quotes is taken as it is.
    func table(_ name: String, schema: String?) -> String {
        names(name, schema: schema).map(SQLText.identifier).joined(separator: ".")
    }

    /// The parts of a table's name as the database spells them.
    func names(_ name: String, schema: String?) -> [String] {
        var parts = Self.parts(of: name)
        if parts.count == 1, let schema { parts = Self.parts(of: schema) + parts }
        return parts.map { $0.isQuoted ? $0.text : folded($0.text) }
    }

    /// A column by its exact name.
    func column(_ exactName: String) -> String { SQLText.identifier(exactName) }

    /// What an unquoted name means: Oracle stores it in upper case. PostgreSQL stores it in lower case, but a table
    /// created with quotes keeps its case, so the name is taken as it is; DuckDB does not care.
    private func folded(_ name: String) -> String {
        self == .oracle && name == name.lowercased() ? name.uppercased() : name
    }

    private static func parts(of name: String) -> [(text: String, isQuoted: Bool)] {
        var parts: [(text: String, isQuoted: Bool)] = []
        var text = ""
        var isQuoted = false
        var inQuotes = false
        for character in name {
            switch character {
            case "\"":
                inQuotes.toggle()
                isQuoted = true
            case "." where !inQuotes:
                parts.append((text, isQuoted))
                (text, isQuoted) = ("", false)
            default: text.append(character)
            }
        }
        return parts + [(text, isQuoted)]
    }

    // MARK: Columns

    /// Whether the driver has no Arrow type for a column.
    func isOpaque(_ field: Field) -> Bool {
        if field.extensionName == "arrow.opaque" { return true }
        if case .other = field.type { return true }
        return false
    }

    /// An expression as text without loss.
    func asText(_ expression: String) -> String {
        switch self {
        case .postgresql: "\(expression)::text"
        case .duckdb: "\(expression)::VARCHAR"
        case .oracle: "TO_CHAR(\(expression))"
        }
    }

    // MARK: Values

    /// A watermark's value as a literal of the column's type; nil if the text is no value of that type.
    ///
    /// Oracle's DATE counts whole seconds: a fraction is left out, which reads a moment more, never less.
    func literal(_ value: String, for type: DataType, declared: DeclaredColumn? = nil) -> String? {
        if self == .oracle, declared?.baseType == "DATE" {
            return Self.dayAndTime(value).map {
                "TO_DATE('\($0.day) \($0.time.prefix(8))', 'YYYY-MM-DD HH24:MI:SS')"
            }
        }
        switch type {
        case .timestamp(_, let zone):
            guard let (day, time) = Self.dayAndTime(value) else { return nil }
            guard zone != nil else { return "TIMESTAMP '\(day) \(time)'" }
            return switch self {
            case .oracle: "TIMESTAMP '\(day) \(time) +00:00'"
            case .postgresql, .duckdb: "TIMESTAMPTZ '\(day) \(time)+00'"
            }
        case .date32, .date64:
            return Self.dayAndTime(value).map { "DATE '\($0.day)'" }
        case let type where type.isNumeric:
            return Self.isNumber(value) ? value : nil
        default:
            return SQLText.literal(value)
        }
    }

    /// A key's value, given as text, as a literal that compares as the column does.
    func keyLiteral(_ value: String, for type: DataType, isOpaque: Bool) -> String {
        if type.isNumeric || isOpaque, Self.isNumber(value) { return value }
        return literal(value, for: type) ?? SQLText.literal(value)
    }

    private static func isNumber(_ text: String) -> Bool {
        // Oracle writes a half as `.5`.
        text.wholeMatch(of: /-?([0-9]+(\.[0-9]+)?|\.[0-9]+)/) != nil
    }

    private static func dayAndTime(_ text: String) -> (day: Substring, time: Substring)? {
        let pattern = /([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)Z?)?/
        guard let match = text.wholeMatch(of: pattern) else { return nil }
        return (match.1, match.2 ?? "00:00:00")
    }

    /// The database's clock a day from now, in a column's type: later values cannot be true and must not become a
    /// watermark, or everything until then would be skipped.
    func tomorrow(for type: DataType) -> String? {
        switch type {
        case .timestamp(_, let zone):
            zone == nil ? "(LOCALTIMESTAMP + INTERVAL '1' DAY)" : "(CURRENT_TIMESTAMP + INTERVAL '1' DAY)"
        case .date32, .date64: "(CURRENT_DATE + 1)"
        default: nil
        }
    }

    /// The same as PostgreSQL's binary formats count it: days or microseconds since 1970.
    func tomorrowCounted(for type: DataType) -> String? {
        guard self == .postgresql, let tomorrow = tomorrow(for: type) else { return nil }
        if case .timestamp = type { return "(EXTRACT(EPOCH FROM \(tomorrow)) * 1000000)::bigint" }
        return "(\(tomorrow) - DATE '1970-01-01')"
    }

    /// A query that any live connection answers.
    var aliveQuery: String { self == .oracle ? "SELECT 1 FROM DUAL" : "SELECT 1" }

    // MARK: Reading

    /// Options of the statements that read rows. PostgreSQL's batches are made small enough to stay in the cache between
    /// the driver that makes them and the engine that takes them, and many streams at once small in memory.
    var streamOptions: [String: String] {
        self == .postgresql ? ["adbc.postgresql.batch_size_hint_bytes": "4194304"] : [:]
    }

    /// What follows a table's name to read about `percent` of its blocks only.
    func sample(percent: Double) -> String {
        let percent = String(format: "%.3f", max(0.001, min(99, percent)))
        return switch self {
        case .oracle: "SAMPLE BLOCK (\(percent))"
        case .postgresql: "TABLESAMPLE SYSTEM (\(percent))"
        case .duckdb: "TABLESAMPLE SYSTEM (\(percent)%)"
        }
    }
}
