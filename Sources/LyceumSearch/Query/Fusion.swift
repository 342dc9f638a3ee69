// How keyword and vector scores become one.

/// How keyword and vector scores become one: a convex combination of both, each on a scale of its own from 0 to 1.
///
///     score = k * BM25F(q, d) / (sum of the idf of q's terms)  +  (1 - k) * max(0, cosine)  +  1 if the title is the query
///     k     = 0.2 for up to 3 words, 0.7 for 8 and more, between them by straight line
///
/// No term can add its whole idf, so the first part stays below its weight; a document whose whole title is the query comes
/// before all others. A convex combination keeps how far apart scores are, which ranks alone (reciprocal rank fusion) do
/// not: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023).
///
/// The weight follows the length of the query: few words leave much to meaning; of many, the words themselves say more than
/// the mean of their vectors. The upper end was set on tasks of O*NET occupations left out of training, cut to 2...60 words; at
/// the lower end these would have it at 0.3 to 0.5, and titles of occupations at 0.1, so that it is a compromise.
///
/// Documents match by a word of the query, or by being among the nearest vectors.
public enum Fusion {
    /// The weight of the keyword part for a query of so many words; that of the vector part is what is left to 1.
    public static func keywordWeight(words: Int) -> Float {
        0.2 + 0.5 * min(1, max(0, Float(words - 3) / 5))
    }
    /// What a title equal to the query adds.
    public static let titleBonus: Float = 1
    /// The most documents of one segment that match by vector alone.
    public static let nearLimit = 500
    /// The cosine above which a document matches a query by vector alone.
    public static let minimumCosine: Float = 0.35

    /// How many of the nearest vectors are matches, and above which cosine; nil when vectors take no part.
    /// The same on every page, so that pages fit together.
    static func near(_ mode: SearchRequest.Mode) -> (limit: Int, floor: Float)? {
        switch mode {
        case .keyword: nil
        case .hybrid: (nearLimit, minimumCosine)
        case .vector: (SearchRequest.maximumLimit, 0)
        }
    }
}
