// The driver's side of a result: reads ahead on the connection's thread.

import Arrow
import CArrow
import Dispatch
import Synchronization

/// A result stream of a driver, with the statement and the connection it needs.
///
/// `@unchecked Sendable`: the C stream is touched on the connection's thread only, what was read ahead under a lock.
final class StreamSource: BatchSource, @unchecked Sendable {
    let connection: Connection
    let schema: Schema
    let rowsAffected: Int64
    private let statement: Statement
    private var stream: ArrowStream?
    private let readAhead = Mutex(ReadAhead())

    private struct ReadAhead {
        /// Batches in reverse, so that taking the next is O(1).
        var reversed: [RecordBatch] = []
        /// An error met after at least one good batch, kept until those are taken.
        var pending: (any Error)?
    }

    /// How long one visit to the driver reads on, and how many batches it may bring.
    private static let visitNanoseconds: UInt64 = 1_000_000
    private static let visitBatches = 64

    /// - Throws: ``ADBCError`` if the stream cannot give its schema, or a type in `types` does not fit its column.
    init(
        connection: Connection,
        statement: Statement,
        stream: ArrowStream,
        rowsAffected: Int64,
        types: [String: DataType] = [:]
    ) throws {
        self.connection = connection
        self.statement = statement
        self.rowsAffected = rowsAffected
        guard let getSchema = stream.pointer.pointee.get_schema, !stream.isReleased else {
            // A statement without a result, with a driver that then leaves the stream empty.
            schema = Schema([])
            self.stream = nil
            statement.release()
            return
        }
        var schema = ArrowSchema()
        let code = getSchema(stream.pointer, &schema)
        guard code == 0 else { throw statement.error(of: stream, code: code) }
        defer { schema.release?(&schema) }
        self.schema = try Schema(importing: &schema).reading(types)
        self.stream = stream
        connection.streamOpened()
    }

    deinit {
        guard let stream else { return }
        // The driver may be busy with the connection's next statement; the thread keeps these alive until it is free.
        let parts = Parts(stream: stream, statement: statement, connection: connection)
        connection.thread.enqueue { parts.close() }
    }

    /// What is needed to close a stream later.
    ///
    /// `@unchecked Sendable`: handed over to the connection's thread, nobody else has it.
    private struct Parts: @unchecked Sendable {
        let stream: ArrowStream
        let statement: Statement
        let connection: Connection

        func close() {
            stream.pointee.release?(stream.pointer)
            statement.release()
            connection.streamClosed()
        }
    }

    /// The next batch that was read ahead.
    func takeReadAhead() -> RecordBatch? { readAhead.withLock { $0.reversed.popLast() } }

    /// Reads at least one batch unless the result has ended.
    func fetch() async throws {
        if let error = readAhead.withLock({ state in
            defer { state.pending = nil }
            return state.pending
        }) {
            throw error
        }
        try await connection.cancellable(statement) { [self] in try visit() }
    }

    /// Reads batches for a moment; on the connection's thread.
    private func visit() throws {
        let start = DispatchTime.now().uptimeNanoseconds
        var batches: [RecordBatch] = []
        do {
            repeat {
                guard let batch = try read() else { break }
                batches.append(batch)
            } while batches.count < StreamSource.visitBatches
                && DispatchTime.now().uptimeNanoseconds - start < StreamSource.visitNanoseconds
        } catch {
            if batches.isEmpty { throw error }
            readAhead.withLock { $0.pending = error }
        }
        batches.reverse()
        readAhead.withLock { $0.reversed = batches }
    }

    /// The next batch, or nil at the end; on the connection's thread.
    func read() throws -> RecordBatch? {
        guard let stream, let getNext = stream.pointee.get_next else { return nil }
        var array = ArrowArray()
        let code = getNext(stream.pointer, &array)
        guard code == 0 else {
            let error = statement.error(of: stream, code: code)
            close()
            throw connection.noted(error)
        }
        guard array.release != nil else {
            close()
            return nil
        }
        return try RecordBatch(importing: &array, schema: schema)
    }

    /// Releases stream and statement; on the connection's thread.
    private func close() {
        guard let stream else { return }
        self.stream = nil
        Parts(stream: stream, statement: statement, connection: connection).close()
    }

    // MARK: Handing the stream on

    /// One batch for another driver; waits for the connection's thread, so that nothing else uses it meanwhile.
    func forward(to out: UnsafeMutablePointer<ArrowArray>) throws {
        if let batch = takeReadAhead() {
            batch.export(to: out)
            return
        }
        if let error = readAhead.withLock({ $0.pending }) { throw error }
        try connection.thread.exclusively {
            guard let stream, let getNext = stream.pointee.get_next else { return }
            let code = getNext(stream.pointer, out)
            guard code == 0 else {
                let error = statement.error(of: stream, code: code)
                close()
                throw connection.noted(error)
            }
            if out.pointee.release == nil { close() }
        }
    }
}

extension Schema {
    /// The schema with other types for some columns, whose bytes stay as they are.
    fileprivate func reading(_ types: [String: DataType]) throws(ADBCError) -> Schema {
        if types.isEmpty { return self }
        var fields = fields
        for (name, type) in types {
            guard let index = index(of: name), fields[index].type.hasLayout(of: type) else {
                throw ADBCError(
                    .invalidArgument,
                    "the column \(name) cannot be read as \(type): "
                        + (index(of: name).map { "it holds \(fields[$0].type)" } ?? "there is none")
                )
            }
            fields[index].type = type
        }
        return Schema(fields, metadata: metadata)
    }
}
