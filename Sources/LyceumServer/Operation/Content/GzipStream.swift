// gzip (RFC 1952) with the system's zlib.

import CZlib
import NIOCore
import Synchronization

/// One deflate stream with its quarter of a megabyte of memory, to be used again and again.
///
/// `@unchecked Sendable`: whoever has taken it out of a ``GzipPool`` has it alone.
final class GzipStream: @unchecked Sendable {
    /// Compresses JSON about 4 times, at a fifth of the time that the best level takes.
    private static let level: Int32 = 3

    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    /// - Throws: ``ServerError`` with code `compression_failed` when there is no memory for it.
    init() throws {
        stream.initialize(to: z_stream())
        let status = lyceum_deflate_init_gzip(stream, Self.level)
        // Thrown from here on, deinit runs and frees the stream.
        guard status == Z_OK else { throw Self.failure(status) }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Makes the stream as new.
    func reset() { deflateReset(stream) }

    /// Compresses a piece.
    ///
    /// - Parameter isLast: ends the stream; otherwise all of the piece can be had from what is returned.
    /// - Throws: ``ServerError`` with code `compression_failed`.
    func compress(_ piece: ByteBuffer, isLast: Bool) throws -> ByteBuffer {
        var output = ByteBuffer()
        output.reserveCapacity(Int(deflateBound(stream, UInt(piece.readableBytes))) + 16)
        // What zlib reads it does not change; its interface is older than const.
        try piece.withUnsafeReadableBytes { bytes in
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            )
            stream.pointee.avail_in = UInt32(bytes.count)
            var status = Z_OK
            repeat {
                try output.writeWithUnsafeMutableBytes(minimumWritableBytes: 1024) { room in
                    stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    stream.pointee.avail_out = UInt32(room.count)
                    status = deflate(stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
                    // Z_BUF_ERROR says only that there was nothing left to do.
                    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                        throw Self.failure(status)
                    }
                    return room.count - Int(stream.pointee.avail_out)
                }
            } while isLast ? status != Z_STREAM_END : stream.pointee.avail_out == 0
        }
        stream.pointee.next_in = nil
        stream.pointee.next_out = nil
        return output
    }

    private static func failure(_ status: Int32) -> ServerError {
        ServerError(.compressionFailed, "zlib cannot compress an answer (status \(status))")
    }
}

/// Deflate streams that nobody is using.
final class GzipPool: Sendable {
    private let idle = Mutex<[GzipStream]>([])
    private let kept: Int

    /// - Parameter kept: how many streams wait to be used again; as many are used at once as are needed.
    init(kept: Int) {
        self.kept = kept
    }

    /// A stream to use alone.
    func take() throws -> GzipStream {
        try idle.withLock { $0.popLast() } ?? GzipStream()
    }

    /// Gives a stream back.
    func giveBack(_ stream: GzipStream) {
        stream.reset()
        idle.withLock { if $0.count < kept { $0.append(stream) } }
    }
}
