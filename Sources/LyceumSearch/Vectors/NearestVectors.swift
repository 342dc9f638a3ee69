// The nearest vectors of a collection: a coarse scan of all, a closer look at the best.

/// Finds the documents with the greatest cosine. Coarse scores choose candidates, exact ones (eight bits a dimension) rank
/// them; so what is found is ranked exactly, and what is missed is what four bits of 64 dimensions put far down.
struct NearestVectors: Sendable {
    let vectors: QuantisedVectors
    /// Nil for small collections, which are looked at closely in full.
    let coarse: CoarseVectors?

    /// Candidates looked at closely for each one wanted, and at least: the last of many need fewer than the first ten.
    static let candidatesPerResult = 2
    static let minimumCandidates = 500
    /// With fewer documents allowed than this, each is looked at closely.
    static let minimumAllowed = 4096

    init(_ segment: SegmentReader, documentCount: Int, dimensions: Int) throws {
        vectors = try QuantisedVectors(segment, documentCount: documentCount, dimensions: dimensions)
        coarse =
            CoarseVectors.isWorthwhile(count: documentCount, dimensions: dimensions)
            ? try CoarseVectors(segment, count: documentCount, of: dimensions) : nil
    }

    /// The cosine of a document with the query, from 0 to 1.
    @inline(__always)
    func similarity(_ query: QuantisedQuery, document: Int) -> Float { vectors.similarity(query, document: document) }

    /// The `limit` documents nearest to the query in order of falling cosine, those of equal cosine in document order.
    ///
    /// Documents without a vector, and those whose cosine is not above `floor`, are left out. O(documents).
    func nearest(_ query: QuantisedQuery, limit: Int, allowed: Bitmap? = nil, above floor: Float = 0)
        -> [ScoredDocument]
    {
        guard limit > 0, vectors.count > 0 else { return [] }
        var heap = BoundedHeap(capacity: limit)
        let wanted = max(Self.minimumCandidates, limit * Self.candidatesPerResult)
        let choices = allowed?.count ?? vectors.count
        if let coarse, wanted < vectors.count / 4, choices > max(Self.minimumAllowed, 2 * wanted) {
            offerCandidates(query, coarse, wanted: wanted, allowed: allowed, floor: floor, to: &heap)
        } else if let allowed {
            allowed.forEach { document in
                offer(document, query, floor, &heap)
                return true
            }
        } else {
            for document in 0..<vectors.count { offer(document, query, floor, &heap) }
        }
        return heap.sorted()
    }

    @inline(__always)
    private func offer(_ document: Int, _ query: QuantisedQuery, _ floor: Float, _ heap: inout BoundedHeap) {
        let cosine = vectors.similarity(query, document: document)
        if cosine > floor { heap.insert(ScoredDocument(score: cosine, document: UInt32(document))) }
    }

    private func offerCandidates(
        _ query: QuantisedQuery,
        _ coarse: CoarseVectors,
        wanted: Int,
        allowed: Bitmap?,
        floor: Float,
        to heap: inout BoundedHeap
    ) {
        let count = vectors.count
        let padded = (count + CoarseVectors.lanes - 1) / CoarseVectors.lanes * CoarseVectors.lanes
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: padded) { scores in
            guard let base = scores.baseAddress else { return }
            coarse.scan(query.vector, into: base)
            // Beyond the last document: never candidates.
            for document in count..<padded { base[document] = .min }
            var threshold = Self.threshold(base, count: count, wanted: wanted, allowed: allowed)
            while true {
                let found = candidates(base, padded: padded, reaching: threshold, allowed: allowed)
                // The sample may have been unlucky; lower the bar until there is enough to choose from.
                if found.count >= wanted / 2 || threshold == .min {
                    for document in found { offer(Int(document), query, floor, &heap) }
                    return
                }
                threshold = threshold < Int16.min + 512 ? .min : threshold - 512
            }
        }
    }

    /// The coarse score that about `wanted` documents reach, judged by a sample of at least 4,096.
    private static func threshold(
        _ scores: UnsafePointer<Int16>,
        count: Int,
        wanted: Int,
        allowed: Bitmap?
    ) -> Int16 {
        let stride = max(1, count / 8192) | 1
        var sample: [Int16] = []
        sample.reserveCapacity(count / stride + 1)
        if let allowed {
            // Of the allowed ones every so many, in their own order.
            let step = max(1, allowed.count / 8192)
            var number = 0
            allowed.forEach { document in
                if number % step == 0 { sample.append(scores[document]) }
                number += 1
                return true
            }
            return select(&sample, rank: wanted * sample.count / max(1, number))
        }
        var document = 0
        while document < count {
            sample.append(scores[document])
            document += stride
        }
        return select(&sample, rank: wanted * sample.count / count)
    }

    /// The value that `rank` values of the sample exceed or equal. Linear time: counts by the upper bits, then sorts one class.
    private static func select(_ sample: inout [Int16], rank: Int) -> Int16 {
        var counts = [Int](repeating: 0, count: 1024)
        for value in sample { counts[Int(UInt16(bitPattern: value ^ .min) >> 6)] += 1 }
        var seen = 0
        for bucket in stride(from: 1023, through: 0, by: -1) {
            seen += counts[bucket]
            if seen >= max(1, rank) { return Int16(bitPattern: UInt16(bucket << 6)) ^ .min }
        }
        return .min
    }

    private func candidates(
        _ scores: UnsafePointer<Int16>,
        padded: Int,
        reaching threshold: Int16,
        allowed: Bitmap?
    ) -> [UInt32] {
        var found: [UInt32] = []
        found.reserveCapacity(2048)
        let bar = SIMD32<Int16>(repeating: threshold)
        let raw = UnsafeRawPointer(scores)
        var start = 0
        func look(_ range: Range<Int>) {
            for document in range where scores[document] >= threshold && scores[document] != .min {
                if allowed?.contains(document) ?? true { found.append(UInt32(document)) }
            }
        }
        while start &+ 32 <= padded {
            let values = raw.loadUnaligned(fromByteOffset: start &* 2, as: SIMD32<Int16>.self)
            if any(values .>= bar) { look(start..<start &+ 32) }
            start &+= 32
        }
        look(start..<padded)
        return found
    }
}
