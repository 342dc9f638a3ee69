// Four bits a dimension of the dimensions that matter most: enough to tell which few vectors are worth a closer look.

/// Coarse copies of a collection's vectors, laid out for scanning all of them.
///
/// Of each vector the ``dimensions`` with the greatest variance are kept, in steps of their own, as numbers of 0...15.
/// Sixteen documents stand side by side, so that one instruction adds to the scores of several:
///
///     block b, word w, lane l: UInt16 with the dimensions 4w ... 4w+3 of document 16b + l, the first in the low bits
struct CoarseVectors: @unchecked Sendable {
    /// Dimensions kept, a multiple of 4.
    static let dimensions = 64
    static let lanes = 16
    private static let words = dimensions / 4
    /// Smaller collections are scanned in full.
    private static let minimumCount = 2048

    /// Whether a collection of this size has coarse vectors.
    static func isWorthwhile(count: Int, dimensions: Int) -> Bool {
        count >= minimumCount && dimensions >= Self.dimensions
    }

    private let file: MappedFile
    private let blocks: UnsafeBufferPointer<UInt16>
    private let kept: UnsafeBufferPointer<UInt32>
    private let steps: UnsafeBufferPointer<Float>
    private let count: Int

    init(_ segment: SegmentReader, count: Int, of dimensions: Int) throws {
        file = segment.file
        self.count = count
        let blockCount = (count + Self.lanes - 1) / Self.lanes
        blocks = try segment.values("coarse", as: UInt16.self, count: blockCount * Self.words * Self.lanes)
        kept = try segment.values("coarse.kept", as: UInt32.self, count: Self.dimensions)
        steps = try segment.values("coarse.steps", as: Float.self, count: Self.dimensions)
        try segment.checkBelow("coarse.kept", kept, limit: dimensions)
    }

    /// Scores every document: a whole number that grows with the dot product. `scores` has room for whole blocks.
    func scan(_ query: [Float], into scores: UnsafeMutablePointer<Int16>) {
        var weights = [Float](repeating: 0, count: Self.dimensions)
        var sum: Float = 0
        for index in weights.indices {
            let weight = query[Int(kept[index])] * steps[index]
            weights[index] = weight.isFinite ? weight : 0
            sum += abs(weights[index])
        }
        guard sum > 0, let base = blocks.baseAddress else {
            scores.update(repeating: 0, count: count)
            return
        }
        // No sum of 15 times a weight leaves sixteen bits, so that nothing saturates or wraps.
        let factor = 32_000 / (15 * sum)
        let whole = weights.map { Int16(($0 * factor).rounded(.towardZero)) }
        // 8 is nought; its share is the same for every document and cancels in comparisons, so it is left in.
        let blockCount = (count + Self.lanes - 1) / Self.lanes
        whole.withUnsafeBufferPointer { whole in
            var row = UnsafeRawPointer(base)
            var target = UnsafeMutableRawPointer(scores)
            let nibble = SIMD16<UInt16>(repeating: 15)
            for _ in 0..<blockCount {
                var first = SIMD16<Int16>.zero
                var second = SIMD16<Int16>.zero
                for word in 0..<Self.words {
                    let packed = row.loadUnaligned(fromByteOffset: word &* 32, as: SIMD16<UInt16>.self)
                    let at = word &* 4
                    first &+= SIMD16(truncatingIfNeeded: packed & nibble) &* SIMD16(repeating: whole[at])
                    second &+= SIMD16(truncatingIfNeeded: (packed &>> 4) & nibble) &* SIMD16(repeating: whole[at &+ 1])
                    first &+= SIMD16(truncatingIfNeeded: (packed &>> 8) & nibble) &* SIMD16(repeating: whole[at &+ 2])
                    second &+= SIMD16(truncatingIfNeeded: packed &>> 12) &* SIMD16(repeating: whole[at &+ 3])
                }
                target.storeBytes(of: first &+ second, as: SIMD16<Int16>.self)
                row += Self.words &* 32
                target += 32
            }
        }
    }

    // MARK: Writing

    /// Adds the sections for vectors of length 1 or 0, given as eight bits and a scale each.
    static func write(_ values: [Int8], scales: [Float], dimensions: Int, to segment: inout SegmentWriter) {
        let count = scales.count
        var squares = [Double](repeating: 0, count: dimensions)
        for document in 0..<count {
            let scale = Double(scales[document])
            for index in 0..<dimensions {
                let value = Double(values[document * dimensions + index]) * scale
                squares[index] += value * value
            }
        }
        let kept = squares.indices.sorted { (squares[$0], $1) > (squares[$1], $0) }.prefix(Self.dimensions)
        // Steps that reach to 2.7 deviations lose least in four bits when values are spread normally.
        let steps = kept.map { Float((squares[$0] / Double(max(1, count))).squareRoot() * 2.7 / 7.5) }
        let blockCount = (count + lanes - 1) / lanes
        var blocks = [UInt16](repeating: 0, count: blockCount * words * lanes)
        for document in 0..<count {
            let block = document / lanes * words * lanes + document % lanes
            for (position, index) in kept.enumerated() {
                let value = Float(values[document * dimensions + index]) * scales[document]
                let level = steps[position] > 0 ? (value / steps[position]).rounded() + 8 : 8
                let bits = UInt16(max(0, min(15, level)))
                blocks[block + position / 4 * lanes] |= bits << UInt16(position % 4 * 4)
            }
        }
        segment.add("coarse", blocks)
        segment.add("coarse.kept", kept.map(UInt32.init))
        segment.add("coarse.steps", steps)
    }
}
