// Lets requests in, lets them wait, or turns them away.

import NIOCore
import Synchronization

/// Bounded concurrency with load shedding: the tasks and continuations around an ``AdmissionQueue``.
final class Admission: Sendable {
    private struct State {
        var queue: AdmissionQueue
        var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        /// Outcomes of requests whose continuation is not there yet.
        var early: [UInt64: Bool] = [:]
        var lastID: UInt64 = 0
        var isSweeping = false
        var refused = 0
    }

    /// What a request for admission came to.
    private enum Decision {
        case now(Bool)
        case later
    }

    /// How things stand, for the metrics.
    struct Standing {
        var running: Int
        var waiting: Int
        var refused: Int
        var isOverloaded: Bool
    }

    private let state: Mutex<State>

    init(_ queue: AdmissionQueue) {
        state = Mutex(State(queue: queue))
    }

    convenience init(limits: ServerConfiguration.Limits) {
        self.init(
            AdmissionQueue(
                limit: limits.concurrentRequests,
                capacity: limits.queuedRequests,
                patience: .milliseconds(Int64(limits.queueMilliseconds))
            )
        )
    }

    var standing: Standing {
        state.withLock {
            Standing(
                running: $0.queue.running,
                waiting: $0.queue.waiting,
                refused: $0.refused,
                isOverloaded: $0.queue.isOverloaded
            )
        }
    }

    /// Does some work if it is admitted, at once or after a wait.
    ///
    /// - Parameter arrival: when the request's head was read.
    /// - Throws: ``Problem`` 503 when it is not; and what the work throws.
    func admit<Value>(arrival: NIODeadline, _ work: () async throws -> Value) async throws -> Value {
        guard await enter(arrival) else { throw Problem.overloaded }
        defer { leave() }
        return try await work()
    }

    private func enter(_ arrival: NIODeadline) async -> Bool {
        let (id, decision) = state.withLock { state -> (UInt64, Decision) in
            state.lastID += 1
            let id = state.lastID
            switch state.queue.arrive(id, arrival: arrival, now: .now()) {
            case .admitted: return (id, .now(true))
            case .refused:
                state.refused += 1
                return (id, .now(false))
            case .waits: return (id, .later)
            }
        }
        switch decision {
        case .now(let isAdmitted): return isAdmitted
        case .later: return await wait(id)
        }
    }

    private func wait(_ id: UInt64) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isDecided, startsSweeping) = state.withLock { state -> (Bool?, Bool) in
                    // Between the two locks its turn may have come, or the cancellation.
                    if let outcome = state.early.removeValue(forKey: id) { return (outcome, false) }
                    if Task.isCancelled {
                        _ = state.queue.abandon(id)
                        return (false, false)
                    }
                    state.waiting[id] = continuation
                    defer { state.isSweeping = true }
                    return (nil, !state.isSweeping)
                }
                if let isDecided { continuation.resume(returning: isDecided) }
                if startsSweeping { Task { await sweep() } }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.queue.abandon(id) ? state.waiting.removeValue(forKey: id) : nil
            }
            continuation?.resume(returning: false)
        }
    }

    private func leave() {
        settle { $0.finish(now: .now()) }
    }

    /// Refuses those that have waited too long, as long as any wait.
    private func sweep() async {
        while true {
            let deadline = state.withLock { state -> NIODeadline? in
                let deadline = state.queue.nextDeadline
                state.isSweeping = deadline != nil
                return deadline
            }
            guard let deadline else { return }
            let pause = max(.milliseconds(1), deadline - .now())
            try? await Task.sleep(for: .nanoseconds(pause.nanoseconds))
            settle { $0.expire(now: .now()) }
        }
    }

    private func settle(_ change: (inout AdmissionQueue) -> [AdmissionQueue.Outcome]) {
        let resumed = state.withLock { state in
            var resumed: [(CheckedContinuation<Bool, Never>, Bool)] = []
            for outcome in change(&state.queue) {
                if !outcome.isAdmitted { state.refused += 1 }
                if let continuation = state.waiting.removeValue(forKey: outcome.id) {
                    resumed.append((continuation, outcome.isAdmitted))
                } else {
                    state.early[outcome.id] = outcome.isAdmitted
                }
            }
            return resumed
        }
        for (continuation, isAdmitted) in resumed { continuation.resume(returning: isAdmitted) }
    }
}
