// The conditions under which single rows differ from a contract.

import LyceumCore
import LyceumSources

/// A condition on rows with what it means for the contract.
struct ContractRule: Sendable, Hashable {
    var column: String
    var dimension: ContractDimension
    var kind: DriftRecord.Kind
    /// The rule's name in quarantine, such as `unknown_column_nickname`.
    var name: String
    /// Why a row is refused, without values.
    var reason: String
    /// From what to what, for reports; empty if the reason says it all.
    var detail: String
    /// An SQL condition that is true for rows that differ; nil where the difference is not in single rows.
    var condition: String?
    /// Whether the difference is there even when no row carries it.
    var isStructural: Bool

    /// The rules for rows delivered with certain columns, columns before types before data.
    ///
    /// - Parameters:
    ///   - delivered: the columns as they arrived.
    ///   - members: members of `_extra` that are not known.
    static func rules(
        _ expected: ExpectedSchema,
        key: [String],
        delivered: [ColumnDescription],
        members: [String]
    ) -> [ContractRule] {
        let names = delivered.map(\.name)
        var rules = expected.missing(names).map { column in
            ContractRule(
                column: column,
                dimension: .columns,
                kind: .missing,
                name: "missing_column_\(column)",
                reason: "the source has no column '\(column)'",
                detail: "",
                condition: nil,
                isStructural: true
            )
        }
        let types = Dictionary(delivered.map { ($0.name, EngineType($0.type)) }) { first, _ in first }
        rules += expected.added(names).map { column in
            unknown(
                column,
                detail: types[column].map(\.name) ?? "",
                condition: "\(SQLText.identifier(column)) IS NOT NULL",
                isStructural: true
            )
        }
        let extra = SQLText.identifier(Contract.extraColumn)
        rules += members.map { member in
            unknown(
                member,
                detail: "a member in \(Contract.extraColumn)",
                condition: "list_contains(json_keys(\(extra)), \(SQLText.literal(member)))",
                isStructural: false
            )
        }
        for column in delivered {
            guard let type = expected.type(of: column.name) else { continue }
            let arrived = EngineType(column.type)
            let condition = type.misfit(SQLText.identifier(column.name), of: arrived)
            let isRetyped = expected.isRetyped(column.name, as: arrived)
            guard condition != nil || isRetyped else { continue }
            rules.append(
                ContractRule(
                    column: column.name,
                    dimension: .types,
                    kind: .retyped,
                    name: "type_\(column.name)",
                    reason: "'\(column.name)' is not \(type)",
                    detail: "\(arrived) instead of \(type)",
                    condition: condition,
                    isStructural: isRetyped
                )
            )
        }
        return rules + data(expected.contract, key: key, names: Set(names))
    }

    private static func unknown(_ column: String, detail: String, condition: String, isStructural: Bool) -> ContractRule
    {
        ContractRule(
            column: column,
            dimension: .columns,
            kind: .added,
            name: "unknown_column_\(column)",
            reason: "the contract has no column '\(column)'",
            detail: detail,
            condition: condition,
            isStructural: isStructural
        )
    }

    private static func data(_ contract: Contract?, key: [String], names: Set<String>) -> [ContractRule] {
        func rule(_ column: String, _ name: String, _ reason: String, _ condition: String) -> ContractRule {
            ContractRule(
                column: column,
                dimension: .data,
                kind: .broken,
                name: "\(name)_\(column)",
                reason: reason,
                detail: reason,
                condition: condition,
                isStructural: false
            )
        }
        func isBlank(_ column: String) -> String {
            "trim(coalesce(CAST(\(SQLText.identifier(column)) AS VARCHAR), '')) = ''"
        }
        var rules = key.filter(names.contains).map {
            rule($0, "key", "the key column '\($0)' has no value", isBlank($0))
        }
        for field in contract?.fields ?? [] {
            let column = field.description.name
            guard names.contains(column) else { continue }
            let text = "CAST(\(SQLText.identifier(column)) AS VARCHAR)"
            if field.isRequired, !key.contains(column) {
                rules.append(rule(column, "required", "'\(column)' has no value", isBlank(column)))
            }
            if let values = field.values {
                let list = values.map(SQLText.literal).joined(separator: ", ")
                rules.append(
                    rule(
                        column,
                        "values",
                        "'\(column)' is not one of \(values.joined(separator: ", "))",
                        "NOT \(isBlank(column)) AND \(text) NOT IN (\(list))"
                    )
                )
            }
            if let pattern = field.pattern {
                rules.append(
                    rule(
                        column,
                        "matches",
                        "'\(column)' has not the expected form",
                        "NOT \(isBlank(column)) AND NOT regexp_full_match(\(text), \(SQLText.literal(pattern)))"
                    )
                )
            }
        }
        return rules
    }
}
