// How an extraction is held to its table's contract.

import LyceumCore
import LyceumLake
import LyceumSources

extension Extractor {
    /// The columns of the rows landed so far, the pipeline's own aside; none before the first.
    func landedColumns(_ earlier: String?) async throws -> [ColumnDescription] {
        guard let earlier else { return [] }
        let own = Set(SourceTable.metadata.map(\.name))
        return try await session.engine.columns(of: "SELECT * FROM \(earlier)")
            .filter { !own.contains($0.name) }
    }

    /// Holds what arrived to the contract: notes every difference, and puts aside what is to be put aside.
    ///
    /// - Returns: the refused rows, which are no longer among those that arrived; nil when there are none.
    /// - Throws: ``PipelineError`` with code `contractBroken` for a difference in a frozen dimension.
    func holdToContract(
        _ landing: Landing,
        _ arrivals: String,
        _ dataset: Dataset,
        _ extraction: Extraction,
        expected: ExpectedSchema,
        source: String,
        earlier: String?
    ) async throws -> ContractGate.Refused? {
        let gate = ContractGate(
            engine: session.engine,
            arrived: arrivals,
            source: source,
            table: dataset.table,
            key: dataset.key,
            modes: contracts.modes(of: dataset.table, stated: expected.contract?.modes),
            expected: expected,
            earlier: earlier,
            reported: extraction.drift
        )
        let findings = try await gate.assess()
        await session.add(findings.drift)
        guard findings.stops.isEmpty else { throw Self.broken(findings.stops) }
        guard findings.isPutAside else { return nil }
        try await landing.gather()
        return try await gate.putAside(findings, from: landing.table)
    }

    /// The columns for the catalog: the contract's, and what has landed beside them.
    static func described(
        _ contract: Contract?,
        landed: [ColumnDescription],
        _ columns: [ColumnDescription]
    ) -> [ColumnDescription] {
        var described = contract?.columnDescriptions ?? []
        var names = Set(described.map(\.name))
        for column in columns + landed where names.insert(column.name).inserted {
            var column = column
            if contract != nil {
                // Nobody has said yet what it is, so it is guarded as if it named a person.
                column.pii = .direct
                column.description = "Not in the contract; delivered by the source."
            }
            described.append(column)
        }
        return described
    }

    private static func broken(_ stops: [DriftRecord]) -> PipelineError {
        let list = stops.prefix(5).map { drift in
            "\(drift.column) \(drift.kind.rawValue)"
                + (drift.detail.isEmpty ? "" : " (\(drift.detail)\(drift.rows > 0 ? ", \(drift.rows) rows" : ""))")
        }
        let more = stops.count > 5 ? " and \(stops.count - 5) more" : ""
        let dimensions = Set(stops.map(\.dimension.rawValue)).sorted().joined(separator: " and ")
        return PipelineError(
            .contractBroken,
            "the contract freezes \(dimensions), and the source differs: \(list.joined(separator: "; "))\(more). Nothing "
                + "was published. Mend the source, or allow it: 'contracts: {\(stops[0].table): "
                + "{\(stops[0].dimension.rawValue): evolve}}' (or quarantine) in lyceum.yaml",
            location: "\(stops[0].source)/\(stops[0].table)"
        )
    }
}
