// Where a source puts what it reads. The pipeline supplies it; a sink may be called from several tasks at once.

import ADBC
import Arrow

/// Takes the rows of one dataset.
public protocol ExtractSink: Sendable {
    /// Writes a whole stream of batches, which the sink consumes as an Arrow C stream.
    ///
    /// - Returns: the number of rows written.
    /// - Throws: the stream's error, or the sink's own.
    func write(_ stream: RecordBatchStream) async throws -> Int64

    /// Writes one batch.
    func write(_ batch: RecordBatch) async throws

    /// Sets aside a row that could not be read: it goes to quarantine, and the rest is loaded.
    func reject(_ row: RejectedRow) async throws

    /// Takes the keys of all rows that the source has, as a stream of the key's columns.
    ///
    /// Said after the rows, for an extraction that is not complete: a known key that is among neither is deleted.
    ///
    /// - Returns: the number of keys.
    func writeKeys(_ stream: RecordBatchStream) async throws -> Int64

    /// Forgets everything written so far: the source starts again from the beginning.
    ///
    /// Without it a row that was delivered before an interruption and again after it would be there twice.
    func restart() async throws
}

extension ExtractSink {
    /// Reads the keys and lets them go.
    public func writeKeys(_ stream: RecordBatchStream) async throws -> Int64 {
        var count: Int64 = 0
        for try await batch in stream { count += Int64(batch.count) }
        return count
    }

    /// Does nothing, for sinks that take rows twice.
    public func restart() async throws {}
}

/// A row that could not be read.
public struct RejectedRow: Sendable, Hashable {
    /// Where it stands: `students.csv:17`, or a URL and a position in it.
    public var location: String
    /// Why it could not be read, in one sentence without values.
    public var reason: String
    /// The row as it came, invalid bytes shown as `\xHH`. It may hold personal data: for quarantine only.
    public var text: String

    /// Sets a row aside.
    public init(location: String, reason: String, text: String) {
        self.location = location
        self.reason = reason
        self.text = text
    }
}
