// Looking into a source without loading it: what any source can answer by being read from its beginning.

import ADBC
import Arrow

extension Source {
    /// Reads the table until there are enough rows, then stops.
    public func preview(_ table: String, rows: Int) async throws -> [RecordBatch] {
        let datasets = try await datasets()
        guard let dataset = datasets.first(where: { $0.table == table || $0.table == "\(kind)_\(table)" }) else {
            throw SourceError(
                .notFound,
                "The source '\(name)' has no table '\(table)'; it has "
                    + datasets.map(\.table).joined(separator: ", ") + ".",
                location: name
            )
        }
        let sink = PreviewSink(rows: max(1, rows))
        do {
            _ = try await extract(ExtractRequest(dataset: dataset, fullRefresh: true), into: sink)
        } catch is PreviewSink.Enough {}
        return await sink.batches
    }

    /// The tables that the source is configured to deliver, with the columns that are expected of them.
    public func discover(schema: String?) async throws -> [DiscoveredTable] {
        try await datasets().map { dataset in
            DiscoveredTable(
                schema: nil,
                name: dataset.table,
                kind: kind,
                estimatedRows: nil,
                columns: dataset.columns.map { column in
                    DeclaredColumn(
                        name: column,
                        type: "",
                        keyPosition: dataset.key.firstIndex(of: column).map { $0 + 1 }
                    )
                }
            )
        }
    }
}

/// Keeps the first rows and then ends the extraction with an error of its own.
private actor PreviewSink: ExtractSink {
    struct Enough: Error {}

    private let wanted: Int
    private var count = 0
    private(set) var batches: [RecordBatch] = []

    init(rows: Int) { wanted = rows }

    func write(_ stream: RecordBatchStream) async throws -> Int64 {
        let before = count
        for try await batch in stream { try keep(batch) }
        return Int64(count - before)
    }

    func write(_ batch: RecordBatch) async throws { try keep(batch) }

    func reject(_ row: RejectedRow) async throws {}

    func restart() async throws { (batches, count) = ([], 0) }

    private func keep(_ batch: RecordBatch) throws {
        if count >= wanted { throw Enough() }
        let part = batch.count > wanted - count ? batch.slice(from: 0, count: wanted - count) : batch
        if part.count > 0 { batches.append(part) }
        count += part.count
        if count >= wanted { throw Enough() }
    }
}
