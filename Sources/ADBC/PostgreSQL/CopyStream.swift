// Rows of a COPY, as batches.

import Arrow
import CArrow
import Synchronization

/// What the server sends for one COPY, decoded as it is asked for.
///
/// `@unchecked Sendable`: the decoder is used while the connection's thread is held, what was read ahead under a lock.
final class CopyStream: BatchSource, @unchecked Sendable {
    private let connection: CopyConnection
    private let decoder: CopyDecoder
    private let readAhead = Mutex<RecordBatch?>(nil)
    private let hasEnded = Atomic<Bool>(false)

    var schema: Schema { decoder.schema }
    var rowsAffected: Int64 { -1 }

    init(connection: CopyConnection, decoder: CopyDecoder) {
        self.connection = connection
        self.decoder = decoder
    }

    deinit {
        // What is left of the rows would have to be read before anything else: the connection is not worth that.
        if !hasEnded.load(ordering: .acquiring) { connection.abandon() }
    }

    func takeReadAhead() -> RecordBatch? {
        readAhead.withLock { batch in
            defer { batch = nil }
            return batch
        }
    }

    func fetch() async throws {
        try await connection.cancellable { [self] in
            var array = ArrowArray()
            guard try read(into: &array) else { return }
            let batch = try RecordBatch(importing: &array, schema: schema)
            readAhead.withLock { $0 = batch }
        }
    }

    func forward(to out: UnsafeMutablePointer<ArrowArray>) throws {
        if let batch = takeReadAhead() {
            batch.export(to: out)
            return
        }
        try connection.thread.exclusively { _ = try read(into: out) }
    }

    /// Fills a batch; false, and nothing in `out`, if there are no more rows.
    private func read(into out: UnsafeMutablePointer<ArrowArray>) throws(ADBCError) -> Bool {
        if hasEnded.load(ordering: .acquiring) { return false }
        if try !connection.read(into: decoder) { hasEnded.store(true, ordering: .releasing) }
        guard decoder.rows > 0 else { return false }
        decoder.take(into: out)
        return true
    }
}
