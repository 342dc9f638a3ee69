// Schema drift before a run: what the sources' columns say now.

import LyceumCore
import LyceumLake
import LyceumSources

extension Pipeline {
    /// How a source's tables differ from their contracts now, and what a run would do about it.
    ///
    /// Only columns and their types are asked for, no rows; what is in the rows shows in the run. A source that cannot be
    /// reached is a note, for a plan must not fail over it.
    func drift(of source: any Source, _ datasets: [Dataset], landed: [TableID: [ColumnDescription]]) async throws -> (
        drift: [DriftRecord], notes: [String]
    ) {
        var drift: [DriftRecord] = []
        for dataset in datasets {
            do {
                guard let columns = try await source.columns(of: dataset) else { continue }
                drift += planned(columns, dataset, source: source.name, landed[TableID(.raw, dataset.table)] ?? [])
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                return (drift, ["\(source.name) could not be asked for its columns: \(error)"])
            }
        }
        return (drift, [])
    }

    private func planned(
        _ columns: [SourceColumn],
        _ dataset: Dataset,
        source: String,
        _ landed: [ColumnDescription]
    ) -> [DriftRecord] {
        let contract = project.sourceTable(dataset.table)
        let own = Set(SourceTable.metadata.map(\.name))
        let expected = ExpectedSchema(contract: contract, landed: landed.filter { !own.contains($0.name) })
        let delivered = columns.map { column in
            // Without a type of its own a column is as it should be until its values are read.
            let type = column.type.flatMap(EngineType.init) ?? expected.type(of: column.name)
            return ColumnDescription(name: column.name, type: type?.name ?? "VARCHAR")
        }
        let modes = configuration.contracts.modes(of: dataset.table, stated: contract?.modes)
        return ContractRule.rules(expected, key: dataset.key, delivered: delivered, members: [])
            .filter(\.isStructural)
            .map { rule in
                DriftRecord(
                    source: source,
                    table: dataset.table,
                    column: rule.column,
                    dimension: rule.dimension,
                    kind: rule.kind,
                    mode: modes[rule.dimension],
                    action: ContractGate.action(rule, modes[rule.dimension], rows: nil),
                    detail: rule.detail
                )
            }
    }
}
