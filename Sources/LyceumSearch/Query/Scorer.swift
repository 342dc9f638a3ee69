// The score of one document for one query, and the bound that saves computing most of them.

/// Combines the keyword and vector scores of one query.
struct Scorer {
    /// The words as they are searched in the segment.
    let words: CompiledQuery
    let query: QuantisedQuery?
    let vectors: NearestVectors?
    /// Documents whose whole title is the query, in order.
    let titled: [UInt32]
    /// The weight of the keyword part; 1 where there is no other.
    let keywordWeight: Float
    /// What BM25F is multiplied by.
    let keywordFactor: Float
    let vectorWeight: Float
    let titleBonus: Float

    init(
        mode: SearchRequest.Mode,
        words: CompiledQuery,
        wordCount: Int,
        idfSum: Float,
        query: QuantisedQuery?,
        vectors: NearestVectors?,
        titled: [UInt32]
    ) {
        self.words = words
        self.query = query
        self.vectors = vectors
        switch mode {
        case .keyword:
            keywordWeight = 1
            keywordFactor = 1
            vectorWeight = 0
            titleBonus = 0
            self.titled = []
        case .vector:
            keywordWeight = 0
            keywordFactor = 0
            vectorWeight = 1
            titleBonus = 0
            self.titled = []
        case .hybrid:
            keywordWeight = Fusion.keywordWeight(words: wordCount)
            keywordFactor = idfSum > 0 ? keywordWeight / idfSum : 0
            vectorWeight = query == nil ? 0 : 1 - keywordWeight
            titleBonus = Fusion.titleBonus
            self.titled = titled
        }
    }

    func isTitled(_ document: UInt32) -> Bool {
        // A handful at most, or many postings of one title: the list is sorted.
        var low = 0
        var high = titled.count
        while low < high {
            let middle = (low + high) / 2
            if titled[middle] < document { low = middle + 1 } else { high = middle }
        }
        return low < titled.count && titled[low] == document
    }

    /// The score without the vector part.
    @inline(__always)
    func base(_ bm25f: Float, document: UInt32) -> Float {
        let score = bm25f * keywordFactor
        return titled.isEmpty || !isTitled(document) ? score : score + titleBonus
    }

    func similarity(_ document: UInt32) -> Float {
        guard let query, let vectors else { return 0 }
        return vectors.similarity(query, document: Int(document))
    }

    func score(base: Float, document: UInt32) -> Float {
        vectorWeight == 0 ? base : base + vectorWeight * similarity(document)
    }
}
