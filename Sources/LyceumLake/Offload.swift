// Blocking work, kept off the threads that run Swift's tasks.

import Foundation

private let blockingWork = DispatchQueue(label: "lyceum.lake.blocking", attributes: .concurrent)

/// Runs blocking work (file system, SQLite) on a thread of its own.
///
/// The work is not stopped when the calling task is cancelled: a transaction that has begun ends.
func offload<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        blockingWork.async { continuation.resume(with: Result { try work() }) }
    }
}
