// Ctrl-C: the first asks for a clean stop, the second ends the program at once.

import Dispatch
import Foundation
import Synchronization

/// Turns SIGINT and SIGTERM into cancellation of the command's task, or into what a server does to end well.
final class Interruption: Sendable {
    private struct State {
        var asked = false
        var cancelled = false
        var ending: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Whether the user stopped work that had not come to its end.
    var happened: Bool { state.withLock { $0.cancelled } }

    /// Runs some work as a task that the first signal cancels, and the second kills with the program.
    func guarding(_ console: Console, _ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await work() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
            source.setEventHandler { [self] in asked(by: number, of: task, console) }
            source.resume()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        try await task.value
    }

    /// Runs some work that ends well when asked to (a server), so that the signal does not cancel it.
    func endingWell(_ ending: @escaping @Sendable () -> Void, _ work: () async throws -> Void) async rethrows {
        let already = state.withLock { state in
            state.ending = ending
            return state.asked
        }
        if already { ending() }
        defer { state.withLock { $0.ending = nil } }
        try await work()
    }

    /// Waits until the user asks to stop, and returns: the end of a command that only keeps something running.
    func waitForEnd() async throws {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        try await endingWell({ continuation.finish() }) {
            for await _ in stream {}
            try Task.checkCancellation()
        }
    }

    private func asked(by number: Int32, of task: Task<Void, any Error>, _ console: Console) {
        enum Answer { case kill, cancel, end(@Sendable () -> Void) }
        let answer: Answer = state.withLock { state in
            guard !state.asked else { return .kill }
            state.asked = true
            if let ending = state.ending { return .end(ending) }
            state.cancelled = true
            return .cancel
        }
        switch answer {
        case .kill:
            // Die of the signal itself, so that the shell sees it.
            signal(number, SIG_DFL)
            raise(number)
        case .end(let ending):
            ending()
        case .cancel:
            if number == SIGINT, console.mode == .text {
                console.complain("Stopping cleanly… (Ctrl-C again to end at once)")
            }
            task.cancel()
        }
    }
}
