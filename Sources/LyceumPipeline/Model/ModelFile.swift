// Reads a model's YAML file.

import Foundation
import LyceumCore
import Yams

extension ModelDefinition {
    /// Builds a model from its two files.
    ///
    /// - Throws: ``PipelineError`` with code `badModel` or `badConfiguration` and the line of the fault.
    init(name: String, zone: Zone, sql: String, yaml: String, file: String) throws(PipelineError) {
        let document = try YAMLMapping.document(yaml, file: file)
        let table = try document.requiredString("table")
        guard table == name else {
            throw document.fault("table", "'table' is '\(table)', but the file is named '\(name)'")
        }
        var inputs = ModelInputs(ModelSQL(sql))
        let purpose = try document.string("purpose") ?? ""
        let retention = try document.retention() ?? ColumnDescription.standardRetention
        var columns: [ColumnDescription] = []
        var formerNames: [String: [String]] = [:]
        var tests = TestCollector()
        for entry in try document.mappings("columns") {
            let column = try entry.requiredString("name")
            columns.append(
                ColumnDescription(
                    name: column,
                    type: try entry.string("type") ?? "",
                    description: try entry.string("description") ?? "",
                    pii: try entry.choice("pii", PIIClass.self) ?? .none,
                    purpose: try entry.string("purpose") ?? purpose,
                    retention: try entry.retention() ?? retention
                )
            )
            if let names = try entry.strings("renamed_from") { formerNames[column] = names }
            for node in try entry.nodes("tests") {
                try tests.add(node, of: column, in: entry)
            }
            try entry.finish()
        }
        for node in try document.nodes("tests") {
            try tests.add(node, of: nil, in: document)
        }
        for test in tests.rowTests {
            if case .relationship(_, let model, _) = test.rule { inputs.refs.insert(model) }
        }
        for test in tests.tableTests {
            if case .sql(let query) = test.rule {
                inputs.refs.formUnion(ModelInputs(ModelSQL(query)).refs.subtracting([name]))
            }
        }
        guard !inputs.refs.contains(name) else {
            throw document.fault(nil, "model '\(name)' refers to itself")
        }
        let description = try document.string("description") ?? ""
        let grain = try document.string("grain")
        let uniqueKey = try document.strings("unique_key") ?? []
        let latestBy = try document.strings("latest_by") ?? []
        let subject = try Self.subject(document)
        let sortBy = try document.strings("sort_by") ?? []
        try document.finish()
        for name in sortBy where !columns.contains(where: { $0.name == name }) {
            throw document.fault("sort_by", "'sort_by' names '\(name)', which 'columns' does not describe")
        }
        for named in subject?.columns ?? [] where !columns.contains(where: { $0.name == named.path.first }) {
            throw document.fault("subject", "'subject' names '\(named.column)', which 'columns' does not describe")
        }
        if let grain, !inputs.sources.contains(grain), !inputs.refs.contains(grain) {
            throw document.fault("grain", "'grain' names '\(grain)', which the model does not read")
        }
        self.init(
            name: name,
            zone: zone,
            description: description,
            purpose: purpose,
            retention: retention,
            sql: sql,
            yaml: yaml,
            grain: grain,
            uniqueKey: uniqueKey,
            latestBy: latestBy,
            columns: columns,
            formerNames: formerNames,
            sortBy: sortBy,
            subject: subject,
            rowTests: tests.rowTests,
            tableTests: tests.tableTests,
            inputs: inputs,
            statements: [ModelStatement(file: "\(zone.rawValue)/\(name).sql", line: 1, sql: sql)]
                + tests.statements.map { ModelStatement(file: file, line: $0.line, sql: $0.sql) }
        )
    }
}

extension ModelDefinition {
    /// `subject`: a column, `{column: …, kind: …}`, a list of these, or `{none: reason}`.
    private static func subject(_ document: YAMLMapping) throws(PipelineError) -> SubjectDeclaration? {
        guard let node = document.take("subject") else { return nil }
        var entries = [node]
        switch node {
        case .sequence: entries = try document.nodes("subject")
        case .mapping:
            let mapping = try YAMLMapping(node, file: document.file, path: "subject")
            if mapping.has("none") {
                let reason = try mapping.requiredString("none")
                try mapping.finish()
                return SubjectDeclaration.none(reason: reason)
            }
        default: break
        }
        var columns: [SubjectColumn] = []
        for entry in entries {
            if case .scalar(let scalar) = entry {
                columns.append(SubjectColumn(scalar.string))
                continue
            }
            let mapping = try YAMLMapping(entry, file: document.file, path: "subject")
            columns.append(
                SubjectColumn(try mapping.requiredString("column"), kind: try mapping.string("kind"))
            )
            try mapping.finish()
        }
        guard !columns.isEmpty else { throw document.fault("subject", "'subject' names no column") }
        return .columns(columns)
    }
}

