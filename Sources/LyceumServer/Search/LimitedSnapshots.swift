// What callers may see of one snapshot, each made once.

import Dispatch
import LyceumAccess
import LyceumSearch
import Synchronization

/// The limited snapshots of one snapshot, made when they are first asked for and kept while they are in use.
///
/// Those that depend on a caller's own id are many and small; the least recently used go first when there are too many.
final class LimitedSnapshots: Sendable {
    /// What tells one limited snapshot from another.
    struct Key: Hashable {
        let collection: CollectionName
        let rows: Grant.Rows
        let members: Grant.Members
        let ranks: Bool

        init(_ collection: CollectionName, _ grant: Grant) {
            self.collection = collection
            rows = grant.rows
            members = grant.members
            ranks = grant.givesDocuments
        }

        /// Whether it is the whole collection.
        var isWhole: Bool { rows == .all && members == .all }
    }

    private struct Entry {
        let making: Task<Snapshot, any Error>
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var clock: UInt64 = 0
    }

    private let snapshot: Snapshot
    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: how many are kept at most.
    init(_ snapshot: Snapshot, capacity: Int = 1024) {
        self.snapshot = snapshot
        self.capacity = capacity
    }

    /// The one of a key if it is there or being made.
    func existing(_ key: Key) async -> Snapshot? {
        if key.isWhole { return snapshot }
        return try? await state.withLock { $0.entries[key]?.making }?.value
    }

    /// Makes those of another snapshot that take long to make, so that nobody waits for them when this one is taken up.
    func prepare(as other: LimitedSnapshots) async {
        for key in other.state.withLock({ Array($0.entries.keys) }) {
            guard let known = await other.existing(key)?.collection(key.collection.rawValue),
                known.count > Self.quicklyMade
            else { continue }
            _ = try? await snapshot(key)
        }
    }

    /// Documents that are indexed in a few hundredths of a second.
    private static let quicklyMade = 1000

    /// The limited snapshot of a key; those who ask for one that is being made wait for it.
    func snapshot(_ key: Key) async throws -> Snapshot {
        if key.isWhole { return snapshot }
        let making = state.withLock { state in
            state.clock += 1
            if let entry = state.entries[key] {
                state.entries[key]?.lastUse = state.clock
                return entry.making
            }
            if state.entries.count >= capacity,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.entries[oldest.key] = nil
            }
            let making = Task { [snapshot] in try await Self.make(key, of: snapshot) }
            state.entries[key] = Entry(making: making, lastUse: state.clock)
            return making
        }
        do {
            return try await making.value
        } catch {
            // The next who asks tries again.
            state.withLock { state in
                if state.entries[key]?.making == making { state.entries[key] = nil }
            }
            throw error
        }
    }

    /// Indexing takes milliseconds to seconds, which the threads that answer requests do not have.
    private static func make(_ key: Key, of snapshot: Snapshot) async throws -> Snapshot {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async {
                continuation.resume(
                    with: Result {
                        try snapshot.limited(
                            key.collection.rawValue,
                            to: key.filter,
                            members: key.selection,
                            ranks: key.ranks
                        )
                    }
                )
            }
        }
    }
}

extension LimitedSnapshots.Key {
    fileprivate var filter: String? {
        switch rows {
        case .all: nil
        case .matching(let filter): filter
        }
    }

    fileprivate var selection: MemberSelection? {
        switch members {
        case .all: nil
        case .only(let paths): MemberSelection(paths)
        }
    }
}
