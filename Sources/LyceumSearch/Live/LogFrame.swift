// The write-ahead log's format: what is written together is one frame with one checksum.

import Foundation

/// Encodes and decodes frames of the log, all numbers little-endian.
///
///     file:   8 bytes "LYCLOG" 0x01 0x0A, UInt64 sequence of its first change, then frames
///     frame:  UInt32 magic, UInt32 length of the payload, UInt64 sequence of its first change, UInt32 changes, UInt32 0,
///             UInt64 XXH64 of the header's 24 bytes before it and the payload, then the payload
///     change: UInt8 kind (1 upsert, 2 delete), UInt8 length and name of the collection, UInt32 length and JSON or id
///
/// A frame is acknowledged as a whole or not at all, and the next is begun when it is on the disk: so only the last frame of the
/// last file can be torn.
enum LogFrame {
    static let fileMagic: [UInt8] = Array("LYCLOG".utf8) + [0x01, 0x0A]
    static let fileHeaderSize = 16
    static let magic: UInt32 = 0x4C57_594C
    static let headerSize = 32
    /// The largest payload: what one call may change.
    static let maximumPayload = 256 << 20

    static func fileHeader(first: UInt64) -> [UInt8] {
        var bytes = fileMagic
        append(first, to: &bytes)
        return bytes
    }

    /// One frame of changes numbered from `first`.
    static func encode(_ changes: [LiveChange], first: UInt64) throws -> [UInt8] {
        var payload: [UInt8] = []
        for change in changes {
            let (kind, body): (UInt8, String) =
                switch change {
                case .upsert(_, let json): (1, json)
                case .delete(_, let id): (2, id)
                }
            payload.append(kind)
            payload.append(UInt8(truncatingIfNeeded: change.collection.utf8.count))
            payload.append(contentsOf: change.collection.utf8)
            append(UInt32(clamping: body.utf8.count), to: &payload)
            payload.append(contentsOf: body.utf8)
        }
        guard payload.count <= maximumPayload else {
            throw SearchError(
                .invalidRequest,
                "the changes take \(payload.count) bytes; at most \(maximumPayload) are possible at once: split them"
            )
        }
        var frame: [UInt8] = []
        frame.reserveCapacity(headerSize + payload.count)
        append(magic, to: &frame)
        append(UInt32(payload.count), to: &frame)
        append(first, to: &frame)
        append(UInt32(changes.count), to: &frame)
        append(UInt32(0), to: &frame)
        append(checksum(header: frame[...], payload: payload[...]), to: &frame)
        frame.append(contentsOf: payload)
        return frame
    }

    /// What stands at a position of a log file.
    enum Reading {
        case frame(first: UInt64, changes: [LiveChange], end: Int)
        case end
        case bad(String)
    }

    /// Reads the frame at a position. O(its length).
    static func read(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Reading {
        if position == bytes.count { return .end }
        guard position + headerSize <= bytes.count else { return .bad("the header of a frame is cut off") }
        func number<Value: FixedWidthInteger>(_ offset: Int, _ type: Value.Type) -> Value {
            Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position + offset, as: Value.self))
        }
        guard number(0, UInt32.self) == magic else { return .bad("no frame begins here") }
        let length = Int(number(4, UInt32.self))
        let count = Int(number(16, UInt32.self))
        let start = position + headerSize
        guard length <= maximumPayload, count <= length, start + length <= bytes.count else {
            return .bad("a frame is cut off")
        }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
        let header = UnsafeRawBufferPointer(rebasing: bytes[position..<position + 24])
        guard number(24, UInt64.self) == checksum(header: header, payload: payload) else {
            return .bad("the checksum of a frame does not match")
        }
        guard let changes = decode(payload, count: count) else { return .bad("a frame holds something unknown") }
        return .frame(first: number(8, UInt64.self), changes: changes, end: start + length)
    }

    /// Whether a whole frame begins anywhere from a position on: then what is before it is not a torn end.
    static func hasFrame(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var position = start
        while position + headerSize <= bytes.count {
            let word = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            if word == magic, case .frame = read(bytes, at: position) { return true }
            position += 1
        }
        return false
    }

    private static func decode(_ payload: UnsafeRawBufferPointer, count: Int) -> [LiveChange]? {
        var changes: [LiveChange] = []
        changes.reserveCapacity(count)
        var position = 0
        for _ in 0..<count {
            guard position + 2 <= payload.count else { return nil }
            let kind = payload[position]
            let nameEnd = position + 2 + Int(payload[position + 1])
            guard nameEnd + 4 <= payload.count else { return nil }
            let name = String(decoding: payload[position + 2..<nameEnd], as: UTF8.self)
            let length = UInt32(littleEndian: payload.loadUnaligned(fromByteOffset: nameEnd, as: UInt32.self))
            let end = nameEnd + 4 + Int(length)
            guard end <= payload.count else { return nil }
            let body = String(decoding: payload[nameEnd + 4..<end], as: UTF8.self)
            switch kind {
            case 1: changes.append(.upsert(collection: name, json: body))
            case 2: changes.append(.delete(collection: name, id: body))
            default: return nil
            }
            position = end
        }
        return position == payload.count ? changes : nil
    }

    private static func checksum(header: some Sequence<UInt8>, payload: some Sequence<UInt8>) -> UInt64 {
        var bytes = Array(header)
        bytes.append(contentsOf: payload)
        return bytes.withUnsafeBytes { XXHash64.hash($0) }
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
