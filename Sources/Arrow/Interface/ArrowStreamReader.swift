// Reads record batches from a C stream.

import CArrow

/// Reads the batches of a stream that another library produces.
///
/// A reader is used by one thread at a time; the batches it returns may be read from any.
public final class ArrowStreamReader {
    /// The columns of every batch.
    public let schema: Schema
    private let stream: ArrowStream
    private var isAtEnd = false

    /// Takes over a stream and asks it for its schema.
    ///
    /// - Throws: ``ArrowError/Code/streamFailed`` with the producer's message.
    public init(_ stream: ArrowStream) throws(ArrowError) {
        self.stream = stream
        var schema = ArrowSchema()
        guard let getSchema = stream.pointer.pointee.get_schema, !stream.isReleased else {
            throw ArrowError(.malformed, "the stream was already released")
        }
        let code = getSchema(stream.pointer, &schema)
        guard code == 0 else { throw ArrowStreamReader.failure(stream, code, "giving its schema") }
        defer { schema.release?(&schema) }
        self.schema = try Schema(importing: &schema)
    }

    /// The next batch, or nil at the end; blocks while the producer works.
    ///
    /// - Throws: ``ArrowError/Code/streamFailed`` with the producer's message.
    public func next() throws(ArrowError) -> RecordBatch? {
        guard !isAtEnd else { return nil }
        guard let getNext = stream.pointer.pointee.get_next, !stream.isReleased else {
            throw ArrowError(.malformed, "the stream was already released")
        }
        var array = ArrowArray()
        let code = getNext(stream.pointer, &array)
        guard code == 0 else {
            isAtEnd = true
            throw ArrowStreamReader.failure(stream, code, "giving its next batch")
        }
        guard array.release != nil else {
            isAtEnd = true
            return nil
        }
        return try RecordBatch(importing: &array, schema: schema)
    }

    private static func failure(_ stream: ArrowStream, _ code: Int32, _ what: String) -> ArrowError {
        let text = stream.pointer.pointee.get_last_error?(stream.pointer).map { String(cString: $0) }
        return ArrowError(.streamFailed, "the stream failed \(what): \(text ?? "error \(code), without a message")")
    }
}
