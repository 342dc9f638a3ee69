// A query's vector, corrected by what it finds first.

/// Moves a query's vector towards the documents nearest to it: those of one kind lie close together, and a first look that
/// finds some of them tells better where the others are than a title of three words can.
///
///     q' = normalised(q + normalised(sum over the nearest 5 documents d of cosine(q, d)^2 * d))
///
/// Rocchio's feedback (1971) without a person's judgement, for vectors as in Li, Mourad, Zhuang, Koopman and Zuccon, "Pseudo
/// Relevance Feedback with Deep Language Models and Dense Retrievers" (ACM TOIS 2023).
enum VectorFeedback {
    /// Documents that the vector is moved towards; those that would not match by meaning alone are no guide.
    static let documents = 5

    /// The vector to rank with; the query's own where nothing is near enough.
    ///
    /// - Parameter near: the documents nearest to the query in each segment, of those a filter leaves: a filter can change scores.
    static func moved(_ query: QuantisedQuery, towards near: [[ScoredDocument]], in views: [SegmentView])
        -> QuantisedQuery
    {
        var guides: [(document: ScoredDocument, rank: UInt64, vectors: QuantisedVectors)] = []
        for (view, found) in zip(views, near) {
            guard let vectors = view.segment.vectors?.vectors else { continue }
            guides += found.prefix(documents).filter { $0.score > Fusion.minimumCosine }
                .map { ($0, view.rank(Int($0.document)), vectors) }
        }
        // The same ones in the same order however the documents are spread over segments.
        guides.sort { ($1.document.score, $0.rank) < ($0.document.score, $1.rank) }
        var centre = [Float](repeating: 0, count: query.vector.count)
        for (document, _, vectors) in guides.prefix(documents) {
            vectors.add(Int(document.document), times: document.score * document.score, to: &centre)
        }
        let length = centre.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else { return query }
        let moved = zip(query.vector, centre).map { $0 + $1 / length }
        let movedLength = moved.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return QuantisedQuery(moved.map { $0 / max(movedLength, .leastNormalMagnitude) }) ?? query
    }
}
