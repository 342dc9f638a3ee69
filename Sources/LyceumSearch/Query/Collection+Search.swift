// Runs a search: terms, filter, matches, order, page, facets.

import Foundation

extension Collection {
    /// Finds, orders and counts the documents that match.
    ///
    /// Time grows with the postings of the query's terms; it allocates per query, not per document.
    ///
    /// - Throws: ``SearchError`` whose ``SearchError/isCallersFault`` is true.
    public func search(_ request: SearchRequest) throws -> SearchResult {
        let filter = try request.filter.flatMap { text in
            text.allSatisfy(\.isWhitespace) ? nil : try Filter.parse(text, schema: schema)
        }
        return try search(request, filter: filter)
    }

    /// The same with a filter that was parsed or built before; the request's own filter text is left out of account.
    public func search(_ request: SearchRequest, filter: Filter?) throws -> SearchResult {
        let start = ContinuousClock.now
        try Self.validate(request)
        let order = request.sort.isEmpty ? nil : try DocumentOrder(request.sort, schema: schema, columns: columns)
        let facetFields = try request.facets.map { try facetField($0) }
        let queryHash = Self.hash(request, filter: filter)
        let after = try request.cursor.map {
            try Cursor($0, snapshot: fingerprint, query: queryHash, documentCount: count).last
        }
        let allowed = try bitmap(filter)

        var result = SearchResult(total: 0, hits: [], facets: [:], tookMicroseconds: 0, nextCursor: nil)
        let isMatchAll = request.query.utf8.allSatisfy { $0 <= 0x20 } && (request.queryVectorText ?? "").isEmpty
        var page: [ScoredDocument] = []
        if isMatchAll {
            page = selectAll(allowed, request: request, order: order, after: after)
            result.total = allowed?.count ?? count
            result.facets = facets(facetFields, limit: request.facetLimit) { count in
                if let allowed {
                    allowed.forEach {
                        count($0); return true
                    }
                } else {
                    for d in 0..<self.count { count(d) }
                }
            }
            finish(&result, &page, request: request, queryHash: queryHash, scorer: nil, scratch: nil)
        } else {
            let scorer = scorer(for: request)
            scratches.withScratch { scratch in
                match(scorer, request.mode, allowed: allowed, scratch: scratch)
                page = select(scorer, request: request, order: order, after: after, scratch: scratch)
                result.total = scratch.matchCount
                result.facets = facets(facetFields, limit: request.facetLimit) { count in
                    for index in 0..<scratch.matchCount { count(Int(scratch.touched[index])) }
                }
                finish(&result, &page, request: request, queryHash: queryHash, scorer: scorer, scratch: scratch)
            }
        }
        let elapsed = (ContinuousClock.now - start).components
        result.tookMicroseconds = Int(elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000)
        return result
    }

    // MARK: Request

    private static func validate(_ request: SearchRequest) throws {
        func refuse(_ message: String) -> SearchError { SearchError(.invalidRequest, message) }
        guard (0...SearchRequest.maximumLimit).contains(request.limit) else {
            throw refuse("limit is \(request.limit); it goes from 0 to \(SearchRequest.maximumLimit)")
        }
        guard (0...SearchRequest.maximumOffset).contains(request.offset) else {
            throw refuse(
                "offset is \(request.offset); it goes to \(SearchRequest.maximumOffset): use the cursor beyond"
            )
        }
        guard request.cursor == nil || request.offset == 0 else {
            throw refuse("offset and cursor exclude each other")
        }
        for text in [request.query, request.queryVectorText ?? ""] {
            guard text.utf8.count <= SearchRequest.maximumQueryLength else {
                throw refuse("the query is longer than \(SearchRequest.maximumQueryLength) bytes")
            }
        }
        guard request.facets.count <= 32, (0...10_000).contains(request.facetLimit) else {
            throw refuse("at most 32 facets of at most 10000 values are possible")
        }
    }

