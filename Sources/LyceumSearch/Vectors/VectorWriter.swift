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

    init(model: EmbeddingModel) throws {
        embedder = try model.embedder()
        sum = Array(repeating: 0, count: embedder.dimensions)
    }

    /// Adds a document.
    ///
    /// - Throws: ``SearchError`` with code `invalid_schema` when the embedder gives another length than it says.
    mutating func add(_ fields: [(text: String, weight: Float)]) throws {
        for index in sum.indices { sum[index] = 0 }
        for (text, weight) in fields where !text.isEmpty {
            let vector = embedder.embed(text)
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
    mutating func write(to segment: inout SegmentWriter) -> (version: String, dimensions: Int) {
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
