// Where many short strings lie in their common bytes, in about a byte each.

/// The ranges of strings that follow each other, none of them empty: the place of every sixteenth, and all lengths.
///
/// Sections `<prefix>.at` (UInt64, the sixteenth places), `<prefix>.most` (one UInt32, the greatest length) and
/// `<prefix>.len` (the lengths, packed).
/// `@unchecked Sendable`: the buffer is a read-only view of a mapped file that the owner keeps alive.
struct PackedOffsets: @unchecked Sendable {
    private let places: UnsafeBufferPointer<UInt64>
    private let lengths: PackedIntegers

    private static let stride = 16

    /// Adds the sections for strings of these lengths.
    static func add(_ prefix: String, lengths: [UInt32], to segment: inout SegmentWriter) {
        var places: [UInt64] = []
        var place: UInt64 = 0
        for (index, length) in lengths.enumerated() {
            if index % stride == 0 { places.append(place) }
            place += UInt64(length)
        }
        let most = lengths.max() ?? 0
        segment.add("\(prefix).at", places)
        segment.add("\(prefix).most", [most])
        segment.add("\(prefix).len", PackedIntegers.packed(lengths, limit: Int(most) + 1))
    }

    /// - Parameters:
    ///   - count: strings.
    ///   - limit: their common bytes.
    /// - Throws: `damaged_snapshot` when a string is empty or lies outside; O(count).
    init(_ segment: SegmentReader, prefix: String, count: Int, limit: Int) throws {
        func refuse(_ what: String) -> SearchError { SegmentReader.damaged(segment.file, what) }
        places = try segment.values("\(prefix).at", as: UInt64.self, count: (count + Self.stride - 1) / Self.stride)
        let most = try segment.values("\(prefix).most", as: UInt32.self, count: 1)[0]
        guard most < .max else { throw refuse("its section \(prefix).most is out of range") }
        lengths = try PackedIntegers(segment, "\(prefix).len", count: count, limit: Int(most) + 1)
        var place = 0
        for index in 0..<count {
            if index % Self.stride == 0, places[index / Self.stride] != UInt64(place) {
                throw refuse("the places in its section \(prefix).at do not fit the lengths")
            }
            let length = Int(lengths[index])
            guard length > 0, length <= limit - place else {
                throw refuse("a length in its section \(prefix).len is wrong")
            }
            place += length
        }
    }

    /// The range of a string by its index. Adds up at most fifteen lengths.
    @inline(__always)
    func range(_ index: Int) -> Range<Int> {
        let first = index & ~(Self.stride - 1)
        var start = Int(places[index / Self.stride])
        for earlier in first..<index { start &+= Int(lengths[earlier]) }
        return start..<start &+ Int(lengths[index])
    }
}
