// What lyceum.yaml says about contracts.

import LyceumCore
import LyceumSources

/// Answers that go before those of the contracts themselves.
public struct ContractSettings: Sendable, Hashable {
    /// Raw table → dimension → answer; the name `default` stands for every table.
    public var answers: [String: [ContractDimension: ContractMode]]

    /// Raw table → column → the names it had before, the latest first.
    public var formerNames: [String: [String: [String]]] = [:]

    /// The name that stands for every table.
    static let everyTable = "default"

    /// States answers.
    public init(_ answers: [String: [ContractDimension: ContractMode]] = [:]) {
        self.answers = answers
    }

    /// A table's answers: its own in the configuration, then the configuration's default, then its contract's.
    public func modes(of table: String, stated: ContractModes?) -> ContractModes {
        var modes = stated ?? ContractModes()
        for dimension in ContractDimension.allCases {
            if let answer = answers[table]?[dimension] ?? answers[Self.everyTable]?[dimension] {
                modes[dimension] = answer
            }
        }
        return modes
    }
}

extension SchemaDrift {
    /// The difference as the ledger keeps it, where no row arrived that it could do something to.
    func record(source: String, modes: ContractModes) -> DriftRecord {
        let kinds: [Kind: (ContractDimension, DriftRecord.Kind)] = [
            .added: (.columns, .added), .missing: (.columns, .missing), .retyped: (.types, .retyped),
        ]
        let (dimension, kind) = kinds[self.kind] ?? (.columns, .added)
        return DriftRecord(
            source: source,
            table: table,
            column: column,
            dimension: dimension,
            kind: kind,
            mode: modes[dimension],
            action: "no row arrived",
            detail: detail
        )
    }
}
