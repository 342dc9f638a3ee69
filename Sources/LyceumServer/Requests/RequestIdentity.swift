// What a request is called in logs and answers.

import HTTPTypes

/// The id of one request: the caller's when it is well-formed, else a fresh one.
struct RequestIdentity: Sendable, Equatable {
    /// Returned as `X-Request-Id`, and in problems and the access log.
    let id: String
    /// The trace id of a well-formed W3C `traceparent`, 32 hexadecimal digits.
    let traceID: String?

    /// Reads `X-Request-Id` and `traceparent`; a header that is not well-formed is as good as absent.
    init(headers: HTTPFields) {
        traceID = headers[.traceparent].flatMap(Self.traceID)
        if let given = headers[.xRequestID], Self.isWellFormed(given) {
            id = given
        } else {
            id = Self.fresh()
        }
    }

    /// 8 to 64 letters, digits, dots, underscores and hyphens: nothing that could forge a log line.
    static func isWellFormed(_ id: String) -> Bool {
        (8...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// The trace id of `version-traceid-parentid-flags` (W3C Trace Context, section 3.2), or nil.
    static func traceID(of header: String) -> String? {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff", parts[1].utf8.count == 32,
            parts[2].utf8.count == 16, parts[3].utf8.count == 2, parts[0] != "00" || parts.count == 4,
            parts[..<4].allSatisfy({ $0.utf8.allSatisfy(Self.isLowercaseHexadecimal) }),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        return String(parts[1])
    }

    private static func isLowercaseHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }

    private static func fresh() -> String {
        hexadecimal(.random(in: 0...UInt64.max)) + hexadecimal(.random(in: 0...UInt64.max))
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
