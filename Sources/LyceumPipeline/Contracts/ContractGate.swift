// Holds rows that have arrived against their table's contract, before they land.

import LyceumCore
import LyceumSources

/// Applies one table's contract to the rows of one extraction.
struct ContractGate: Sendable {
    let engine: any Engine
    /// The rows as they arrived.
    let arrived: EngineTable
    let source: String
    let table: String
    let key: [String]
    let modes: ContractModes
    let expected: ExpectedSchema
    /// A table expression of the rows landed so far; nil before the first.
    let earlier: String?
    /// What the connector noticed.
    let reported: [SchemaDrift]

    /// What came of it.
    struct Outcome: Sendable {
        /// Every difference.
        var drift: [DriftRecord] = []
        /// The refused rows with `_rules` and `_reasons`; nil when there are none. They are no longer among those that
        /// arrived.
        var refused: EngineTable?
        /// How many there are.
        var refusedRows: Int64 = 0
        /// Differences in a frozen dimension; the run must stop.
        var stops: [DriftRecord] { drift.filter { $0.mode == .freeze && $0.action == Self.stopped } }

        static let stopped = "stops the run"
    }

    /// Compares, counts, and takes the refused rows out.
    func apply() async throws -> Outcome {
        let delivered = try await engine.columns(of: "SELECT * FROM \(arrived.sql)")
        let rules = ContractRule.rules(
            expected,
            key: key,
            delivered: delivered,
            members: try await unknownMembers(delivered.map(\.name))
        )
        var outcome = Outcome()
        let counts = try await count(rules)
        for (rule, rows) in zip(rules, counts) where rule.isStructural || rows > 0 {
            outcome.drift.append(record(rule, rows))
        }
        outcome.drift += connectorsOwn(besides: rules, delivered: Set(delivered.map(\.name)))
        guard outcome.stops.isEmpty else { return outcome }
        let refusing = zip(rules, counts).filter { $0.1 > 0 && modes[$0.0.dimension] == .quarantine }.map(\.0)
        if !refusing.isEmpty {
            let refused = EngineTable(schema: arrived.schema, name: arrived.name + "__refused")
            outcome.refusedRows = try await refuse(refusing, to: refused)
            outcome.refused = refused
        }
        try await reshape(rules, delivered)
        return outcome
    }

    /// Members of `_extra` that are in no row landed so far and are not the source's ordinary ones.
    private func unknownMembers(_ columns: [String]) async throws -> [String] {
        let extra = Contract.extraColumn
        guard columns.contains(extra) else { return [] }
        func members(_ relation: String) -> String {
            "SELECT DISTINCT unnest(json_keys(\(SQLText.identifier(extra)))) AS member FROM \(relation)"
        }
        let ordinary = expected.contract?.ordinaryMembers ?? []
        let found = try await engine.texts("SELECT member FROM (\(members(arrived.sql))) ORDER BY member")
            .filter { !ordinary.contains($0) }
        guard !found.isEmpty, let earlier, expected.landedType(of: extra) != nil else { return found }
        let known = Set(try await engine.texts(members(earlier)))
        return found.filter { !known.contains($0) }
    }

    private func count(_ rules: [ContractRule]) async throws -> [Int64] {
        let counted = rules.filter { $0.condition != nil }
        guard !counted.isEmpty else { return rules.map { _ in 0 } }
        let list = counted.map { "count(*) FILTER (WHERE \($0.condition ?? "false"))" }.joined(separator: ", ")
        var found = try await engine.integers("SELECT \(list) FROM \(arrived.sql)")[...]
        return rules.map { $0.condition == nil ? 0 : found.popFirst() ?? 0 }
    }

    private func record(_ rule: ContractRule, _ rows: Int64) -> DriftRecord {
        let mode = modes[rule.dimension]
        return DriftRecord(
            source: source,
            table: table,
            column: rule.column,
            dimension: rule.dimension,
            kind: rule.kind,
            mode: mode,
            action: Self.action(rule, mode, rows: rows),
            rows: rows,
            detail: rule.detail
        )
    }

