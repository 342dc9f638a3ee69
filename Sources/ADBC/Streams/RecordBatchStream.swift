// Results: an asynchronous sequence of record batches.

import Arrow

/// The result of a query, batch by batch.
///
/// Iterate it once. Batches are read ahead a little (about a millisecond's worth), so small batches cost little. A result
/// that is dropped before its end is closed then. Read a result before running the next statement on its connection:
/// some drivers (PostgreSQL) refuse, some (DuckDB) first read the rest into memory.
public struct RecordBatchStream: AsyncSequence, Sendable {
    /// A batch of rows.
    public typealias Element = RecordBatch

    /// The columns of every batch.
    public var schema: Schema { source.schema }
    /// How many rows the statement affected, -1 if the driver does not say; for statements that return what they changed.
    public var rowsAffected: Int64 { source.rowsAffected }
    let source: any BatchSource

    init(_ source: any BatchSource) { self.source = source }

    /// Starts reading.
    public func makeAsyncIterator() -> Iterator { Iterator(source: source) }

    /// Reads what is left of the result.
    public func collect() async throws -> [RecordBatch] {
        var batches: [RecordBatch] = []
        for try await batch in self { batches.append(batch) }
        return batches
    }

    /// Reads one batch after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let source: any BatchSource

        /// The next batch, or nil at the end.
        ///
        /// - Throws: ``ADBCError`` of the database; `CancellationError` if the task is cancelled.
        public mutating func next() async throws -> RecordBatch? { try await next(isolation: nil) }

        /// The next batch, or nil at the end, without leaving the caller's actor if it is there already.
        ///
        /// - Throws: ``ADBCError`` of the database; `CancellationError` if the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> RecordBatch? {
            if let batch = source.takeReadAhead() { return batch }
            try await source.fetch()
            return source.takeReadAhead()
        }
    }
}
