// How a score came about, part by part.

/// The parts of a hit's score; their contributions add up to it.
public struct Explanation: Codable, Sendable, Hashable {
    /// What one field adds to a term's weighted frequency.
    public struct Field: Codable, Sendable, Hashable {
        /// The field.
        public var field: String
        /// Occurrences of the term in the field (tf).
        public var frequency: Int
        /// The field's weight.
        public var weight: Double
        /// Words in the field of this document, to within 6 % above 64.
        public var length: Float
        /// The mean over all documents.
        public var averageLength: Double
        /// weight * frequency / (1 - b + b * length / averageLength).
        public var weightedFrequency: Float

        private enum CodingKeys: String, CodingKey {
            case field, weight, length
            case frequency = "tf"
            case averageLength = "average_length"
            case weightedFrequency = "weighted_tf"
        }
    }

    /// What one term of the query adds.
    public struct Term: Codable, Sendable, Hashable {
        /// The term, folded and stemmed; a phrase in quotes.
        public var term: String
        /// How the term came into the query when it was not typed: `synonym`, `unit`, `typo`, `prefix` or `phrase`.
        public var via: String?
        /// Its inverse document frequency, times what the term counts in the query.
        public var idf: Float
        /// Documents that have it.
        public var documentFrequency: Int
        /// Where the document has it.
        public var fields: [Field]
        /// The sum of the weighted frequencies, saturated: tf' / (k1 + tf').
        public var saturated: Float
        /// What the term adds to the score.
        public var contribution: Float

        private enum CodingKeys: String, CodingKey {
            case term, via, idf, fields, saturated, contribution
            case documentFrequency = "documents"
        }
    }

    /// What the words of the query add together.
    public struct Keyword: Codable, Sendable, Hashable {
        /// The terms the document has.
        public var terms: [Term]
        /// The plain BM25F sum.
        public var bm25f: Float
        /// What BM25F is multiplied by.
        public var factor: Float
        /// bm25f * factor.
        public var contribution: Float
    }

    /// What the vectors add.
    public struct Vector: Codable, Sendable, Hashable {
        /// The embedding model.
        public var model: String
        /// The cosine of query and document.
        public var cosine: Float
        /// What the cosine is multiplied by.
        public var weight: Float
        /// cosine * weight.
        public var contribution: Float
    }

    /// The score.
    public var score: Float
    /// The formula in words.
    public var formula: String
    /// The keyword part, absent in vector mode.
    public var keyword: Keyword?
    /// The vector part, absent without vectors.
    public var vector: Vector?
    /// What a title equal to the query adds.
    public var exactTitle: Float

    private enum CodingKeys: String, CodingKey {
        case score, formula, keyword, vector
        case exactTitle = "exact_title"
    }
}