    /// What is done about a difference, as plan and status say it.
    ///
    /// - Parameter rows: the rows that carry it; nil while nobody has counted.
    static func action(_ rule: ContractRule, _ mode: ContractMode, rows: Int64?) -> String {
        switch (mode, rule.kind) {
        case (.freeze, _): Outcome.stopped
        case (_, .missing): "read as NULL"
        case (.quarantine, .added) where rows == 0: "the empty column is left out"
        case (.quarantine, _) where rows == 0: "no row is affected"
        case (.quarantine, _): "the rows that carry it go to quarantine"
        case (.evolve, .added) where !rule.isStructural: "kept in \(Contract.extraColumn)"
        case (.evolve, .added): "lands as a new column"
        case (.evolve, .retyped): "lands as it is; the table's column takes the wider type"
        case (.evolve, .broken): "lands as it is"
        }
    }

    /// What only the connector can know: the shapes of JSON values, members that no record has.
    private func connectorsOwn(besides rules: [ContractRule], delivered: Set<String>) -> [DriftRecord] {
        reported.compactMap { drift in
            let dimension = drift.kind == .retyped ? ContractDimension.types : .columns
            let isOurs = rules.contains { $0.column == drift.column && $0.dimension == dimension }
            guard !isOurs else { return nil }
            switch drift.kind {
            case .added: return nil
            case .missing:
                // A column of a JSON collection that no record has: all its values are NULL, which is no change of shape.
                guard delivered.contains(drift.column) else { return nil }
                return DriftRecord(
                    source: source,
                    table: table,
                    column: drift.column,
                    dimension: .columns,
                    kind: .missing,
                    mode: modes.columns,
                    action: "read as NULL",
                    detail: drift.detail
                )
            case .retyped:
                return DriftRecord(
                    source: source,
                    table: table,
                    column: drift.column,
                    dimension: .types,
                    kind: .retyped,
                    mode: modes.types,
                    action: modes.types == .freeze ? Outcome.stopped : "lands as it is",
                    detail: drift.detail
                )
            }
        }
    }

    /// Moves the rows that break a rule to a table of their own.
    private func refuse(_ rules: [ContractRule], to refused: EngineTable) async throws -> Int64 {
        func list(_ text: KeyPath<ContractRule, String>) -> String {
            let cases = rules.map {
                "CASE WHEN \($0.condition ?? "false") THEN \(SQLText.literal($0[keyPath: text])) END"
            }
            return "list_filter([\(cases.joined(separator: ", "))], lambda x: x IS NOT NULL)"
        }
        let broken = rules.map { "coalesce(\($0.condition ?? "false"), false)" }.joined(separator: " OR ")
        try await engine.execute(
            """
            CREATE OR REPLACE TABLE \(refused.sql) AS
            SELECT arrived_row.*, to_json(arrived_row) AS _row, \(list(\.name)) AS _rules, \(list(\.reason)) AS _reasons
            FROM \(arrived.sql) arrived_row WHERE \(broken)
            """
        )
        try await engine.execute("DELETE FROM \(arrived.sql) WHERE \(broken)")
        return try await engine.integers("SELECT count(*) FROM \(refused.sql)").first ?? 0
    }

    /// Leaves unknown columns out and gives columns back the type in which they landed before, where the contract puts
    /// what differs aside: every value that is left fits.
    private func reshape(_ rules: [ContractRule], _ delivered: [ColumnDescription]) async throws {
        for rule in rules where rule.isStructural && modes[rule.dimension] == .quarantine {
            let column = SQLText.identifier(rule.column)
            switch rule.kind {
            case .added:
                try await engine.execute("ALTER TABLE \(arrived.sql) DROP COLUMN \(column)")
            case .retyped:
                guard let landed = expected.landedType(of: rule.column), let type = expected.type(of: rule.column),
                    landed.holds(type)
                else { continue }
                try await engine.execute(
                    """
                    ALTER TABLE \(arrived.sql) ALTER COLUMN \(column) SET DATA TYPE \(landed)
                    USING TRY_CAST(TRY_CAST(\(column) AS \(type)) AS \(landed))
                    """
                )
            case .missing, .broken: continue
            }
        }
    }
}
