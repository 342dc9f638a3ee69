// Holds rows that have arrived against their table's contract, before they land.

import LyceumCore
import LyceumSources

/// Applies one table's contract to the rows of one extraction: first ``assess()``, then, if anything is to be put aside,
/// ``putAside(_:from:)``.
struct ContractGate: Sendable {
    let engine: any Engine
    /// A table expression of the rows as they arrived.
    let arrived: String
    let source: String
    let table: String
    let key: [String]
    let modes: ContractModes
    let expected: ExpectedSchema
    /// A table expression of the rows landed so far; nil before the first.
    let earlier: String?
    /// What the connector noticed.
    let reported: [SchemaDrift]

    /// What was found.
    struct Findings: Sendable {
        /// Every difference.
        var drift: [DriftRecord] = []
        /// The rules that rows break which are to be put aside.
        var refusing: [ContractRule] = []
        /// The differences of columns that are to be left out or given back their type.
        var reshaping: [ContractRule] = []
        /// Differences in a frozen dimension; the run must stop.
        var stops: [DriftRecord] { drift.filter { $0.mode == .freeze && $0.action == Self.stopped } }
        /// Whether rows must be changed before they land.
        var isPutAside: Bool { !refusing.isEmpty || !reshaping.isEmpty }

        static let stopped = "stops the run"
    }

    /// The rows that were put aside.
    struct Refused: Sendable {
        /// The rows with `_row`, `_rules` and `_reasons`.
        var table: EngineTable
        /// How many there are.
        var rows: Int64
    }

    /// Compares and counts; changes nothing.
    func assess() async throws -> Findings {
        let delivered = try await engine.columns(of: "SELECT * FROM \(arrived)")
        let rules = ContractRule.rules(
            expected,
            key: key,
            delivered: delivered,
            members: try await unknownMembers(delivered.map(\.name))
        )
        var findings = Findings()
        for (rule, rows) in zip(rules, try await count(rules)) where rule.isStructural || rows > 0 {
            findings.drift.append(record(rule, rows))
            guard modes[rule.dimension] == .quarantine else { continue }
            if rows > 0 { findings.refusing.append(rule) }
            if rule.isStructural, rule.kind == .added || rule.kind == .retyped { findings.reshaping.append(rule) }
        }
        findings.drift += connectorsOwn(besides: rules, delivered: Set(delivered.map(\.name)))
        return findings
    }

    /// Takes the rows that break a rule out of a table that holds all that arrived, and gives the others the columns that
    /// the contract has.
    func putAside(_ findings: Findings, from arrived: EngineTable) async throws -> Refused? {
        var refused: Refused?
        if !findings.refusing.isEmpty {
            let table = EngineTable(schema: arrived.schema, name: arrived.name + "__refused")
            refused = Refused(table: table, rows: try await refuse(findings.refusing, from: arrived, to: table))
        }
        try await reshape(findings.reshaping, arrived)
        return refused
    }

    /// Members of `_extra` that are in no row landed so far and are not the source's ordinary ones.
    private func unknownMembers(_ columns: [String]) async throws -> [String] {
        let extra = Contract.extraColumn
        guard columns.contains(extra) else { return [] }
        func members(_ relation: String) -> String {
            "SELECT DISTINCT unnest(json_keys(\(SQLText.identifier(extra)))) AS member FROM \(relation)"
        }
        let ordinary = expected.contract?.ordinaryMembers ?? []
        let found = try await engine.texts("SELECT member FROM (\(members(arrived))) ORDER BY member")
            .filter { !ordinary.contains($0) }
        guard !found.isEmpty, let earlier, expected.landedType(of: extra) != nil else { return found }
        let known = Set(try await engine.texts(members(earlier)))
        return found.filter { !known.contains($0) }
    }

    private func count(_ rules: [ContractRule]) async throws -> [Int64] {
        let counted = rules.filter { $0.condition != nil }
        guard !counted.isEmpty else { return rules.map { _ in 0 } }
        let list = counted.map { "count(*) FILTER (WHERE \($0.condition ?? "false"))" }.joined(separator: ", ")
        var found = try await engine.integers("SELECT \(list) FROM \(arrived)")[...]
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
        // What never landed is missing since before the freeze.
        case (.freeze, .missing) where rule.isOld: "read as NULL"
        case (.freeze, _): Findings.stopped
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
                    action: modes.types == .freeze ? Findings.stopped : "lands as it is",
                    detail: drift.detail
                )
            }
        }
    }

    /// Moves the rows that break a rule to a table of their own.
    private func refuse(_ rules: [ContractRule], from arrived: EngineTable, to refused: EngineTable) async throws
        -> Int64
    {
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

    /// Leaves unknown columns out and gives columns back the type in which they landed before: every value that is left
    /// fits.
    private func reshape(_ rules: [ContractRule], _ arrived: EngineTable) async throws {
        for rule in rules {
            let column = SQLText.identifier(rule.column)
            if rule.kind == .added {
                try await engine.execute("ALTER TABLE \(arrived.sql) DROP COLUMN \(column)")
            } else if let landed = expected.landedType(of: rule.column), let type = expected.type(of: rule.column),
                landed.holds(type)
            {
                try await engine.execute(
                    """
                    ALTER TABLE \(arrived.sql) ALTER COLUMN \(column) SET DATA TYPE \(landed)
                    USING TRY_CAST(TRY_CAST(\(column) AS \(type)) AS \(landed))
                    """
                )
            }
        }
    }
}
