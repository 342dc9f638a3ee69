// Pseudonyms that were reckoned before.

import Synchronization

/// The pseudonyms of students who were looked at lately, in memory only.
///
/// Two generations: when the younger is full or old it becomes the older, and who of that is not looked at again is forgotten.
/// So a student who was erased is in no memory for long.
final class PseudonymCache: Sendable {
    private struct State {
        var young: [String: String] = [:]
        var old: [String: String] = [:]
        var begun = ContinuousClock.now
    }

    private let key: AuditKey
    private let generation: Int
    private let lifetime: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - count: about how many are remembered at most.
    ///   - lifetime: how long one who is not looked at again is remembered at most.
    init(_ key: AuditKey, count: Int, lifetime: Duration) {
        self.key = key
        generation = max(1, count / 2)
        self.lifetime = lifetime / 2
    }

    /// How many are remembered.
    var count: Int { state.withLock { $0.young.count + $0.old.count } }

    /// The pseudonyms of some students, in their order.
    func all(of ids: [String]) -> [String] {
        guard !ids.isEmpty else { return [] }
        let now = ContinuousClock.now
        return state.withLock { state in
            let age = state.begun.duration(to: now)
            if age >= lifetime {
                // What has outlived both halves is not handed on.
                state.old = age < lifetime * 2 ? state.young : [:]
                state.young = [:]
                state.begun = now
            }
            return ids.map { id in
                if let known = state.young[id] { return known }
                let pseudonym = state.old[id] ?? key.pseudonym(ofStudent: id)
                if state.young.count >= generation {
                    state.old = state.young
                    state.young = [:]
                }
                state.young[id] = pseudonym
                return pseudonym
            }
        }
    }
}
