// Remembers which documents satisfy a condition.

/// The bitmaps of single conditions over one immutable segment, the least recently used given up first.
///
/// A condition's bitmap never changes, since the segment does not; what was deleted since is taken off elsewhere.
final class BitmapCache: Sendable {
    /// Bytes of bitmaps kept a segment; at least a handful of bitmaps where one is larger than a part of that.
    static let byteLimit = 4 << 20

    private struct Entry {
        var bitmap: Bitmap
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Filter: Entry] = [:]
        var clock: UInt64 = 0
    }

    private let state = Locked(State())
    let capacity: Int

    init(documentCount: Int) {
        capacity = max(4, min(1024, Self.byteLimit / max(1, documentCount / 8)))
    }

    /// The bitmap of a condition, when it is known.
    subscript(condition: Filter) -> Bitmap? {
        get {
            state.withLock { state in
                state.clock += 1
                state.entries[condition]?.lastUse = state.clock
                return state.entries[condition]?.bitmap
            }
        }
        set {
            guard let newValue else { return }
            state.withLock { state in
                if state.entries.count >= capacity, state.entries[condition] == nil {
                    // Half at once, so that finding the oldest costs little on the whole.
                    let oldest = state.entries.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(capacity / 2)
                    for (key, _) in oldest { state.entries[key] = nil }
                }
                state.clock += 1
                state.entries[condition] = Entry(bitmap: newValue, lastUse: state.clock)
            }
        }
    }

    /// Conditions known.
    var count: Int { state.withLock { $0.entries.count } }
}
