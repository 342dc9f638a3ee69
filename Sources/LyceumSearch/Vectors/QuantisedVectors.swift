// Vectors of one collection in eight bits a dimension, and their cosines with a query.

/// A query vector in eight bits a dimension, widened to sixteen: those of even position first, then those of odd.
struct QuantisedQuery: Sendable {
    /// The vector as given.
    let vector: [Float]
    let values: [Int16]
    let scale: Float

    /// Nil for a vector of length nought, which is like nothing.
    init?(_ vector: [Float]) {
        guard let (bytes, scale) = Quantisation.quantise(vector) else { return nil }
        values =
            stride(from: 0, to: bytes.count, by: 2).map { Int16(bytes[$0]) }
            + stride(from: 1, to: bytes.count, by: 2).map { Int16(bytes[$0]) }
        self.scale = scale
        self.vector = vector
    }
}

enum Quantisation {
    /// The vector as whole numbers of -127...127 and the factor that restores it; nil for the zero vector.
    static func quantise(_ vector: [Float]) -> (values: [Int8], scale: Float)? {
        var largest: Float = 0
        for value in vector where value.isFinite { largest = max(largest, abs(value)) }
        guard largest > 0 else { return nil }
        let factor = 127 / largest
        return (vector.map { Int8(max(-127, min(127, ($0.isFinite ? $0 : 0) * factor)).rounded()) }, largest / 127)
    }
}

/// The vectors of a collection, one row a document, read in place.
///
/// `@unchecked Sendable`: read-only views of a mapped file that `file` keeps alive.
struct QuantisedVectors: @unchecked Sendable {
    private let file: MappedFile
    private let values: UnsafeBufferPointer<Int8>
    private let scales: UnsafeBufferPointer<Float>
    let dimensions: Int
    /// Rows.
    let count: Int

    init(_ segment: SegmentReader, documentCount: Int, dimensions: Int) throws {
        file = segment.file
        count = documentCount
        self.dimensions = dimensions
        values = try segment.values("vectors", as: Int8.self, count: documentCount * dimensions)
        scales = try segment.values("scales", as: Float.self, count: documentCount)
    }

    /// The cosine of a document with the query, 0 for a document without a vector.
    ///
    /// A row is read as sixteen-bit lanes, each of which holds an even and an odd dimension; shifts part the two. That
    /// needs no widening instruction, which the baseline of x86-64 does not have.
    @inline(__always)
    private func cosine(_ query: UnsafePointer<Int16>, scale: Float, document: Int) -> Float {
        guard let base = values.baseAddress else { return 0 }
        let row = UnsafeRawPointer(base + document &* dimensions)
        let even = UnsafeRawPointer(query)
        let odd = even + dimensions
        var sum = SIMD8<Int32>.zero
        var offset = 0
        while offset < dimensions {
            let pair = row.loadUnaligned(fromByteOffset: offset, as: SIMD16<Int16>.self)
            let low = (pair &<< 8) &>> 8
            let high = pair &>> 8
            // Two products of at most 127 * 127 fit into sixteen bits.
            let products =
                low &* even.loadUnaligned(fromByteOffset: offset, as: SIMD16<Int16>.self)
                &+ high &* odd.loadUnaligned(fromByteOffset: offset, as: SIMD16<Int16>.self)
            let wide = unsafeBitCast(products, to: SIMD8<Int32>.self)
            sum &+= (wide &<< 16) &>> 16
            sum &+= wide &>> 16
            offset &+= 32
        }
        return Float(sum.wrappedSum()) * scale * scales[document]
    }

    /// The cosine as used for ranking: never above 1, never below 0, never NaN.
    @inline(__always)
    func similarity(_ query: QuantisedQuery, document: Int) -> Float {
        let cosine = query.values.withUnsafeBufferPointer { values -> Float in
            guard let base = values.baseAddress else { return 0 }
            return self.cosine(base, scale: query.scale, document: document)
        }
        return cosine > 0 ? min(cosine, 1) : 0
    }

    /// Adds a document's vector, as far as eight bits keep it, to a sum.
    func add(_ document: Int, times weight: Float, to sum: inout [Float]) {
        let factor = scales[document] * weight
        for index in 0..<dimensions { sum[index] += Float(values[document &* dimensions &+ index]) * factor }
    }
}
