// Where a result's batches come from, and how they are handed on to another library.

import Arrow
import CArrow
import Synchronization

/// The side of a result that makes batches: a driver's stream, or rows that are decoded here.
protocol BatchSource: AnyObject, Sendable {
    /// The columns of every batch.
    var schema: Schema { get }
    /// How many rows the statement affected, -1 if that is not known.
    var rowsAffected: Int64 { get }

    /// The next batch that was read ahead.
    func takeReadAhead() -> RecordBatch?

    /// Reads at least one batch ahead unless the result has ended.
    func fetch() async throws

    /// One batch for another library, made on the calling thread; leaves `out` empty at the end.
    func forward(to out: UnsafeMutablePointer<ArrowArray>) throws
}

extension BatchSource {
    /// The rest of the result as a C stream for another library, which calls this side directly, batch by batch.
    ///
    /// - Parameter failure: where an error of this side is put, for the other side can only carry its text.
    func handOver(recording failure: StreamFailure) -> ArrowStream {
        let forwarder = Forwarder(source: self, failure: failure)
        let result = ArrowStream()
        result.pointer.pointee.private_data = Unmanaged.passRetained(forwarder).toOpaque()
        result.pointer.pointee.get_schema = forwardSchema
        result.pointer.pointee.get_next = forwardNext
        result.pointer.pointee.get_last_error = forwardLastError
        result.pointer.pointee.release = releaseForwarder
        return result
    }
}

extension ArrowStream {
    var pointee: ArrowArrayStream { pointer.pointee }
}

/// The first error of a stream's producer, kept for the side that cannot see it.
final class StreamFailure: Sendable {
    private let state = Mutex<(any Error)?>(nil)

    var error: (any Error)? { state.withLock { $0 } }

    func record(_ error: any Error) { state.withLock { $0 = $0 ?? error } }
}

/// The state of a handed-over stream.
private final class Forwarder {
    let source: any BatchSource
    let failure: StreamFailure
    var text: [CChar] = []

    init(source: any BatchSource, failure: StreamFailure) {
        self.source = source
        self.failure = failure
    }

    static func of(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) -> Forwarder? {
        stream?.pointee.private_data.map { Unmanaged<Forwarder>.fromOpaque($0).takeUnretainedValue() }
    }
}

private let inputOutputError: Int32 = 5  // EIO
private let invalidArgument: Int32 = 22  // EINVAL

private func forwardSchema(
    _ stream: UnsafeMutablePointer<ArrowArrayStream>?,
    _ out: UnsafeMutablePointer<ArrowSchema>?
) -> Int32 {
    guard let forwarder = Forwarder.of(stream), let out else { return invalidArgument }
    forwarder.source.schema.export(to: out)
    return 0
}

private func forwardNext(
    _ stream: UnsafeMutablePointer<ArrowArrayStream>?,
    _ out: UnsafeMutablePointer<ArrowArray>?
) -> Int32 {
    guard let forwarder = Forwarder.of(stream), let out else { return invalidArgument }
    out.initialize(to: ArrowArray())
    do {
        try forwarder.source.forward(to: out)
        return 0
    } catch {
        forwarder.failure.record(error)
        forwarder.text = Array(String(describing: error).utf8CString)
        return inputOutputError
    }
}

private func forwardLastError(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) -> UnsafePointer<CChar>? {
    guard let forwarder = Forwarder.of(stream), !forwarder.text.isEmpty else { return nil }
    // The array does not change until the next call, which is how long the pointer has to live.
    return forwarder.text.withUnsafeBufferPointer { $0.baseAddress }
}

private func releaseForwarder(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) {
    guard let stream, stream.pointee.release != nil else { return }
    if let owned = stream.pointee.private_data { Unmanaged<Forwarder>.fromOpaque(owned).release() }
    stream.pointee.private_data = nil
    stream.pointee.release = nil
}
