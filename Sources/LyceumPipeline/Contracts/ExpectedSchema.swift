// What a raw table should look like: its contract, and what has landed so far.

import LyceumCore
import LyceumSources

/// The columns that a source's rows are held against.
///
/// A column is known when the contract names it or when it has landed before: what was let in once is no news.
struct ExpectedSchema: Sendable {
    let contract: Contract?
    /// Columns with the engine's types, in order.
    let columns: [ColumnDescription]
    /// The types that landed before.
    private let landed: [String: EngineType]

    /// - Parameter landed: the columns of the rows landed so far, the pipeline's own aside; empty before the first.
    init(contract: Contract?, landed: [ColumnDescription]) {
        self.contract = contract
        let own = (contract?.columnDescriptions ?? [])
        let names = Set(own.map(\.name))
        columns = own + landed.filter { !names.contains($0.name) }
        self.landed = Dictionary(landed.map { ($0.name, EngineType($0.type)) }) { first, _ in first }
    }

    /// Columns that come without being known. Before the first landing a table without a contract knows none, and takes
    /// all.
    func added(_ delivered: [String]) -> [String] {
        guard !columns.isEmpty else { return [] }
        let known = Set(columns.map(\.name)).union([Contract.extraColumn])
        return delivered.filter { !known.contains($0) }
    }

    /// Known columns that do not come.
    func missing(_ delivered: [String]) -> [String] {
        let present = Set(delivered)
        return columns.map(\.name).filter { $0 != Contract.extraColumn && !present.contains($0) }
    }

    /// The type that a column's values must fit: the contract's, or else the one that landed before; nil for text,
    /// which holds anything.
    func type(of column: String) -> EngineType? {
        let stated = columns.first { $0.name == column }.map { EngineType($0.type) }
        let type = stated.map { $0.isText ? landed[column] ?? $0 : $0 }
        return type.flatMap { $0.isText ? nil : $0 }
    }

    /// The type in which a column has landed before.
    func landedType(of column: String) -> EngineType? { landed[column] }

    /// Whether a source's column has changed its type. Text that stands for a typed value in a table that never had
    /// anything else (a CSV file's) is no change: its values say whether they fit.
    func isRetyped(_ column: String, as delivered: EngineType) -> Bool {
        guard let type = type(of: column), !type.holds(delivered) else { return false }
        return !delivered.isText || landed[column].map { !$0.isText } ?? false
    }
}