extension YAMLMapping {
    /// How long a table or column is kept.
    fileprivate func retention() throws(PipelineError) -> String? {
        guard let text = try string("retention") else { return nil }
        guard ColumnDescription.isRetention(text) else {
            throw fault("retention", "'retention' is '\(text)'; a period is a number of days, months or years: 7 years")
        }
        return text
    }

    /// A range's end.
    fileprivate func bound(_ key: String) throws(PipelineError) -> RangeBound? {
        guard let text = try string(key) else { return nil }
        guard let bound = RangeBound(text) else {
            throw fault(key, "'\(key)' must be a number or a date such as 1950-01-01")
        }
        return bound
    }
}

/// Gathers a model's tests from their YAML forms.
private struct TestCollector {
    var rowTests: [RowTest] = []
    var tableTests: [TableTest] = []
    /// The SQL of tests, with the line of the YAML file on which it begins.
    var statements: [(line: Int, sql: String)] = []

    mutating func add(_ node: Node, of column: String?, in owner: YAMLMapping) throws(PipelineError) {
        let kind: String
        var options: YAMLMapping
        if case .scalar(let scalar) = node {
            kind = scalar.string
            options = try YAMLMapping(Node([(Node, Node)]()), file: owner.file, path: kind)
        } else {
            let test = try YAMLMapping(node, file: owner.file, path: "test")
            guard let name = test.keys.first, test.keys.count == 1, let body = try test.mapping(name) else {
                throw test.fault(nil, "a test is a name, or one name with its options")
            }
            kind = name
            options = body
        }
        if let column {
            try addColumnTest(kind, column, &options, owner)
        } else {
            try addTableTest(kind, &options, owner)
        }
        try options.finish()
    }

    private mutating func addColumnTest(
        _ kind: String,
        _ column: String,
        _ options: inout YAMLMapping,
        _ owner: YAMLMapping
    ) throws(PipelineError) {
        let severity = try options.choice("severity", TestSeverity.self) ?? .error
        let reason = try options.string("reason")
        func add(_ rule: RowTest.Rule, _ standard: String) {
            rowTests.append(
                RowTest(name: "\(kind)_\(column)", rule: rule, severity: severity, reason: reason ?? standard)
            )
        }
        switch kind {
        case "not_null":
            add(.notNull(column: column), "\(column) is missing")
        case "accepted_values":
            let values = try options.strings("values") ?? []
            guard !values.isEmpty else { throw owner.fault(nil, "accepted_values of '\(column)' names no values") }
            add(
                .acceptedValues(column: column, values: values),
                "\(column) is not one of \(values.joined(separator: ", "))"
            )
        case "range":
            let minimum = try options.bound("min")
            let maximum = try options.bound("max")
            guard minimum != nil || maximum != nil else {
                throw owner.fault(nil, "range of '\(column)' has neither min nor max")
            }
            let bounds = [minimum.map { "at least \($0)" }, maximum.map { "at most \($0)" }]
            add(
                .range(column: column, minimum: minimum, maximum: maximum),
                "\(column) must be \(bounds.compactMap(\.self).joined(separator: " and "))"
            )
        case "matches":
            add(
                .matches(column: column, pattern: try options.requiredString("pattern")),
                "\(column) has not the expected form"
            )
        case "relationships":
            let model = try options.requiredString("to")
            let target = try options.string("column") ?? column
            add(
                .relationship(column: column, model: model, target: target),
                "\(column) does not exist in \(model).\(target)"
            )
        case "unique":
            tableTests.append(TableTest(name: "unique_\(column)", rule: .unique(column: column), severity: severity))
        default:
            throw owner.fault(
                nil,
                "unknown test '\(kind)' of column '\(column)'; known: not_null, unique, accepted_values, range, matches, relationships"
            )
        }
    }

    private mutating func addTableTest(
        _ kind: String,
        _ options: inout YAMLMapping,
        _ owner: YAMLMapping
    ) throws(PipelineError) {
        switch kind {
        case "expression":
            let name = try options.requiredString("name")
            let condition = try options.requiredString("that")
            statements.append((options.firstLine("that"), condition))
            rowTests.append(
                RowTest(
                    name: name,
                    rule: .expression(condition),
                    severity: try options.choice("severity", TestSeverity.self) ?? .error,
                    reason: try options.string("reason") ?? name
                )
            )
        case "freshness":
            let column = try options.requiredString("column")
            for (key, severity) in [("warn_after_hours", TestSeverity.warn), ("error_after_hours", .error)] {
                if let hours = try options.number(key) {
                    tableTests.append(
                        TableTest(
                            name: "freshness_\(column)",
                            rule: .freshness(column: column, hours: hours),
                            severity: severity
                        )
                    )
                }
            }
        case "sql":
            let query = try options.requiredString("query")
            statements.append((options.firstLine("query"), query))
            tableTests.append(
                TableTest(
                    name: try options.requiredString("name"),
                    rule: .sql(query),
                    severity: try options.choice("severity", TestSeverity.self) ?? .error
                )
            )
        default:
            throw owner.fault(nil, "unknown test '\(kind)'; known here: expression, freshness, sql")
        }
    }
}
