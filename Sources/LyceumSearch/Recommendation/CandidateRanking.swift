// Finds the documents that share a skill or a word with a profile, and ranks them.

/// One ranking of one collection's documents for one profile.
struct CandidateRanking {
    let segment: Segment
    /// Skills wanted, by number in the collection's column, and what each adds.
    let skills: [(number: Int, weight: Float)]
    let column: KeywordColumn?
    /// Words wanted.
    let words: QueryTerms
    let query: QuantisedQuery?

    init(
        _ segment: Segment,
        skills: [(number: Int, weight: Float)],
        column: KeywordColumn?,
        words: String,
        vectorText: String
    ) {
        self.segment = segment
        self.skills = skills
        self.column = column
        self.words = QueryTerms(StudentProfile.cut(words), index: segment.terms)
        query = segment.embedder.flatMap { QuantisedQuery($0.embed(StudentProfile.cut(vectorText))) }
    }

    /// What is known of a candidate before its score is put together.
    struct Candidate {
        var document: Int
        /// The sum of the weights of the wanted skills it has.
        var skills: Float
        /// BM25F of the wanted words over the sum of their idf, 0 to 1.
        var words: Float
        /// The cosine, 0 to 1.
        var similarity: Float
    }

    /// The `limit` best candidates and the number of all. O(documents that have one of the skills or words).
    func best(
        _ limit: Int,
        allowed: Bitmap?,
        excluding excluded: Set<Int> = [],
        score: (Candidate) -> Float
    ) -> (hits: [(candidate: Candidate, score: Float)], total: Int) {
        segment.scratches.withScratch { bySkill in
            segment.scratches.withScratch { byWord in
                gather(bySkill, byWord)
                var heap = BoundedHeap(capacity: limit)
                var total = 0
                func offer(_ document: UInt32) {
                    guard allowed?.contains(Int(document)) ?? true, !excluded.contains(Int(document)) else { return }
                    total += 1
                    let candidate = candidate(document, bySkill, byWord)
                    heap.insert(ScoredDocument(score: score(candidate), document: document))
                }
                for index in 0..<bySkill.touchedCount { offer(bySkill.touched[index]) }
                for index in 0..<byWord.touchedCount where bySkill.scores[Int(byWord.touched[index])] == 0 {
                    offer(byWord.touched[index])
                }
                return (heap.sorted().map { (candidate($0.document, bySkill, byWord), $0.score) }, total)
            }
        }
    }

    private func gather(_ bySkill: Scratch, _ byWord: Scratch) {
        if let column {
            for (number, weight) in skills where weight > 0 {
                for document in column.documents(with: number) {
                    if bySkill.scores[Int(document)] == 0 {
                        bySkill.touched[bySkill.touchedCount] = document
                        bySkill.touchedCount += 1
                    }
                    bySkill.scores[Int(document)] += weight
                }
            }
        }
        for term in words.terms {
            byWord.touchedCount = segment.terms.accumulate(
                term,
                into: byWord.scores,
                touched: byWord.touched,
                touchedCount: byWord.touchedCount,
                buffers: byWord.buffers
            )
        }
    }

    private func candidate(_ document: UInt32, _ bySkill: Scratch, _ byWord: Scratch) -> Candidate {
        var similarity: Float = 0
        if let query, let vectors = segment.vectors {
            similarity = vectors.similarity(query, document: Int(document))
        }
        return Candidate(
            document: Int(document),
            skills: bySkill.scores[Int(document)],
            words: words.idfSum > 0 ? byWord.scores[Int(document)] / words.idfSum : 0,
            similarity: similarity
        )
    }
}
