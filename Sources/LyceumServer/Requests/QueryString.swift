// The query part of a request target, read strictly.

import Foundation

/// The names and values of a query string, in order, percent-decoded.
struct QueryString: Sendable {
    let pairs: [(name: String, value: String)]

    /// A query of these parameters.
    init(pairs: [(name: String, value: String)]) {
        self.pairs = pairs
    }

    /// Reads `name=value&…`, with `+` as a space.
    ///
    /// - Throws: ``Problem`` 400 when an escape is broken or does not make UTF-8.
    init(_ text: String?) throws {
        guard let text, !text.isEmpty else {
            pairs = []
            return
        }
        // By bytes: what separates the parts is ASCII, and characters of a text are costly to find.
        pairs = try text.utf8.split(separator: UInt8(ascii: "&")).map { part in
            guard let end = part.firstIndex(of: UInt8(ascii: "=")) else { return (name: try Self.decoded(part), "") }
            return (name: try Self.decoded(part[..<end]), value: try Self.decoded(part[part.index(after: end)...]))
        }
    }

    /// One path segment, percent-decoded; `+` stands for itself here.
    ///
    /// - Throws: ``Problem`` 400 when an escape is broken or does not make UTF-8.
    static func decodedSegment(_ text: some StringProtocol) throws -> String {
        try decoded(text.utf8, plusIsSpace: false)
    }

    private static func decoded(_ text: some Swift.Collection<UInt8>, plusIsSpace: Bool = true) throws -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
                    throw broken
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw broken }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static let broken = Problem.badRequest(
        "bad-encoding",
        "The request target is not percent-encoded UTF-8",
        "Encode the value as UTF-8 and escape each byte that needs it as %XX."
    )
}
