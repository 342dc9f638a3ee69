// The ids of a segment's documents: from position to id, and back.

/// A frozen set of document ids by position, read in place: their bytes, about a byte each for where they lie, and a probe
/// table of packed positions, four fifths full.
///
/// Terms have a `FrozenTermTable` instead, which takes more room and answers sooner that a word is not there.
/// `@unchecked Sendable`: the buffer is a read-only view of a mapped file that `file` keeps alive.
struct DocumentIDs: @unchecked Sendable {
    private let file: MappedFile
    private let bytes: UnsafeBufferPointer<UInt8>
    private let offsets: PackedOffsets
    private let slots: PackedIntegers
    /// Ids; the mark of an empty slot as well.
    let count: Int

    /// Adds the sections `ids.*` with the table's strings in the order of their numbers.
    static func add(_ table: TermTable, to segment: inout SegmentWriter) {
        let count = table.count
        let size = slotCount(count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(table.byteCount)
        var lengths: [UInt32] = []
        lengths.reserveCapacity(count)
        var slots = [UInt32](repeating: UInt32(count), count: size)
        for number in 0..<UInt32(count) {
            let string = table.bytes(number)
            bytes.append(contentsOf: string)
            lengths.append(UInt32(string.count))
            var slot = slot(string.withUnsafeBufferPointer(TermTable.hash), size)
            while slots[slot] != count { slot = slot + 1 == size ? 0 : slot + 1 }
            slots[slot] = number
        }
        segment.add("ids.bytes", bytes)
        PackedOffsets.add("ids", lengths: lengths, to: &segment)
        segment.add("ids.slots", PackedIntegers.packed(slots, limit: count + 1))
    }

    /// - Throws: `damaged_snapshot`; O(count).
    init(_ segment: SegmentReader, count: Int) throws {
        file = segment.file
        self.count = count
        bytes = try segment.values("ids.bytes", as: UInt8.self)
        offsets = try PackedOffsets(segment, prefix: "ids", count: count, limit: bytes.count)
        slots = try PackedIntegers(segment, "ids.slots", count: Self.slotCount(count), limit: count + 1)
        try segment.checkBelow("ids.slots", slots, limit: count + 1)
    }

    private static func slotCount(_ count: Int) -> Int { count + count / 4 + 1 }

    /// Where a string of this hash is looked for first: the hash, as a share of its range, of the table.
    static func slot(_ hash: UInt32, _ size: Int) -> Int { Int((UInt64(hash) * UInt64(size)) >> 32) }

    /// The position of a document by its id, nil when there is none. Expected constant time; no allocation.
    func position(of id: String) -> Int? {
        var id = id
        return id.withUTF8 { key in
            var slot = Self.slot(TermTable.hash(key), slots.count)
            for _ in 0..<slots.count {
                let number = Int(slots[slot])
                if number == count { return nil }
                if utf8(number).elementsEqual(key) { return number }
                slot = slot + 1 == slots.count ? 0 : slot + 1
            }
            return nil
        }
    }

    /// The id of the document at a position below ``count``.
    subscript(position: Int) -> String { String(decoding: utf8(position), as: UTF8.self) }

    private func utf8(_ position: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[offsets.range(position)])
    }
}
