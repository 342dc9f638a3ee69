// The trace that a request is part of: W3C Trace Context.

import Foundation
import Synchronization

/// A place in a trace: which trace, and our own span in it (W3C Trace Context, level 1).
///
/// Nothing here records spans; the ids go into the access log and back to the caller, so that the two can be joined.
struct TraceContext: Sendable, Equatable {
    /// 32 hexadecimal digits, not all zero.
    let traceID: String
    /// Our span, 16 hexadecimal digits, not all zero.
    let spanID: String
    /// The caller's span, if it named one.
    let parentID: String?
    /// Whether the caller may record the trace.
    let isSampled: Bool

    /// A trace of its own.
    init() {
        traceID = HexadecimalID.fresh(bytes: 16)
        spanID = HexadecimalID.fresh(bytes: 8)
        parentID = nil
        isSampled = false
    }

    /// Goes on with the trace of a `traceparent` header; nil when it is not well-formed, which is as good as none.
    init?(header: String) {
        // `version-traceid-parentid-flags`; later versions may have more fields, this one may not.
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff", parts[1].utf8.count == 32,
            parts[2].utf8.count == 16, parts[3].utf8.count == 2, parts[0] != "00" || parts.count == 4,
            parts[..<4].allSatisfy({ $0.utf8.allSatisfy(HexadecimalID.isDigit) }),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" }),
            let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        traceID = String(parts[1])
        spanID = HexadecimalID.fresh(bytes: 8)
        parentID = String(parts[2])
        isSampled = flags & 1 == 1
    }

    /// The header that says where in the trace we are.
    var header: String { "00-\(traceID)-\(spanID)-0\(isSampled ? 1 : 0)" }
}

/// Random ids as hexadecimal digits in small letters.
enum HexadecimalID {
    /// The system's random words, fetched many at a time: each request needs several, and each fetch is a system call.
    private static let words = Mutex<[UInt64]>([])
    private static let digits = StaticString("0123456789abcdef")

    /// An id of so many random bytes, a multiple of 8; never all zero.
    static func fresh(bytes: Int) -> String {
        String(unsafeUninitializedCapacity: 2 * bytes) { text in
            words.withLock { words in
                for start in stride(from: 0, to: 2 * bytes, by: 16) {
                    var word = next(&words)
                    for place in start..<start + 16 {
                        text[place] = digits.utf8Start[Int(word & 15)]
                        word >>= 4
                    }
                }
            }
            return 2 * bytes
        }
    }

    /// A random word other than zero.
    private static func next(_ words: inout [UInt64]) -> UInt64 {
        while true {
            if let word = words.popLast() {
                if word != 0 { return word }
                continue
            }
            // What getentropy gives at once at most.
            words = [UInt64](unsafeUninitializedCapacity: 256 / 8) { room, count in
                count = getentropy(room.baseAddress, 256) == 0 ? room.count : 0
            }
            if words.isEmpty { words.append(.random(in: 1...UInt64.max)) }
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
