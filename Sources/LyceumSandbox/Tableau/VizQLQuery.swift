// The VizQL Data Service's requests and answers: JSON in, SQL and JSON out. No I/O.

import Foundation
import HTTPTypes
import LyceumCore

/// An error as the VizQL Data Service states it.
struct VizQLFault: Error {
    let status: HTTPResponse.Status
    let code: String
    let message: String

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// The answer would be larger than the service gives at once.
    static let tooLarge = VizQLFault(.badRequest, "400804", "Response too large: filter the query.")

    var json: String {
        "{\"errorCode\":\(TableauElement.quoted(code)),\"message\":\(TableauElement.quoted(message)),"
            + "\"datetime\":\"\(Campus.date)T06:00:00Z\"}"
    }
}

/// What every request has.
enum VizQLRequest {
    /// The data source that a request means.
    static func datasource(_ body: [String: Any]) -> String? {
        (body["datasource"] as? [String: Any])?["datasourceLuid"] as? String
    }
}

/// Answers that need no rows.
enum VizQLAnswer {
    /// The fields of a data source.
    static func metadata(_ datasource: TableauDatasource) -> String {
        let fields = datasource.view.fields.map { field in
            let name = TableauElement.quoted(field.caption)
            let aggregation = field.type == "STRING" ? "COUNT" : "SUM"
            return "{\"fieldName\":\(name),\"fieldCaption\":\(name),\"dataType\":\"\(field.type)\","
                + "\"defaultAggregation\":\"\(aggregation)\",\"columnClass\":\"COLUMN\",\"logicalTableId\":\"rows\"}"
        }
        return "{\"data\":[\(fields.joined(separator: ","))]}"
    }
}

/// A query on one data source.
struct VizQLQuery {
    private let table: String
    private let columns: [(expression: String, name: String, isAggregate: Bool)]
    private let conditions: [String]
    private let isDisaggregated: Bool

    /// Reads `{"query": {"fields": […], "filters": […]}, "options": {…}}`.
    init(_ body: [String: Any], of datasource: TableauDatasource) throws(VizQLFault) {
        guard let query = body["query"] as? [String: Any], let fields = query["fields"] as? [[String: Any]],
            !fields.isEmpty
        else { throw Self.wrong("a query needs fields") }
        let options = body["options"] as? [String: Any] ?? [:]
        guard (options["returnFormat"] as? String ?? "OBJECTS") == "OBJECTS" else {
            throw Self.wrong("the sandbox answers with OBJECTS only")
        }
        table = TableauData.typedTable(datasource.view)
        isDisaggregated = options["disaggregate"] as? Bool ?? false
        var columns: [(String, String, Bool)] = []
        for field in fields { columns.append(try Self.column(field, datasource)) }
        self.columns = columns
        var conditions: [String] = []
        var filtered: Set<String> = []
        for filter in query["filters"] as? [[String: Any]] ?? [] {
            let field = try Self.field(filter["field"] as? [String: Any] ?? [:], datasource)
            guard filtered.insert(field.caption).inserted else {
                throw Self.wrong("there is more than one filter on \(field.caption)")
            }
            conditions.append(try Self.condition(filter, SQLText.identifier(field.caption)))
        }
        self.conditions = conditions
    }

    /// The query in SQL; each row is a JSON object.
    func sql(limit: Int) -> String {
        let pairs = columns.map { "\(SQLText.literal($0.name)), \($0.expression)" }.joined(separator: ", ")
        var sql = "SELECT json_object(\(pairs))::VARCHAR FROM \(table)"
        if !conditions.isEmpty { sql += " WHERE " + conditions.joined(separator: " AND ") }
        let dimensions = columns.filter { !$0.isAggregate }.map(\.expression)
        if !isDisaggregated, !dimensions.isEmpty { sql += " GROUP BY " + dimensions.joined(separator: ", ") }
        return sql + " LIMIT \(limit)"
    }

    private static func wrong(_ what: String) -> VizQLFault { VizQLFault(.badRequest, "400803", what) }

    private static func field(
        _ object: [String: Any],
        _ datasource: TableauDatasource
    ) throws(VizQLFault) -> TableauField {
        let caption = object["fieldCaption"] as? String ?? ""
        guard let field = datasource.view.fields.first(where: { $0.caption == caption }) else {
            throw wrong("there is no field '\(caption)'")
        }
        return field
    }

    private static func column(
        _ object: [String: Any],
        _ datasource: TableauDatasource
    ) throws(VizQLFault) -> (String, String, Bool) {
        let field = try field(object, datasource)
        let name = SQLText.identifier(field.caption)
        let alias = object["fieldAlias"] as? String
        guard let function = object["function"] as? String else { return (name, alias ?? field.caption, false) }
        let functions = ["SUM", "AVG", "MEDIAN", "COUNT", "COUNTD", "MIN", "MAX"]
        guard functions.contains(function) else { throw wrong("the sandbox does not know \(function)") }
        let expression = function == "COUNTD" ? "count(DISTINCT \(name))" : "\(function)(\(name))"
        return (expression, alias ?? "\(function)(\(field.caption))", true)
    }

    private static func condition(_ filter: [String: Any], _ name: String) throws(VizQLFault) -> String {
        switch filter["filterType"] as? String {
        case "SET":
            guard let values = filter["values"] as? [Any] else { throw wrong("a SET filter needs values") }
            let texts = values.filter { !($0 is NSNull) }.map { SQLText.literal("\($0)") }
            var parts = texts.isEmpty ? [] : ["\(name)::VARCHAR IN (\(texts.joined(separator: ", ")))"]
            if texts.count < values.count { parts.append("\(name) IS NULL") }
            let inside = parts.isEmpty ? "FALSE" : "coalesce(\(parts.joined(separator: " OR ")), FALSE)"
            return filter["exclude"] as? Bool == true ? "NOT \(inside)" : inside
        case "QUANTITATIVE_NUMERICAL":
            let kind = filter["quantitativeFilterType"] as? String
            if kind == "ONLY_NULL" { return "\(name) IS NULL" }
            if kind == "ONLY_NON_NULL" { return "\(name) IS NOT NULL" }
            var parts: [String] = []
            if ["RANGE", "MIN"].contains(kind), let least = filter["min"] as? Double {
                parts.append("\(name) >= \(least)")
            }
            if ["RANGE", "MAX"].contains(kind), let most = filter["max"] as? Double {
                parts.append("\(name) <= \(most)")
            }
            guard !parts.isEmpty else { throw wrong("a QUANTITATIVE_NUMERICAL filter needs its bounds") }
            let inside = "coalesce(\(parts.joined(separator: " AND ")), FALSE)"
            return filter["includeNulls"] as? Bool == true ? "(\(inside) OR \(name) IS NULL)" : inside
        default:
            throw wrong("the sandbox knows filters of the types SET and QUANTITATIVE_NUMERICAL")
        }
    }
}
