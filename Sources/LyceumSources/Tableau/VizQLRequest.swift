// The VizQL Data Service's requests as values, written as JSON. No I/O.

import Foundation
import LyceumCore

/// A value of a filter.
enum VizQLValue: Sendable, Hashable {
    case text(String)
    /// A number or a boolean, as JSON writes it.
    case plain(String)
    case null

    var json: String {
        switch self {
        case .text(let text): JSONText.encode(text)
        case .plain(let text): text
        case .null: "null"
        }
    }
}

/// What a query asks of one field.
struct VizQLField: Sendable, Hashable {
    /// The field's name, as people see it.
    var caption: String
    /// `SUM` and the like; nil for the value itself.
    var function: String?
    /// The column that it becomes, in snake_case.
    var column: String

    private static let functions: Set<String> = [
        "SUM", "AVG", "MEDIAN", "COUNT", "COUNTD", "MIN", "MAX", "STDEV", "VAR", "COLLECT", "YEAR", "QUARTER", "MONTH",
        "WEEK", "DAY", "TRUNC_YEAR", "TRUNC_QUARTER", "TRUNC_MONTH", "TRUNC_WEEK", "TRUNC_DAY", "AGG",
    ]

    /// Reads `Caption` or `SUM(Caption)`; a caption that merely looks like it (`Cost(EUR)`) is a caption.
    init(_ text: String) {
        column = ColumnNaming.snakeCase(text)
        if text.hasSuffix(")"), let open = text.firstIndex(of: "("), Self.functions.contains(String(text[..<open])) {
            function = String(text[..<open])
            caption = String(text[text.index(after: open)...].dropLast())
        } else {
            caption = text
        }
    }

    var json: String {
        let function = function.map { ",\"function\":\"\($0)\"" } ?? ""
        return "{\"fieldCaption\":\(JSONText.encode(caption))\(function),\"fieldAlias\":\(JSONText.encode(column))}"
    }
}

/// The rows whose field has one of some values, or none of them.
struct VizQLFilter: Sendable, Hashable {
    var values: [VizQLValue]
    var excludes = false
}

/// A part of a data source: at most one filter a field, as the service has it.
struct VizQLPart: Sendable, Hashable {
    /// Caption → filter.
    var filters: [String: VizQLFilter] = [:]
    /// The fields by whose values this part was cut out of a larger one.
    var divided: Set<String> = []
}

/// Bodies of requests.
enum VizQLRequest {
    static func metadata(_ datasource: String) -> String {
        "{\"datasource\":{\"datasourceLuid\":\(JSONText.encode(datasource))}}"
    }

    /// A query for rows.
    ///
    /// Without an aggregate the rows are those of the data source, not groups of them (`disaggregate`).
    static func query(_ datasource: String, _ fields: [VizQLField], _ part: VizQLPart) -> String {
        let isAggregated = fields.contains { $0.function != nil }
        return body(datasource, fields, part, disaggregate: !isAggregated)
    }

    /// A query for the different values of a field.
    static func values(of caption: String, _ datasource: String, _ part: VizQLPart) -> String {
        var field = VizQLField("")
        (field.caption, field.column) = (caption, "value")
        return body(datasource, [field], part, disaggregate: false)
    }

    private static func body(
        _ datasource: String,
        _ fields: [VizQLField],
        _ part: VizQLPart,
        disaggregate: Bool
    ) -> String {
        let filters = part.filters.sorted { $0.key < $1.key }.map { caption, filter in
            "{\"field\":{\"fieldCaption\":\(JSONText.encode(caption))},\"filterType\":\"SET\","
                + "\"values\":[\(filter.values.map(\.json).joined(separator: ","))],\"exclude\":\(filter.excludes)}"
        }
        return """
            {"datasource":{"datasourceLuid":\(JSONText.encode(datasource))},\
            "query":{"fields":[\(fields.map(\.json).joined(separator: ","))],"filters":[\(filters.joined(separator: ","))]},\
            "options":{"returnFormat":"OBJECTS","disaggregate":\(disaggregate)}}
            """
    }
}
