// One query over one segment: its matches, and the best of them.

/// A hit before its document is fetched.
struct Candidate {
    var score: Float
    /// The keyword part of the score, plain.
    var bm25f: Float
    /// The place of the segment among the collection's.
    var view: Int
    var ordinal: UInt32
    var rank: UInt64
    /// What the hit is sorted by; empty when the order is by score.
    var values: [SortValue]
}

/// The state of one query in one segment. Used by one thread; the scratch goes back to the segment's pool with ``finish()``.
struct SegmentSearch {
    let view: SegmentView
    let index: Int
    /// Documents that pass the filter and are not deleted, nil for all.
    let allowed: Bitmap?
    /// For each facet with chosen values its field and the documents that have one of them.
    let chosen: [(field: Int, documents: Bitmap)]
    /// Nil when every document matches.
    let scorer: Scorer?
    /// The documents nearest to the query's vector, which match by that alone.
    let near: [ScoredDocument]
    let order: DocumentOrder?
    let scratch: Scratch

    private var segment: Segment { view.segment }

    /// What passes the chosen values as well: what hits are taken from.
    private let narrowed: Bitmap?

    init(
        _ view: SegmentView,
        index: Int,
        allowed: Bitmap?,
        chosen: [(field: Int, documents: Bitmap)],
        scorer: Scorer?,
        near: [ScoredDocument],
        order: DocumentOrder?
    ) {
        self.view = view
        self.index = index
        self.allowed = allowed
        self.chosen = chosen
        var narrowed = allowed
        for (_, documents) in chosen {
            if narrowed == nil { narrowed = documents } else { narrowed?.formIntersection(documents) }
        }
        self.narrowed = narrowed
        self.scorer = scorer
        self.near = near
        self.order = order
        scratch = view.segment.scratches.take()
    }

    func finish() { segment.scratches.giveBack(scratch) }

    // MARK: Matches

    /// Matches found, once ``match(_:)`` has run.
    var matchCount: Int { scorer == nil ? narrowed?.count ?? segment.count : scratch.matchCount }

    /// Leaves the documents that match by words in `scratch.touched`, the first `matchCount` of them, with their BM25F in `scores`.
    ///
    /// - Returns: whether the deadline came first.
    func match(deadline: ContinuousClock.Instant?) -> Bool {
        guard let scorer else { return false }
        let options = ExecutionOptions(limit: 0, allowed: allowed, deadline: deadline)
        return segment.terms.forEachMatch(scorer.words, options, scratch: scratch) { document, score in
            scratch.addMatch(document, score: score)
            return true
        }
    }

    /// The best documents by words alone, without going through all matches unless they are to be counted.
    func top(_ wanted: Int, countsAll: Bool, deadline: ContinuousClock.Instant?) -> TopDocuments {
        guard let scorer else { return TopDocuments(documents: [], total: 0, isPartial: false) }
        let options = ExecutionOptions(limit: wanted, allowed: narrowed, deadline: deadline, countsAll: countsAll)
        return segment.terms.top(scorer.words, options, scratch: scratch)
    }

    /// Leaves out what does not have the chosen values of facets; after all matches are there.
    func narrow() {
        if !chosen.isEmpty, scorer != nil { scratch.narrow(narrowed) }
    }

    /// Adds the documents nearest by vector that have none of the words; their BM25F stays nought.
    func addNear() {
        for found in near where scratch.scores[Int(found.document)] == 0 { scratch.appendMatch(found.document) }
    }

    /// Whether every document of the segment is a match, a field's own chosen values left out of account.
    func matchesAll(but facet: Int) -> Bool {
        scorer == nil && allowed == nil && chosen.allSatisfy { $0.field == facet }
    }

    /// Calls `body` with every match.
    ///
    /// - Parameter facet: a field whose own chosen values are left out of account.
    func forEachMatch(but facet: Int? = nil, _ body: (Int) -> Void) {
        if let facet, chosen.contains(where: { $0.field == facet }) {
            let others = chosen.filter { $0.field != facet }
            forEach(wide: true) { document in
                if others.allSatisfy({ $0.documents.contains(document) }) { body(document) }
            }
        } else {
            forEach(wide: false, body)
        }
    }

    private func forEach(wide: Bool, _ body: (Int) -> Void) {
        if scorer != nil {
            for index in 0..<(wide ? scratch.wideMatchCount : scratch.matchCount) { body(Int(scratch.touched[index])) }
        } else if let documents = wide ? allowed : narrowed {
            documents.forEach {
                body($0)
                return true
            }
        } else {
            for document in 0..<segment.count { body(document) }
        }
    }

