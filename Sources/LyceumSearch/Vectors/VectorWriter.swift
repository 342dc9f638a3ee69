// Embeds the texts of a collection and writes the vectors as a segment.

/// Keeps the texts of documents until the weights are known, then embeds and writes them.
struct VectorWriter {
    private var texts: [String] = []
    private let model: EmbeddingModel

    init(model: EmbeddingModel) {
        self.model = model
    }

    mutating func add(_ text: String) { texts.append(text) }

    /// Adds all sections and returns the model's version and dimensions. Each text is embedded once.
    mutating func write(to segment: inout SegmentWriter) throws -> (version: String, dimensions: Int) {
        let embedder: any Embedder
        switch model {
        case .custom(let given):
            embedder = given
            guard given.dimensions > 0, given.dimensions <= 4096, given.dimensions % 32 == 0 else {
                throw SearchError(
                    .invalidSchema,
                    "the embedding model \(given.version) has \(given.dimensions) dimensions; a multiple of 32 is needed"
                )
            }
        case .hashed:
            var learner = HashedEmbedder.Learner()
            for text in texts { learner.add(text) }
            let hashed = learner.embedder()
            segment.add("weights", hashed.weights)
            embedder = hashed
        }
        let dimensions = embedder.dimensions
        var values: [Int8] = []
        values.reserveCapacity(texts.count * dimensions)
        var scales: [Float] = []
        for text in texts {
            let vector = embedder.embed(text)
            guard vector.count == dimensions else {
                throw SearchError(
                    .invalidSchema,
                    "the embedding model \(embedder.version) gave \(vector.count) dimensions instead of \(dimensions)"
                )
            }
            if let (quantised, scale) = Quantisation.quantise(vector) {
                values.append(contentsOf: quantised)
                scales.append(scale)
            } else {
                values.append(contentsOf: repeatElement(0, count: dimensions))
                scales.append(0)
            }
        }
        texts = []
        segment.add("vectors", values)
        segment.add("scales", scales)
        return (embedder.version, dimensions)
    }
}
