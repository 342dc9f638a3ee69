// A set of document ordinals, one bit each.

/// A fixed-size set of document ordinals.
struct Bitmap: Sendable, Equatable {
    private(set) var words: [UInt64]
    let size: Int

    init(size: Int, filled: Bool = false) {
        self.size = size
        words = Array(repeating: filled ? .max : 0, count: (size + 63) / 64)
        if filled { clearTail() }
    }

    private mutating func clearTail() {
        if size % 64 != 0, let last = words.indices.last { words[last] &= (1 << UInt64(size % 64)) - 1 }
    }

    @inline(__always)
    mutating func insert(_ document: Int) { words[document >> 6] |= 1 << UInt64(document & 63) }

    /// Adds documents; all are below ``size``.
    mutating func insert(_ documents: UnsafeBufferPointer<UInt32>) {
        words.withUnsafeMutableBufferPointer { words in
            for document in documents { words[Int(document >> 6)] |= 1 << UInt64(document & 63) }
        }
    }

    /// Adds the documents whose bit, nought or one, is set. Branch-free inner loop.
    @inline(__always)
    mutating func insert(bit: (_ document: Int) -> UInt64) {
        words.withUnsafeMutableBufferPointer { words in
            for index in words.indices {
                let start = index << 6
                var word: UInt64 = 0
                for place in 0..<min(64, size - start) { word |= bit(start + place) &<< UInt64(place) }
                words[index] |= word
            }
        }
    }

    @inline(__always)
    func contains(_ document: Int) -> Bool { words[document >> 6] >> UInt64(document & 63) & 1 == 1 }

    mutating func formIntersection(_ other: Bitmap) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    mutating func formUnion(_ other: Bitmap) { for index in words.indices { words[index] |= other.words[index] } }

    mutating func subtract(_ other: Bitmap) { for index in words.indices { words[index] &= ~other.words[index] } }

    mutating func invert() {
        for index in words.indices { words[index] = ~words[index] }
        clearTail()
    }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Calls `body` with every member in rising order until it returns false.
    func forEach(_ body: (Int) -> Bool) {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                guard body(index << 6 + rest.trailingZeroBitCount) else { return }
                rest &= rest &- 1
            }
        }
    }

    /// Sets the bits of the documents whose value passes; `values` has ``size`` elements. Branch-free inner loop.
    @inline(__always)
    mutating func fill<Value>(_ values: UnsafeBufferPointer<Value>, where passes: (Value) -> Bool) {
        words.withUnsafeMutableBufferPointer { words in
            for index in words.indices {
                let start = index << 6
                var word: UInt64 = 0
                for bit in 0..<min(64, size - start) { word |= (passes(values[start + bit]) ? 1 : 0) << UInt64(bit) }
                words[index] = word
            }
        }
    }
}
