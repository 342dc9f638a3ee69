// Embeds the texts of a collection and writes the vectors as a segment.

/// Embeds documents one by one and keeps their vectors in eight bits a dimension.
///
/// A document's vector is the sum of its fields' vectors, each as heavy as the field's words are in keyword search: a
/// title of two words counts for more than a list of twenty skills.
struct VectorWriter {
    private let embedder: any Embedder
    private var values: [Int8] = []
    private var scales: [Float] = []
    private var sum: [Float]
    /// Documents whose texts are still to be embedded, all together, and how many texts these are.
    private var waiting: [[(text: String, weight: Float)]] = []
    private var waitingTexts = 0
    private let batch: Int

    init(model: EmbeddingModel) throws {
        embedder = try model.embedder()
        batch = embedder.batch
        sum = Array(repeating: 0, count: embedder.dimensions)
    }

    /// Adds a document.
    ///
    /// - Throws: ``SearchError`` with code `invalid_schema` when the embedder gives another length than it says.
    mutating func add(_ fields: [(text: String, weight: Float)]) throws {
        let fields = fields.filter { !$0.text.isEmpty }
        guard batch > 1 else { return try add(fields.map { (embedder.embed($0.text), $0.weight) }) }
        waiting.append(fields)
        waitingTexts += fields.count
        if waitingTexts >= batch { try embedWaiting() }
    }

    private mutating func embedWaiting() throws {
        var vectors = embedder.embed(waiting.flatMap { $0.map(\.text) })[...]
        for fields in waiting {
            try add(zip(vectors.prefix(fields.count), fields.map(\.weight)))
            vectors = vectors.dropFirst(fields.count)
        }
        waiting.removeAll(keepingCapacity: true)
        waitingTexts = 0
    }

    private mutating func add(_ fields: some Sequence<([Float], Float)>) throws {
        for index in sum.indices { sum[index] = 0 }
        for (vector, weight) in fields {
            guard vector.count == sum.count else {
                throw SearchError(
                    .invalidSchema,
                    "the embedding model \(embedder.version) gave \(vector.count) dimensions instead of \(sum.count)"
                )
            }
            for index in sum.indices { sum[index] += vector[index] * weight }
        }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > 0, length.isFinite {
            for index in sum.indices { sum[index] /= length }
        }
        if let (quantised, scale) = Quantisation.quantise(sum) {
            values.append(contentsOf: quantised)
            scales.append(scale)
        } else {
            values.append(contentsOf: repeatElement(0, count: sum.count))
            scales.append(0)
        }
    }

    /// Adds all sections and returns the model's version and dimensions.
    ///
    /// - Throws: as ``add(_:)``.
    mutating func write(to segment: inout SegmentWriter) throws -> (version: String, dimensions: Int) {
        try embedWaiting()
        let dimensions = embedder.dimensions
        if CoarseVectors.isWorthwhile(count: scales.count, dimensions: dimensions) {
            CoarseVectors.write(values, scales: scales, dimensions: dimensions, to: &segment)
        }
        segment.add("vectors", values)
        segment.add("scales", scales)
        values = []
        scales = []
        return (embedder.version, dimensions)
    }
}
