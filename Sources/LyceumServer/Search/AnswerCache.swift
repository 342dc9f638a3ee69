// Answers of searches and recommendations that were made before.

import LyceumAccess
import Synchronization

/// The answers that one snapshot gave, as sent.
///
/// A snapshot does not change, so that an answer holds as long as the snapshot is in use; a new one begins with none, and
/// what is erased is in no answer of it. What a caller may see is part of the key: callers share answers only where they
/// see the same. Who looked is checked and recorded for every request, whether its answer was known or not.
///
/// Two generations: when the younger is full it becomes the older, and what of the older is not asked for again goes.
final class AnswerCache: Sendable {
    /// What an answer depends on.
    struct Key: Hashable {
        /// What is asked.
        enum Subject: Hashable {
            /// A search in a collection, with counts of a kind.
            case search(CollectionName, Grant.Counts)
            /// What of a collection suits a student. Profiles that come with a request are kept nowhere, and so not here.
            case student(String, CollectionName)
        }

        /// What may be seen; nil for all.
        let view: LimitedSnapshots.Key?
        let subject: Subject
        let parameters: SearchParameters
    }

    private struct State {
        var young: [Key: SearchAnswer] = [:]
        var old: [Key: SearchAnswer] = [:]
        var youngBytes = 0
        var oldBytes = 0
        var found = 0
        var made = 0
    }

    private let state = Mutex(State())
    private let generationBytes: Int

    /// - Parameter bytes: about how much is kept; 0 for nothing.
    init(bytes: Int) {
        generationBytes = bytes / 2
    }

    /// How many answers were found, and how many had to be made.
    var counts: (found: Int, made: Int) { state.withLock { ($0.found, $0.made) } }

    /// About how much is kept.
    var keptBytes: Int { state.withLock { $0.youngBytes + $0.oldBytes } }

    /// The answer known, or else the one that `make` makes.
    func answer(_ key: Key, _ make: () throws -> SearchAnswer) rethrows -> SearchAnswer {
        guard generationBytes > 0 else { return try make() }
        let known = state.withLock { state -> SearchAnswer? in
            if let answer = state.young[key] {
                state.found += 1
                return answer
            }
            guard let answer = state.old[key] else { return nil }
            state.found += 1
            keep(answer, key, &state)
            return answer
        }
        if let known { return known }
        let answer = try make()
        state.withLock { state in
            state.made += 1
            keep(answer, key, &state)
        }
        return answer
    }

    private func keep(_ answer: SearchAnswer, _ key: Key, _ state: inout State) {
        // Room for the key and the dictionary's own.
        let bytes = answer.body.readableBytes + 512
        guard bytes <= generationBytes / 8 else { return }
        if state.youngBytes + bytes > generationBytes {
            state.old = state.young
            state.oldBytes = state.youngBytes
            state.young = [:]
            state.youngBytes = 0
        }
        if state.young.updateValue(answer, forKey: key) == nil { state.youngBytes += bytes }
    }
}