    private func facetField(_ name: String) throws -> (name: String, column: KeywordColumn) {
        guard let index = schema.index(of: name) else {
            throw FieldSuggestion.unknown(name, in: schema, purpose: "to count by", location: "facets")
        }
        guard schema.fields[index].isFacet, case .keywords(let column) = columns[index] else {
            let known = schema.fields.filter(\.isFacet).map(\.name).joined(separator: ", ")
            throw SearchError(.invalidRequest, "\(name) is no facet; facets are \(known)", location: "facets")
        }
        return (name, column)
    }

    /// A hash of all that decides which documents match and in what order.
    private static func hash(_ request: SearchRequest, filter: Filter?) -> UInt64 {
        let parts = [
            request.query, request.queryVectorText ?? "", request.mode.rawValue, filter?.description ?? "",
            request.sort.map(\.description).joined(separator: ","),
        ]
        return XXHash64.hash(parts.joined(separator: "\u{0}").utf8)
    }

    private func scorer(for request: SearchRequest) -> Scorer {
        let terms = QueryTerms(request.query, index: terms)
        var query: QuantisedQuery?
        if request.mode != .keyword, let embedder {
            query = QuantisedQuery(embedder.embed(request.queryVectorText ?? request.query))
        }
        var titled: [UInt32] = []
        if request.mode == .hybrid, schema.titleField != nil {
            var analyzer = Analyzer(isStemming: false)
            if let key = TitleKey.of([request.query], with: &analyzer) { titled = self.terms.documents(titled: key) }
        }
        return Scorer(mode: request.mode, terms: terms, query: query, vectors: vectors, titled: titled)
    }

    // MARK: Matches

    /// Leaves the matching documents in `scratch.touched`, the first `matchCount` of them, with their BM25F in `scores`.
    private func match(_ scorer: Scorer, _ mode: SearchRequest.Mode, allowed: Bitmap?, scratch: Scratch) {
        if mode != .vector {
            for term in scorer.terms.terms {
                scratch.touchedCount = terms.accumulate(
                    term,
                    into: scratch.scores,
                    touched: scratch.touched,
                    touchedCount: scratch.touchedCount,
                    buffers: scratch.buffers
                )
            }
            scratch.keepMatches(allowed)
        }
        guard mode != .keyword, let query = scorer.query, let vectors else { return }
        guard mode == .vector || scratch.matchCount < Fusion.extendBelow else { return }
        // Near vectors among the documents without any of the words; their BM25F stays nought.
        for document in 0..<count where scratch.scores[document] == 0 && allowed?.contains(document) ?? true {
            if vectors.similarity(query, document: document) >= Fusion.minimumCosine {
                scratch.appendMatch(UInt32(document))
            }
        }
    }

    // MARK: Order

    private func selectAll(
        _ allowed: Bitmap?,
        request: SearchRequest,
        order: DocumentOrder?,
        after: ScoredDocument?
    ) -> [ScoredDocument] {
        let wanted = request.offset + request.limit + 1
        var page: [ScoredDocument] = []
        guard let order else {
            var passed = 0
            func take(_ document: Int) -> Bool {
                if let after, document <= Int(after.document) { return true }
                passed += 1
                if passed > request.offset { page.append(ScoredDocument(score: 0, document: UInt32(document))) }
                return passed < wanted
            }
            if let allowed {
                allowed.forEach(take)
            } else {
                var document = after.map { Int($0.document) + 1 } ?? 0
                while document < count, take(document) { document += 1 }
            }
            return page
        }
        var heap = BoundedHeap(capacity: wanted, precedes: order.precedes)
        func offer(_ document: Int) {
            let element = ScoredDocument(score: 0, document: UInt32(document))
            if let after, !order.precedes(after, element) { return }
            heap.insert(element)
        }
        if let allowed {
            allowed.forEach {
                offer($0); return true
            }
        } else {
            for document in 0..<count { offer(document) }
        }
        return Array(heap.sorted().dropFirst(request.offset))
    }

