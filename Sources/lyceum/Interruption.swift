// Ctrl-C: the first asks for a clean stop, the second ends the program at once.

import Dispatch
import Foundation
import Synchronization

/// Turns SIGINT and SIGTERM into cancellation of the command's task.
final class Interruption: Sendable {
    private let received = Mutex<Int32?>(nil)

    /// Whether the user asked to stop.
    var happened: Bool { received.withLock { $0 != nil } }

    /// Runs some work as a task that the first signal cancels.
    func guarding(_ console: Console, _ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await work() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
            source.setEventHandler { [self] in
                let isFirst = received.withLock { first in
                    defer { first = first ?? number }
                    return first == nil
                }
                guard isFirst else {
                    // Die of the signal itself, so that the shell sees it.
                    signal(number, SIG_DFL)
                    raise(number)
                    return
                }
                if number == SIGINT, console.mode == .text {
                    console.complain("\nStopping cleanly… (Ctrl-C again to end at once)")
                }
                task.cancel()
            }
            source.resume()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        try await task.value
    }
}
