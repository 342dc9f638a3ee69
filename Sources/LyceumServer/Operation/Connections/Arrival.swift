// When a request came, told from the connection to the server.

import HTTPTypes
import NIOCore

/// The moment a request's head was read, as a header that only ``RequestGuard`` writes and ``EdgeResponder`` takes away.
///
/// A request may wait for a thread before any code of its route runs. Times and admission count from here.
enum Arrival {
    static func text(of moment: NIODeadline) -> String {
        // Short enough to be kept without an allocation.
        String(moment.uptimeNanoseconds, radix: 36)
    }

    static func moment(of text: String) -> NIODeadline? {
        UInt64(text, radix: 36).map { .uptimeNanoseconds($0) }
    }
}

extension HTTPField.Name {
    // A literal of ours, a valid token.
    static let arrival = HTTPField.Name("X-Lyceum-Arrival")!
}
