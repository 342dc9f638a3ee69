// A short queue between a task that makes batches and a driver's thread that takes them.

import Arrow
import Foundation

/// Carries batches from asynchronous code to a blocking reader, a few at a time.
///
/// `@unchecked Sendable`: all state is under `condition`.
final class BatchChannel: @unchecked Sendable {
    private let capacity: Int
    private let condition = NSCondition()
    private var batches: [RecordBatch] = []
    private var sender: CheckedContinuation<Void, Never>?
    private var isFinished = false
    private var isClosed = false
    private var failure: (any Error)?

    init(capacity: Int) { self.capacity = capacity }

    /// Adds a batch, waiting while the queue is full.
    ///
    /// - Returns: false if the reader is gone.
    func send(_ batch: RecordBatch) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFull = locked {
                    guard !isClosed else { return false }
                    batches.append(batch)
                    condition.signal()
                    guard batches.count >= capacity else { return false }
                    sender = continuation
                    return true
                }
                if !isFull { continuation.resume() }
            }
        } onCancel: {
            close()
        }
        return locked { !isClosed }
    }

    /// Says that no more batches come, because of `error` if there is one.
    func finish(_ error: (any Error)? = nil) {
        locked {
            isFinished = true
            failure = error
            condition.broadcast()
        }
    }

    /// Says that nobody takes batches any more, and wakes both sides.
    func close() {
        let waiting = locked {
            isClosed = true
            condition.broadcast()
            defer { sender = nil }
            return sender
        }
        waiting?.resume()
    }

    /// The next batch, blocking until there is one; nil at the end.
    ///
    /// - Throws: the sender's error, or `CancellationError` after ``close()``.
    func receive() throws -> RecordBatch? {
        let (batch, waiting): (RecordBatch?, CheckedContinuation<Void, Never>?) = try locked {
            while batches.isEmpty, !isFinished, !isClosed { condition.wait() }
            if isClosed { throw CancellationError() }
            guard !batches.isEmpty else {
                if let failure { throw failure }
                return (nil, nil)
            }
            defer { sender = nil }
            return (batches.removeFirst(), sender)
        }
        waiting?.resume()
        return batch
    }

    private func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
        condition.lock()
        defer { condition.unlock() }
        return try body()
    }
}
