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
        let rangeCounters = try request.rangeFacets.map { try RangeCounter($0, views: views) }
        let statistics = try request.statistics.map { name in
            (name, try views.map { try NumericColumn(name, of: $0.segment, purpose: "to take statistics of") })
        }
        let selection = request.fields.map { FieldSelection($0, schema: schema) }
        let deadline = request.budget.map { start + $0 }
        let after = try request.cursor.map {
            try Cursor($0, snapshot: fingerprint, query: request.hash(filter: filter), sort: request.sort).last
        }
        let searches = try segmentSearches(request, filter: filter)
        defer { for search in searches { search.finish() } }
        var isLate = false
        for search in searches where search.match(request.mode, deadline: deadline) { isLate = true }
        let wanted = request.offset + request.limit + 1
        if let near = Fusion.near(request.mode) {
            for search in searches { search.addNearVectors(near.limit, above: near.floor) }
        }
        for search in searches { search.narrow() }
        var page = merged(searches.map { $0.best(wanted, after: after) }, sort: request.sort)
        page = Array(page.dropFirst(request.offset).prefix(request.limit + 1))
        var result = SearchResult(total: searches.reduce(0) { $0 + $1.matchCount }, hits: [], facets: [:])
        result.isPartial = isLate
        result.isTotalExact = !isLate
        for (counter, facet) in zip(rangeCounters, request.rangeFacets) {
            result.rangeFacets[facet.field] = counter.count(searches)
        }
        for (name, columns) in statistics {
            var values = FieldStatistics()
            for search in searches {
                let column = columns[search.index]
                search.forEachMatch { document in
                    let value = column[document]
                    if !value.isNaN { values.add(value) }
                }
            }
            result.statistics[name] = values
        }
        for facet in facetFields {
            result.facets[facet.name] = FacetCounter.count(searches, field: facet.index, limit: request.facetLimit)
        }
        if page.count > request.limit {
            page.removeLast(page.count - request.limit)
            if let last = page.last {
                let position = PagePosition(score: last.score, rank: last.rank, values: last.values)
                result.end = PageEnd(fingerprint: fingerprint, request: request, filter: filter, position: position)
            }
        }
        result.hits = page.map { hit($0, searches, selection, explain: request.explain) }
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
        let chosen = try request.facetFilters.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }.map {
            name,
            values in
            (field: try facetField(name).index, filter: Filter.isIn(field: name, values.map { .text($0) }))
        }
        // All that can fail comes before the first scratch is taken.
        let parts = try views.map { view in
            (
                view, try view.allowed(filter),
                try chosen.map { ($0.field, try view.segment.bitmap($0.filter) ?? Bitmap(size: 0)) },
                request.sort.isEmpty
                    ? nil : try DocumentOrder(request.sort, schema: schema, columns: view.segment.columns)
            )
        }
        return parts.enumerated().map { index, part in
            let (view, allowed, chosen, order) = part
            let scorer = isMatchAll ? nil : scorer(request, vector, view.segment, statistics)
            return SegmentSearch(
                view,
                index: index,
                allowed: allowed,
                chosen: chosen,
                scorer: scorer,
                order: order
            )
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

    private func hit(
        _ candidate: Candidate,
        _ searches: [SegmentSearch],
        _ selection: FieldSelection?,
        explain: Bool
    ) -> Hit {
        let segment = views[candidate.view].segment
        let json = segment.json(of: Int(candidate.ordinal))
        var hit = Hit(
            id: segment.id(of: Int(candidate.ordinal)),
            score: candidate.score,
            document: selection.map { $0.apply(json) } ?? Data(json),
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
