// Streams of batches through the C stream interface: taken from another library, or made from Swift batches.

import CArrow

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A stream of record batches in the C stream interface, owned: released when it is dropped unless handed over.
///
/// A stream is used by one thread at a time.
public final class ArrowStream {
    /// The C structure; stable for the life of this object.
    public let pointer: UnsafeMutablePointer<ArrowArrayStream>

    /// Moves `source` in and marks it as released.
    public init(moving source: UnsafeMutablePointer<ArrowArrayStream>) {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: source.pointee)
        source.pointee.release = nil
    }

    /// Creates an empty structure for a producer to fill.
    public init() {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: ArrowArrayStream())
    }

    /// Creates a stream that calls `next` for each batch, on whatever thread the consumer reads from; `next` may block.
    ///
    /// An error thrown by `next` reaches the consumer as its description, and ends the stream.
    public convenience init(schema: Schema, next: @escaping () throws -> RecordBatch?) {
        self.init()
        let producer = StreamProducer(schema: schema, next: next)
        pointer.pointee.private_data = Unmanaged.passRetained(producer).toOpaque()
        pointer.pointee.get_schema = produceSchema
        pointer.pointee.get_next = produceNext
        pointer.pointee.get_last_error = produceLastError
        pointer.pointee.release = releaseProducer
    }

    /// Creates a stream of the given batches.
    public convenience init(schema: Schema, batches: some Sequence<RecordBatch>) {
        var iterator = batches.makeIterator()
        self.init(schema: schema) { iterator.next() }
    }

    /// Whether the stream was handed over or released.
    public var isReleased: Bool { pointer.pointee.release == nil }

    /// Moves the C structure to another library, which releases it.
    public func move(to destination: UnsafeMutablePointer<ArrowArrayStream>) {
        destination.initialize(to: pointer.pointee)
        pointer.pointee.release = nil
    }

    deinit {
        pointer.pointee.release?(pointer)
        pointer.deallocate()
    }
}

/// The Swift side of an exported stream.
private final class StreamProducer {
    let schema: Schema
    private var next: (() throws -> RecordBatch?)?
    private var lastError: UnsafeMutablePointer<CChar>?

    init(schema: Schema, next: @escaping () throws -> RecordBatch?) {
        self.schema = schema
        self.next = next
    }

    deinit { free(lastError) }

    var lastErrorText: UnsafePointer<CChar>? { lastError.map { UnsafePointer($0) } }

    func produce(_ out: UnsafeMutablePointer<ArrowArray>) -> Int32 {
        out.initialize(to: ArrowArray())
        guard let next else { return 0 }
        do {
            guard let batch = try next() else {
                self.next = nil
                return 0
            }
            guard batch.schema.fields.map(\.type) == schema.fields.map(\.type) else {
                throw ArrowError(.typeMismatch, "a batch has another schema than its stream: \(batch)")
            }
            batch.export(to: out)
            return 0
        } catch {
            self.next = nil
            free(lastError)
            lastError = strdup(String(describing: error))
            return EIO
        }
    }
}

private func producer(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) -> StreamProducer? {
    stream?.pointee.private_data.map { Unmanaged<StreamProducer>.fromOpaque($0).takeUnretainedValue() }
}

private func produceSchema(
    _ stream: UnsafeMutablePointer<ArrowArrayStream>?,
    _ out: UnsafeMutablePointer<ArrowSchema>?
) -> Int32 {
    guard let producer = producer(stream), let out else { return EINVAL }
    producer.schema.export(to: out)
    return 0
}

private func produceNext(
    _ stream: UnsafeMutablePointer<ArrowArrayStream>?,
    _ out: UnsafeMutablePointer<ArrowArray>?
) -> Int32 {
    guard let producer = producer(stream), let out else { return EINVAL }
    return producer.produce(out)
}

private func produceLastError(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) -> UnsafePointer<CChar>? {
    producer(stream)?.lastErrorText
}

private func releaseProducer(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) {
    guard let stream, stream.pointee.release != nil else { return }
    if let owned = stream.pointee.private_data { Unmanaged<StreamProducer>.fromOpaque(owned).release() }
    stream.pointee.private_data = nil
    stream.pointee.release = nil
}
