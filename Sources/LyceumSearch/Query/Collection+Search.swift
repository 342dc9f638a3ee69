// Runs a search over the segments of a collection: matches, order, page, facets.

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
        try request.validate()
        let facetFields = try request.facets.map { try facetField($0) }
        let after = try request.cursor.map {
            try Cursor($0, snapshot: fingerprint, query: request.hash(filter: filter), sort: request.sort).last
        }
        let searches = try segmentSearches(request, filter: filter)
        defer { for search in searches { search.finish() } }
        for search in searches { search.match(request.mode) }
        let wanted = request.offset + request.limit + 1
        if let near = Fusion.near(request.mode) {
            for search in searches { search.addNearVectors(near.limit, above: near.floor) }
        }
        var page = merged(searches.map { $0.best(wanted, after: after) }, sort: request.sort)
        page = Array(page.dropFirst(request.offset).prefix(request.limit + 1))
        var result = SearchResult(total: searches.reduce(0) { $0 + $1.matchCount }, hits: [], facets: [:])
        for facet in facetFields {
            result.facets[facet.name] = FacetCounter.count(searches, field: facet.index, limit: request.facetLimit)
        }
        if page.count > request.limit {
            page.removeLast(page.count - request.limit)
            if let last = page.last {
                let position = PagePosition(score: last.score, rank: last.rank, values: last.values)
                let hash = request.hash(filter: filter)
                result.nextCursor = Cursor(snapshot: fingerprint, query: hash, last: position).text
            }
        }
        result.hits = page.map { hit($0, searches, explain: request.explain) }
        let elapsed = (ContinuousClock.now - start).components
        result.tookMicroseconds = Int(elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000)
        return result
    }

    private func facetField(_ name: String) throws -> (name: String, index: Int) {
        guard let index = schema.index(of: name) else {
            throw FieldSuggestion.unknown(name, in: schema, purpose: "to count by", location: "facets")
        }
        guard schema.fields[index].isFacet, case .keywords = base.columns[index] else {
            let known = schema.fields.filter(\.isFacet).map(\.name).joined(separator: ", ")
            throw SearchError(.invalidRequest, "\(name) is no facet; facets are \(known)", location: "facets")
        }
        return (name, index)
    }

    /// One search a segment, each of which must be finished.
    private func segmentSearches(_ request: SearchRequest, filter: Filter?) throws -> [SegmentSearch] {
        let isMatchAll = request.query.utf8.allSatisfy { $0 <= 0x20 } && (request.queryVectorText ?? "").isEmpty
        var vector: QuantisedQuery?
        if !isMatchAll, request.mode != .keyword, let embedder {
            vector = QuantisedQuery(embedder.embed(request.queryVectorText ?? request.query))
        }
        let statistics = views.count == 1 ? nil : CorpusStatistics(views)
        // All that can fail comes before the first scratch is taken.
        let parts = try views.map { view in
            (
                view, try view.allowed(filter),
                request.sort.isEmpty
                    ? nil : try DocumentOrder(request.sort, schema: schema, columns: view.segment.columns)
            )
        }
        return parts.enumerated().map { index, part in
            let (view, allowed, order) = part
            let scorer = isMatchAll ? nil : scorer(request, vector, view.segment, statistics)
            return SegmentSearch(view, index: index, allowed: allowed, scorer: scorer, order: order)
        }
    }

    private func scorer(
        _ request: SearchRequest,
        _ vector: QuantisedQuery?,
        _ segment: Segment,
        _ statistics: CorpusStatistics?
    ) -> Scorer {
        let terms = QueryTerms(request.query, index: segment.terms, statistics: statistics)
        var titled: [UInt32] = []
        if request.mode == .hybrid, schema.titleField != nil {
            var analyzer = Analyzer(isStemming: false)
            if let key = TitleKey.of([request.query], with: &analyzer) { titled = segment.terms.documents(titled: key) }
        }
        return Scorer(mode: request.mode, terms: terms, query: vector, vectors: segment.vectors, titled: titled)
    }

    /// The candidates of all segments in one order.
    private func merged(_ parts: [[Candidate]], sort: [SortKey]) -> [Candidate] {
        if parts.count == 1 { return parts[0] }
        return parts.joined().sorted { a, b in
            if let isFirst = sort.precedes(a.values, b.values) { return isFirst }
            if sort.isEmpty, a.score != b.score { return a.score > b.score }
            return a.rank < b.rank
        }
    }

    private func hit(_ candidate: Candidate, _ searches: [SegmentSearch], explain: Bool) -> Hit {
        let segment = views[candidate.view].segment
        var hit = Hit(
            id: segment.id(of: Int(candidate.ordinal)),
            score: candidate.score,
            document: Data(segment.json(of: Int(candidate.ordinal))),
            explanation: nil
        )
        if explain, let scorer = searches[candidate.view].scorer {
            hit.explanation = segment.explanation(
                candidate.ordinal,
                bm25f: candidate.bm25f,
                score: candidate.score,
                scorer: scorer
            )
        }
        return hit
    }
}
