// Byte strings numbered in order of first appearance, in one arena and one open-addressing table.

/// A growing set of byte strings, each with a number: terms, document ids, keyword values.
///
/// No object a string and no allocation a lookup. Insertion and lookup take expected constant time.
struct TermTable {
    private var arena: [UInt8] = []
    private var offsets: [UInt32] = [0]
    private var hashes: [UInt32] = []
    private var slots: [UInt32]
    private var mask: Int

    init(capacity: Int = 1024) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = Array(repeating: .max, count: size)
        mask = size - 1
    }

    var count: Int { hashes.count }

    /// The total length of all strings, in bytes.
    var byteCount: Int { arena.count }

    /// The number of a string, adding it when it is new.
    mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>) -> (number: UInt32, isNew: Bool) {
        let hash = Self.hash(bytes)
        var slot = Int(hash) & mask
        while slots[slot] != .max {
            let number = slots[slot]
            if hashes[Int(number)] == hash, isEqual(number, bytes) { return (number, false) }
            slot = (slot + 1) & mask
        }
        let number = UInt32(hashes.count)
        slots[slot] = number
        hashes.append(hash)
        arena.append(contentsOf: bytes)
        offsets.append(UInt32(arena.count))
        if hashes.count * 2 > slots.count { grow() }
        return (number, true)
    }

    mutating func insert(_ text: String) -> (number: UInt32, isNew: Bool) {
        var text = text
        return text.withUTF8 { insert($0) }
    }

    /// The bytes of a string by its number.
    func bytes(_ number: UInt32) -> ArraySlice<UInt8> {
        arena[Int(offsets[Int(number)])..<Int(offsets[Int(number) + 1])]
    }

    /// The numbers in bytewise order of their strings.
    func sorted() -> [UInt32] {
        arena.withUnsafeBufferPointer { arena in
            (0..<UInt32(count)).sorted { a, b in
                let left = Int(offsets[Int(a)])..<Int(offsets[Int(a) + 1])
                let right = Int(offsets[Int(b)])..<Int(offsets[Int(b) + 1])
                for (x, y) in zip(left, right) where arena[x] != arena[y] { return arena[x] < arena[y] }
                return left.count < right.count
            }
        }
    }

    private func isEqual(_ number: UInt32, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = Int(offsets[Int(number)])
        guard Int(offsets[Int(number) + 1]) - start == bytes.count else { return false }
        for index in 0..<bytes.count where arena[start + index] != bytes[index] { return false }
        return true
    }

    private mutating func grow() {
        slots = Array(repeating: .max, count: slots.count * 2)
        mask = slots.count - 1
        for (number, hash) in hashes.enumerated() {
            var slot = Int(hash) & mask
            while slots[slot] != .max { slot = (slot + 1) & mask }
            slots[slot] = UInt32(number)
        }
    }

    /// The low half of XXH64; part of the file format, since frozen tables are probed with it.
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        UInt32(truncatingIfNeeded: XXHash64.hash(UnsafeRawBufferPointer(bytes)))
    }
}

/// Writes and reads a set of byte strings as three sections of a segment: bytes, offsets and a probe table.
enum FrozenTerms {
    /// Adds `<prefix>.bytes`, `<prefix>.offsets`, `<prefix>.slots` with the strings renumbered in the order given.
    static func add(_ prefix: String, _ table: TermTable, order: [UInt32], to segment: inout SegmentWriter) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(table.byteCount)
        var offsets: [UInt32] = [0]
        offsets.reserveCapacity(order.count + 1)
        var size = 2
        while size < order.count * 2 { size *= 2 }
        var slots = [UInt32](repeating: .max, count: size)
        for (number, old) in order.enumerated() {
            let string = table.bytes(old)
            bytes.append(contentsOf: string)
            offsets.append(UInt32(bytes.count))
            let hash = string.withUnsafeBufferPointer(TermTable.hash)
            var slot = Int(hash) & (size - 1)
            while slots[slot] != .max { slot = (slot + 1) & (size - 1) }
            slots[slot] = UInt32(number)
        }
        segment.add("\(prefix).bytes", bytes)
        segment.add("\(prefix).offsets", offsets)
        segment.add("\(prefix).slots", slots)
    }
}

/// A frozen set of byte strings, read in place.
///
/// `@unchecked Sendable`: the buffers are read-only views of a mapped file that `file` keeps alive.
struct FrozenTermTable: @unchecked Sendable {
    private let file: MappedFile
    private let bytes: UnsafeBufferPointer<UInt8>
    private let offsets: UnsafeBufferPointer<UInt32>
    private let slots: UnsafeBufferPointer<UInt32>
    let count: Int

    init(_ segment: SegmentReader, prefix: String, count: Int) throws {
        file = segment.file
        bytes = try segment.values("\(prefix).bytes", as: UInt8.self)
        offsets = try segment.values("\(prefix).offsets", as: UInt32.self, count: count + 1)
        slots = try segment.values("\(prefix).slots", as: UInt32.self)
        self.count = count
        guard slots.count >= 2, slots.count & (slots.count - 1) == 0, slots.count >= count * 2 else {
            throw SegmentReader.damaged(segment.file, "its section \(prefix).slots has the wrong length")
        }
        try segment.checkOffsets("\(prefix).offsets", offsets, limit: bytes.count)
        try segment.checkBelow("\(prefix).slots", slots, limit: count, or: .max)
    }

    /// The number of a string, nil when it is not in the set. No allocation; at most one pass over the table.
    func number(of key: UnsafeBufferPointer<UInt8>) -> Int? {
        let mask = slots.count - 1
        var slot = Int(TermTable.hash(key)) & mask
        for _ in 0..<slots.count {
            let number = slots[slot]
            if number == .max { return nil }
            if isEqual(Int(number), key) { return Int(number) }
            slot = (slot + 1) & mask
        }
        return nil
    }

    func number(of text: String) -> Int? {
        var text = text
        return text.withUTF8 { number(of: $0) }
    }

    private func isEqual(_ number: Int, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = Int(offsets[number])
        guard Int(offsets[number + 1]) - start == key.count else { return false }
        for index in 0..<key.count where bytes[start + index] != key[index] { return false }
        return true
    }

    /// Below, equal to or above nought as the string of that number sorts before, as or after `key`, bytewise.
    func compare(_ number: Int, _ key: UnsafeBufferPointer<UInt8>) -> Int {
        let start = Int(offsets[number])
        let count = Int(offsets[number + 1]) - start
        for index in 0..<min(count, key.count) where bytes[start + index] != key[index] {
            return Int(bytes[start + index]) - Int(key[index])
        }
        return count - key.count
    }

    /// The bytes of the string of that number; `number` is below ``count``.
    func utf8(_ number: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[Int(offsets[number])..<Int(offsets[number + 1])])
    }

    /// The string of that number; `number` is below ``count``.
    subscript(number: Int) -> String { String(decoding: utf8(number), as: UTF8.self) }
}
