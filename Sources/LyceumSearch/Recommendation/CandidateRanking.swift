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
    ///
    /// Two passes: the first scores without the cosine, which costs more than all else together, and finds a score that
    /// the last of the best surely reaches; the second takes the cosine of those that could still reach it.
    ///
    /// - Parameter score: never falls when a part of the candidate grows.
    func best(
        _ limit: Int,
        allowed: Bitmap?,
        excluding excluded: Set<Int> = [],
        score: (Candidate) -> Float
    ) -> (hits: [(candidate: Candidate, score: Float)], total: Int) {
        segment.scratches.withScratch { bySkill in
            segment.scratches.withScratch { byWord in
                gather(bySkill, byWord)
                var least = BoundedHeap(capacity: limit)
                let total = forEachCandidate(bySkill, byWord, allowed, excluded) { document in
                    let candidate = known(document, bySkill, byWord, similarity: 0)
                    least.insert(ScoredDocument(score: score(candidate), document: document))
                }
                let floor = least.worst?.score ?? -.infinity
                var heap = BoundedHeap(capacity: limit)
                _ = forEachCandidate(bySkill, byWord, allowed, excluded) { document in
                    let most = score(known(document, bySkill, byWord, similarity: 1))
                    guard most >= floor, most >= heap.worst?.score ?? floor else { return }
                    let candidate = known(document, bySkill, byWord, similarity: similarity(document))
                    heap.insert(ScoredDocument(score: score(candidate), document: document))
                }
                let hits = heap.sorted().map {
                    (known($0.document, bySkill, byWord, similarity: similarity($0.document)), $0.score)
                }
                return (hits, total)
            }
        }
    }

    /// Calls `body` with each document that has one of the skills or words and may be shown; how many they are.
    private func forEachCandidate(
        _ bySkill: Scratch,
        _ byWord: Scratch,
        _ allowed: Bitmap?,
        _ excluded: Set<Int>,
        _ body: (UInt32) -> Void
    ) -> Int {
        var total = 0
        func offer(_ document: UInt32) {
            if let allowed, !allowed.contains(Int(document)) { return }
            if !excluded.isEmpty, excluded.contains(Int(document)) { return }
            total += 1
            body(document)
        }
        for index in 0..<bySkill.touchedCount { offer(bySkill.touched[index]) }
        for index in 0..<byWord.touchedCount where bySkill.scores[Int(byWord.touched[index])] == 0 {
            offer(byWord.touched[index])
        }
        return total
    }

    private func gather(_ bySkill: Scratch, _ byWord: Scratch) {
        if let column {
            for (number, weight) in skills where weight > 0 {
                column.forEachDocument(with: number) { document in
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

    private func similarity(_ document: UInt32) -> Float {
        guard let query, let vectors = segment.vectors else { return 0 }
        return vectors.similarity(query, document: Int(document))
    }

    @inline(__always)
    private func known(_ document: UInt32, _ bySkill: Scratch, _ byWord: Scratch, similarity: Float) -> Candidate {
        Candidate(
            document: Int(document),
            skills: bySkill.scores[Int(document)],
            words: words.idfSum > 0 ? byWord.scores[Int(document)] / words.idfSum : 0,
            similarity: similarity
        )
    }
}
