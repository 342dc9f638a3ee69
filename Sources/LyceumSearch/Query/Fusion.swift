// How keyword and vector scores become one.

/// How keyword and vector scores become one: a convex combination of both, each on a scale of its own from 0 to 1.
///
///     score = 0.5 * BM25F(q, d) / (sum of the idf of q's terms)  +  0.5 * max(0, cosine)  +  1 if the title is the query
///
/// No term can add its whole idf, so the first part stays below its weight; a document whose whole title is the query comes
/// before all others. A convex combination keeps how far apart scores are, which ranks alone (reciprocal rank fusion) do
/// not: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023).
///
/// Documents match by a word of the query, or by being among the nearest vectors.
public enum Fusion {
    /// The weight of the keyword part.
    public static let keywordWeight: Float = 0.5
    /// The weight of the vector part.
    public static let vectorWeight: Float = 0.5
    /// What a title equal to the query adds.
    public static let titleBonus: Float = 1
    /// The most documents of one segment that match by vector alone.
    public static let nearLimit = 200
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
