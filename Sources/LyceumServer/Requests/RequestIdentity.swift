// What a request is called in logs and answers.

import HTTPTypes

/// The id of one request: the caller's when it is well-formed, else a fresh one; and its place in a trace.
struct RequestIdentity: Sendable, Equatable {
    /// Returned as `X-Request-Id`, and in problems and the access log.
    let id: String
    /// The caller's trace, gone on with, or one of its own; returned as `traceparent`.
    let trace: TraceContext

    /// Reads `X-Request-Id` and `traceparent`; a header that is not well-formed is as good as absent.
    init(headers: HTTPFields) {
        // Two `traceparent` headers are one too many: which is meant cannot be known.
        let traces = headers[values: .traceparent]
        trace = traces.count == 1 ? TraceContext(header: traces[0]) ?? TraceContext() : TraceContext()
        if let given = headers[.xRequestID], Self.isWellFormed(given) {
            id = given
        } else {
            id = HexadecimalID.fresh(bytes: 16)
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
}
