// A place for blocking calls, away from Swift's cooperative threads.

import Dispatch

/// Runs blocking work one piece at a time.
struct SerialThread: Sendable {
    let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    /// Runs `body` after all earlier work, suspending the caller meanwhile.
    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
