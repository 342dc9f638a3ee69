// Cancels a running statement when the task that waits for it is cancelled.

import Foundation
import Synchronization

/// Carries a task's cancellation to a driver.
///
/// A driver forgets a cancel that comes a moment before the work starts, so it is repeated until the work has ended.
final class Cancellation: Sendable {
    private struct State {
        var isCancelled = false
        var isRunning = false
    }

    private let state = Mutex(State())
    private let request: @Sendable () -> Bool

    /// - Parameter request: asks the database to stop, from any thread; returns whether it can be asked at all.
    init(_ request: @escaping @Sendable () -> Bool) { self.request = request }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Runs `work`, during which a cancel reaches the database.
    ///
    /// - Throws: `CancellationError` if the task was cancelled before, or if `work` failed after it was.
    func run<Result>(_ work: () throws -> Result) throws -> Result {
        let isCancelled = state.withLock { state in
            state.isRunning = true
            return state.isCancelled
        }
        // Waits for a cancel in flight, so that none can reach the connection's next statement.
        defer { state.withLock { $0.isRunning = false } }
        if isCancelled { throw CancellationError() }
        do {
            return try work()
        } catch {
            throw self.isCancelled ? CancellationError() : error
        }
    }

    /// Called from the task's cancellation handler.
    func cancel() {
        let isRunning = state.withLock { state in
            state.isCancelled = true
            return state.isRunning
        }
        // Some drivers open a connection of their own to cancel, which is nothing to make a task's thread wait for.
        if isRunning { Thread.detachNewThread { self.repeatUntilEnded() } }
    }

    private func repeatUntilEnded() {
        var pause = 0.01
        while state.withLock({ state in state.isRunning && request() }) {
            Thread.sleep(forTimeInterval: pause)
            pause = min(1, pause * 1.5)
        }
    }
}
