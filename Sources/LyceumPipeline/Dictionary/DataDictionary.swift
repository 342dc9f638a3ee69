// The data dictionary: every table with what its columns mean, what must hold of them, and what is made of what.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSources

/// The tables of a lake, published or only defined, as people look them up.
public struct DataDictionary: Sendable {
    /// One table.
    public struct Table: Sendable {
        /// The table.
        public var id: TableID
        /// One sentence on what a row is.
        public var description: String
        /// What the table is kept for; empty where nothing is said.
        public var purpose: String
        /// How long its rows are kept.
        public var retention: String
        /// The columns that identify a row.
        public var key: [String]
        /// The columns in order.
        public var columns: [ColumnDescription]
        /// What must hold of its rows, and what happens otherwise.
        public var tests: [String]
        /// What it is made of: tables and reference data.
        public var inputs: [String]
        /// What is made of it.
        public var readers: [String]
        /// Rows in the current snapshot; nil before the first.
        public var rows: Int64?
        /// When the current snapshot was published.
        public var publishedAt: Date?
    }

    /// The tables by zone and name.
    public var tables: [Table]
    /// When the dictionary was made.
    public var madeAt: Date

    /// The tables of each zone that has any, in the order in which data flows.
    public var zones: [(zone: Zone, tables: [Table])] {
        Zone.allCases.map { zone in (zone, tables.filter { $0.id.zone == zone }) }.filter { !$0.tables.isEmpty }
    }

    /// Puts together what the catalog says of published tables and what the project says of all.
    public init(
        project: Project,
        published: [TableSummary],
        lineage: [TableID: [LineageInput]],
        madeAt: Date
    ) {
        self.madeAt = madeAt
        var tables: [TableID: Table] = [:]
        for contract in project.sourceTables {
            let id = TableID(.raw, contract.table)
            tables[id] = Table(
                id: id,
                description: contract.description,
                purpose: contract.purpose,
                retention: contract.retention,
                key: contract.key,
                columns: contract.columnDescriptions + SourceTable.metadata,
                tests: contract.fields.flatMap(Self.rules),
                inputs: [],
                readers: []
            )
        }
        for model in project.models {
            let id = TableID(model.zone, model.name)
            tables[id] = Table(
                id: id,
                description: model.description,
                purpose: model.purpose,
                retention: model.retention,
                key: model.uniqueKey,
                columns: model.columns,
                tests: model.rowTests.map(Self.sentence) + model.tableTests.map(Self.sentence),
                inputs: Self.inputs(of: model, in: project),
                readers: []
            )
        }
        for summary in published where summary.snapshot != nil || tables[summary.id] == nil {
            var table =
                tables[summary.id]
                ?? Table(
                    id: summary.id,
                    description: summary.description,
                    purpose: "",
                    retention: ColumnDescription.standardRetention,
                    key: summary.key,
                    columns: [],
                    tests: [],
                    inputs: [],
                    readers: []
                )
            // The catalog knows the types, and columns that no contract has.
            if !summary.columns.isEmpty { table.columns = summary.columns }
            if table.inputs.isEmpty { table.inputs = (lineage[summary.id] ?? []).map(\.name).sorted() }
            table.rows = summary.snapshot == nil ? nil : summary.rows
            table.publishedAt = summary.publishedAt
            tables[summary.id] = table
        }
        for table in tables.values {
            for input in table.inputs { TableID(input).map { tables[$0]?.readers.append("\(table.id)") } }
        }
        self.tables = tables.values.sorted { $0.id < $1.id }.map { table in
            var table = table
            table.readers.sort()
            return table
        }
    }

    private static func inputs(of model: ModelDefinition, in project: Project) -> [String] {
        let refs = model.inputs.refs.compactMap { project.model($0) }.map { "\(TableID($0.zone, $0.name))" }
        return model.inputs.sources.map { "\(TableID(.raw, $0))" }.sorted() + refs.sorted()
            + model.inputs.seeds.map { "seed.\($0)" }.sorted()
    }

    private static func rules(_ column: Contract.Column) -> [String] {
        let name = column.description.name
        return [
            column.isRequired ? "\(name) has a value" : nil,
            column.values.map { "\(name) is one of \($0.joined(separator: ", "))" },
            column.pattern.map { "\(name) matches \($0)" },
        ].compactMap(\.self)
    }

    private static func sentence(_ test: RowTest) -> String {
        let rule =
            switch test.rule {
            case .notNull(let column): "\(column) has a value"
            case .acceptedValues(let column, let values): "\(column) is one of \(values.joined(separator: ", "))"
            case .range(let column, let minimum, let maximum):
                "\(column) is "
                    + [minimum.map { "at least \($0)" }, maximum.map { "at most \($0)" }].compactMap(\.self)
                    .joined(separator: " and ")
            case .matches(let column, let pattern): "\(column) matches \(pattern)"
            case .relationship(let column, let model, let target): "\(column) is a \(model).\(target)"
            case .expression: "\(test.name): not '\(test.reason)'"
            }
        return rule + (test.severity == .error ? ", else the row goes to quarantine" : ", else the row is counted")
    }

    private static func sentence(_ test: TableTest) -> String {
        let rule =
            switch test.rule {
            case .unique(let column): "\(column) stands once"
            case .freshness(let column, let hours): "the latest \(column) is at most \(hours.formatted()) hours old"
            case .sql: test.name
            }
        return rule + (test.severity == .error ? ", else the run fails" : ", else it is reported")
    }
}

extension Pipeline {
    /// The dictionary of the configured lake.
    public func dictionary() async throws -> DataDictionary {
        let lake = try await openLake()
        return DataDictionary(
            project: project,
            published: try await lake.ledger.tables(),
            lineage: try await lake.ledger.lineage(),
            madeAt: now()
        )
    }
}