    // MARK: The best

    /// The first `wanted` matches in order that come after the end of the page before.
    func best(_ wanted: Int, after: PagePosition?) -> [Candidate] {
        let found = scorer.map { select($0, wanted: wanted, after: after) } ?? selectAll(wanted, after: after)
        return found.map { candidate($0, bm25f: scorer == nil ? 0 : scratch.scores[Int($0.document)]) }
    }

    func candidate(_ element: ScoredDocument, bm25f: Float) -> Candidate {
        Candidate(
            score: element.score,
            bm25f: bm25f,
            view: index,
            ordinal: element.document,
            rank: view.rank(Int(element.document)),
            values: order?.values(element) ?? []
        )
    }

    /// Whether a document comes after the end of the page before.
    private func follows(_ element: ScoredDocument, _ after: PagePosition) -> Bool {
        element.score != after.score
            ? element.score < after.score : view.rank(Int(element.document)) > after.rank
    }

    private func selectAll(_ wanted: Int, after: PagePosition?) -> [ScoredDocument] {
        var page: [ScoredDocument] = []
        guard let order else {
            func take(_ document: Int) -> Bool {
                if let after, view.rank(document) <= after.rank { return true }
                page.append(ScoredDocument(score: 0, document: UInt32(document)))
                return page.count < wanted
            }
            if let narrowed {
                narrowed.forEach(take)
            } else {
                var document = 0
                while document < segment.count, take(document) { document += 1 }
            }
            return page
        }
        var heap = BoundedHeap(capacity: wanted, precedes: order.precedes)
        let bound = after.map { order.bound($0) }
        forEachMatch { document in
            let element = ScoredDocument(score: 0, document: UInt32(document))
            if let bound, !order.follows(element, rank: view.rank(document), bound) { return }
            heap.insert(element)
        }
        return heap.sorted()
    }

    private func select(_ scorer: Scorer, wanted: Int, after: PagePosition?) -> [ScoredDocument] {
        guard let order else { return selectByScore(scorer, wanted: wanted, after: after) }
        var heap = BoundedHeap(capacity: wanted, precedes: order.precedes)
        let bound = after.map { order.bound($0) }
        for index in 0..<scratch.matchCount {
            let document = scratch.touched[index]
            var element = ScoredDocument(score: 0, document: document)
            if order.usesScore {
                let base = scorer.base(scratch.scores[Int(document)], document: document)
                element.score = scorer.score(base: base, document: document)
            }
            if let bound, !order.follows(element, rank: view.rank(Int(document)), bound) { continue }
            heap.insert(element)
        }
        return heap.sorted().map { element in
            let base = scorer.base(scratch.scores[Int(element.document)], document: element.document)
            return ScoredDocument(
                score: scorer.score(base: base, document: element.document),
                document: element.document
            )
        }
    }

    private func selectByScore(_ scorer: Scorer, wanted: Int, after: PagePosition?) -> [ScoredDocument] {
        var heap = BoundedHeap(capacity: wanted)
        let floor = floor(scorer, wanted: wanted, after: after)
        for index in 0..<scratch.matchCount {
            let document = scratch.touched[index]
            let base = scorer.base(scratch.scores[Int(document)], document: document)
            // No cosine can lift it to the page.
            if let floor, base + scorer.vectorWeight < max(floor, heap.worst?.score ?? floor) { continue }
            let element = ScoredDocument(score: scorer.score(base: base, document: document), document: document)
            if let after, !follows(element, after) { continue }
            heap.insert(element)
        }
        return heap.sorted()
    }

    /// A score that the last of those wanted surely reaches: the least full score among the `wanted` best by keyword part.
    ///
    /// Nil when there is nothing to gain by it.
    private func floor(_ scorer: Scorer, wanted: Int, after: PagePosition?) -> Float? {
        guard scorer.vectorWeight > 0, scorer.keywordFactor > 0, after == nil, scratch.matchCount > 4 * wanted else {
            return nil
        }
        var best = BoundedHeap(capacity: wanted)
        for index in 0..<scratch.matchCount {
            let document = scratch.touched[index]
            let base = scorer.base(scratch.scores[Int(document)], document: document)
            best.insert(ScoredDocument(score: base, document: document))
        }
        return best.elements.map { scorer.score(base: $0.score, document: $0.document) }.min()
    }
}