    private func select(
        _ scorer: Scorer,
        request: SearchRequest,
        order: DocumentOrder?,
        after: ScoredDocument?,
        scratch: Scratch
    ) -> [ScoredDocument] {
        let wanted = request.offset + request.limit + 1
        let precedes = order.map { order in { order.precedes($0, $1) } } ?? ScoredDocument.precedes
        var heap = BoundedHeap(capacity: wanted, precedes: precedes)
        func offer(_ element: ScoredDocument) {
            if let after, !precedes(after, element) { return }
            heap.insert(element)
        }
        if order == nil {
            guard let floor = floor(scorer, wanted: wanted, after: after, scratch: scratch) else {
                for index in 0..<scratch.matchCount {
                    let document = scratch.touched[index]
                    let base = scorer.base(scratch.scores[Int(document)], document: document)
                    offer(ScoredDocument(score: scorer.score(base: base, document: document), document: document))
                }
                return Array(heap.sorted().dropFirst(request.offset))
            }
            for index in 0..<scratch.matchCount {
                let document = scratch.touched[index]
                let base = scorer.base(scratch.scores[Int(document)], document: document)
                // No cosine can lift it to the page.
                guard base + scorer.vectorWeight >= max(floor, heap.worst?.score ?? floor) else { continue }
                offer(ScoredDocument(score: scorer.score(base: base, document: document), document: document))
            }
        } else {
            let usesScore = order?.usesScore ?? false
            for index in 0..<scratch.matchCount {
                let document = scratch.touched[index]
                var score: Float = 0
                if usesScore {
                    let base = scorer.base(scratch.scores[Int(document)], document: document)
                    score = scorer.score(base: base, document: document)
                }
                offer(ScoredDocument(score: score, document: document))
            }
        }
        return Array(heap.sorted().dropFirst(request.offset))
    }

    /// A score that the last hit of the page surely reaches: the least full score among the `wanted` best by keyword part.
    ///
    /// Nil when there is nothing to gain by it.
    private func floor(_ scorer: Scorer, wanted: Int, after: ScoredDocument?, scratch: Scratch) -> Float? {
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

    // MARK: Page

    private func finish(
        _ result: inout SearchResult,
        _ page: inout [ScoredDocument],
        request: SearchRequest,
        queryHash: UInt64,
        scorer: Scorer?,
        scratch: Scratch?
    ) {
        let hasMore = page.count > request.limit
        if hasMore { page.removeLast(page.count - request.limit) }
        if hasMore, let last = page.last {
            result.nextCursor = Cursor(snapshot: fingerprint, query: queryHash, last: last).text
        }
        result.hits = page.map { element in
            var hit = Hit(
                id: id(of: Int(element.document)),
                score: element.score,
                document: Data(json(of: Int(element.document))),
                explanation: nil
            )
            guard let scorer, let scratch else { return hit }
            let bm25f = scratch.scores[Int(element.document)]
            hit.score = scorer.score(base: scorer.base(bm25f, document: element.document), document: element.document)
            if request.explain {
                hit.explanation = explanation(element.document, bm25f: bm25f, score: hit.score, scorer: scorer)
            }
            return hit
        }
    }

    private func facets(
        _ fields: [(name: String, column: KeywordColumn)],
        limit: Int,
        forEachMatch: ((Int) -> Void) -> Void
    ) -> [String: [FacetCount]] {
        var result: [String: [FacetCount]] = [:]
        for (name, column) in fields {
            var counts = [UInt32](repeating: 0, count: column.valueCount)
            var seen: [UInt32] = []
            counts.withUnsafeMutableBufferPointer { counts in
                forEachMatch { document in
                    for value in column.values(of: document) {
                        if counts[Int(value)] == 0 { seen.append(value) }
                        counts[Int(value)] += 1
                    }
                }
            }
            var best = BoundedHeap(capacity: limit)
            for value in seen {
                // Counts above 2^24 lose their last bits here, which decides ties between near-equal giants only.
                best.insert(ScoredDocument(score: Float(counts[Int(value)]), document: value))
            }
            result[name] = best.sorted().map {
                FacetCount(value: column.text(Int($0.document)), count: Int(counts[Int($0.document)]))
            }
        }
        return result
    }
}
