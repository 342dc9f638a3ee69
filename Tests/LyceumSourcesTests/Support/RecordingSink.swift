// A sink that keeps what it is given, as text.

import ADBC
import Arrow
import LyceumSources

/// Keeps rows, column name → text.
actor RecordingSink: ExtractSink {
    private(set) var rows: [[String: String]] = []
    private(set) var columns: [String] = []
    private(set) var rejected: [RejectedRow] = []
    private(set) var streams = 0
    /// The keys that were handed over, as text joined by `|`; nil for NULL is empty.
    private(set) var keys: [String] = []
    private(set) var restarts = 0
    private var onBatch: (@Sendable (Int) async throws -> Void)?

    /// - Parameter onBatch: called before each batch with the number of rows so far.
    init(onBatch: (@Sendable (Int) async throws -> Void)? = nil) {
        self.onBatch = onBatch
    }

    func write(_ stream: RecordBatchStream) async throws -> Int64 {
        streams += 1
        columns = stream.schema.fields.map(\.name)
        var count: Int64 = 0
        for try await batch in stream {
            try await onBatch?(rows.count)
            keep(batch)
            count += Int64(batch.count)
        }
        return count
    }

    func write(_ batch: RecordBatch) async throws {
        try await onBatch?(rows.count)
        columns = batch.schema.fields.map(\.name)
        keep(batch)
    }

    func reject(_ row: RejectedRow) async throws {
        rejected.append(row)
    }

    func writeKeys(_ stream: RecordBatchStream) async throws -> Int64 {
        for try await batch in stream {
            let columns = batch.columns
            for row in 0..<batch.count { keys.append(columns.map { $0.text(at: row) ?? "" }.joined(separator: "|")) }
        }
        return Int64(keys.count)
    }

    func restart() async throws {
        (rows, rejected, keys) = ([], [], [])
        restarts += 1
    }

    /// A column's values in order, nil for NULL.
    func values(_ column: String) -> [String?] { rows.map { $0[column] } }

    private func keep(_ batch: RecordBatch) {
        let columns = batch.columns
        let names = batch.schema.fields.map(\.name)
        for row in 0..<batch.count {
            var values: [String: String] = [:]
            for (name, column) in zip(names, columns) {
                if let text = column.text(at: row) { values[name] = text }
            }
            rows.append(values)
        }
    }
}

/// A sink that only counts, for large tables.
actor CountingSink: ExtractSink {
    private(set) var rows: Int64 = 0
    private(set) var streams = 0

    func write(_ stream: RecordBatchStream) async throws -> Int64 {
        streams += 1
        var count: Int64 = 0
        for try await batch in stream { count += Int64(batch.count) }
        rows += count
        return count
    }

    func write(_ batch: RecordBatch) async throws { rows += Int64(batch.count) }

    func reject(_ row: RejectedRow) async throws {}
}
