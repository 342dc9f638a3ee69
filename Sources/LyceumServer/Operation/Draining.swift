// Whether the server is on its way out.

import Synchronization

/// A mark that is set when shutdown begins: readiness answers 503, and connections are told to close.
final class Draining: Sendable {
    private let mark = Atomic(false)

    var hasBegun: Bool { mark.load(ordering: .acquiring) }

    func begin() { mark.store(true, ordering: .releasing) }
}
