// A thread for blocking calls, away from Swift's cooperative threads.

import Foundation

/// Runs blocking work one piece at a time on a thread of its own.
///
/// Dispatch queues will not do: on Linux they share their few threads with Swift's tasks, so that two long queries on
/// two cores would stop every task of the process, the one that cancels them included. The thread ends when the last
/// reference is dropped and its work is done.
final class SerialThread: Sendable {
    private let worker = Worker()

    init(label: String) {
        let thread = Thread { [worker] in worker.loop() }
        thread.name = label
        // As much as a main thread has: databases plan queries recursively.
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { worker.stop() }

    /// Runs `body` after all earlier work, suspending the caller meanwhile.
    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            enqueue { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    /// Runs `body` after all earlier work, without waiting.
    func enqueue(_ body: @escaping @Sendable () -> Void) { worker.enqueue(body) }

    /// Runs `body` at once on the calling thread, while nothing runs on this one.
    ///
    /// Not to be called from work on this thread.
    func exclusively<Result>(_ body: () throws -> Result) rethrows -> Result {
        try worker.gate.withLock { try body() }
    }

    /// The queue of work.
    ///
    /// `@unchecked Sendable`: all state is under `condition`.
    private final class Worker: @unchecked Sendable {
        /// Held while work runs.
        let gate = NSLock()
        private let condition = NSCondition()
        private var jobs: [@Sendable () -> Void] = []
        private var isStopped = false

        func enqueue(_ job: @escaping @Sendable () -> Void) {
            condition.withLock {
                jobs.append(job)
                condition.signal()
            }
        }

        func stop() {
            condition.withLock {
                isStopped = true
                condition.signal()
            }
        }

        func loop() {
            while true {
                var batch: [@Sendable () -> Void] = []
                condition.withLock {
                    while jobs.isEmpty, !isStopped { condition.wait() }
                    swap(&batch, &jobs)
                }
                if batch.isEmpty { return }
                // From the back, so that each job, and what it keeps alive, is dropped outside the gate.
                batch.reverse()
                while let job = batch.popLast() { gate.withLock { job() } }
            }
        }
    }
}
