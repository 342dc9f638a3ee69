// When and how a request came, told from the connection to the server.

import HTTPTypes
import NIOCore

/// How a request came, as a header that only ``RequestGuard`` writes and ``EdgeResponder`` takes away.
struct Arrival: Sendable, Equatable {
    /// When the head was read. A request may wait for a thread before any code of its route runs; times and admission count
    /// from here.
    var moment: NIODeadline
    /// Whether the whole body came with the head, so that nobody has to watch how long it takes.
    var isWhole: Bool

    init(_ moment: NIODeadline, isWhole: Bool) {
        self.moment = moment
        self.isWhole = isWhole
    }

    init?(_ text: String) {
        isWhole = text.utf8.first == Self.whole
        guard let nanoseconds = UInt64(isWhole ? text.dropFirst() : text[...], radix: 36) else { return nil }
        moment = .uptimeNanoseconds(nanoseconds)
    }

    /// The header's value: short enough to be kept without an allocation.
    var text: String { (isWhole ? "=" : "") + String(moment.uptimeNanoseconds, radix: 36) }

    private static let whole = UInt8(ascii: "=")
}

extension HTTPField.Name {
    // A literal of ours, a valid token.
    static let arrival = HTTPField.Name("X-Lyceum-Arrival")!
}
