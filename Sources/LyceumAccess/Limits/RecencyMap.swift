// A dictionary of bounded size that forgets what was not used for longest.

/// Values by key, at most as many as its capacity. Reading and writing take O(1).
struct RecencyMap<Key: Hashable, Value> {
    /// The most entries that it holds.
    let capacity: Int
    private var slots: [Slot] = []
    private var index: [Key: Int] = [:]
    private var free: [Int] = []
    /// The slot used last, and the one not used for longest; -1 when there is none.
    private var newest = -1
    private var oldest = -1

    fileprivate struct Slot {
        var key: Key
        var value: Value
        /// The neighbours in the order of use, towards ``newest`` and towards ``oldest``; -1 for none.
        var newer: Int
        var older: Int
    }

    /// An empty map.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// How many entries it holds.
    var count: Int { index.count }

    /// The value of a key, which counts as a use.
    mutating func value(of key: Key) -> Value? {
        guard let slot = index[key] else { return nil }
        touch(slot)
        return slots[slot].value
    }

    /// Sets a value, which counts as a use; beyond the capacity the entry not used for longest goes.
    mutating func set(_ value: Value, for key: Key) {
        if let slot = index[key] {
            slots[slot].value = value
            touch(slot)
            return
        }
        if index.count >= capacity, oldest >= 0 { remove(slots[oldest].key) }
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            slots[slot] = Slot(key: key, value: value, newer: -1, older: -1)
        } else {
            slot = slots.count
            slots.append(Slot(key: key, value: value, newer: -1, older: -1))
        }
        index[key] = slot
        link(slot)
    }

    /// Forgets a key.
    mutating func remove(_ key: Key) {
        guard let slot = index.removeValue(forKey: key) else { return }
        unlink(slot)
        free.append(slot)
    }

    /// Forgets everything.
    mutating func removeAll() { self = RecencyMap(capacity: capacity) }

    private mutating func touch(_ slot: Int) {
        guard slot != newest else { return }
        unlink(slot)
        link(slot)
    }

    private mutating func link(_ slot: Int) {
        slots[slot].newer = -1
        slots[slot].older = newest
        if newest >= 0 { slots[newest].newer = slot }
        newest = slot
        if oldest < 0 { oldest = slot }
    }

    private mutating func unlink(_ slot: Int) {
        let (newer, older) = (slots[slot].newer, slots[slot].older)
        if newer >= 0 { slots[newer].older = older } else { newest = older }
        if older >= 0 { slots[older].newer = newer } else { oldest = newer }
    }
}

extension RecencyMap: Sendable where Key: Sendable, Value: Sendable {}
extension RecencyMap.Slot: Sendable where Key: Sendable, Value: Sendable {}
