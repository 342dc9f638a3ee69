// HTTP/2 by hand (RFC 9113), for what no well-behaved client does.

/// Frames as bytes.
enum HTTP2Frames {
    static let data: UInt8 = 0
    static let resetStream: UInt8 = 3
    static let goAway: UInt8 = 7

    /// The preface, and settings that change nothing.
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, [])

    /// A GET without a body; its headers are literals of the static table (RFC 7541, appendix A).
    static func get(_ path: String, stream: UInt32) -> [UInt8] {
        var block: [UInt8] = [0x82, 0x87, 0x04, UInt8(path.utf8.count)]
        block += Array(path.utf8) + [0x01, 9] + Array("localhost".utf8)
        // END_STREAM and END_HEADERS.
        return frame(1, 0x5, stream, block)
    }

    /// Takes a stream back: CANCEL.
    static func reset(_ stream: UInt32) -> [UInt8] { frame(resetStream, 0, stream, [0, 0, 0, 8]) }

    private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let length = payload.count
        let head = [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
        return head + [24, 16, 8, 0].map { UInt8(stream >> $0 & 255) } + payload
    }

    /// The frames received whole: their types and payloads.
    static func all(in bytes: [UInt8]) -> [(type: UInt8, payload: [UInt8])] {
        var frames: [(UInt8, [UInt8])] = []
        var rest = bytes[...]
        while rest.count >= 9 {
            let start = rest.startIndex
            let length = Int(rest[start]) << 16 | Int(rest[start + 1]) << 8 | Int(rest[start + 2])
            guard rest.count >= 9 + length else { break }
            frames.append((rest[start + 3], Array(rest[(start + 9)..<(start + 9 + length)])))
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }

    static func types(in bytes: [UInt8]) -> [UInt8] { all(in: bytes).map(\.type) }
}
