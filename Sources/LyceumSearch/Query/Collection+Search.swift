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
        let corpus = views.count == 1 ? nil : CorpusStatistics(views)
        let query = understand(request, corpus)
        var highlighter: HitHighlighter?
        if let options = request.highlight, let query { highlighter = try HitHighlighter(options, query.text, self) }
        let searches = try segmentSearches(request, query, filter: filter, corpus)
        defer { for search in searches { search.finish() } }
        let wanted = request.offset + request.limit + 1
        var result = SearchResult(total: 0, hits: [], facets: [:])
        var page: [Candidate]
        if request.needsOnlyBest, query != nil {
            page = []
            for search in searches {
                let top = search.top(wanted, countsAll: request.total == .exact, deadline: deadline)
                page += top.documents.map { search.candidate($0, bm25f: $0.score) }
                result.total += top.total
                if top.isPartial { result.isPartial = true }
            }
            result.isTotalExact = request.total == .exact && !result.isPartial
            page = merged([page], sort: [], isSorted: searches.count == 1)
        } else {
            // Vector search looks at words only where they say what a document must have.
            let usesWords = request.mode != .vector || query?.allowsNear == false
            for search in searches where usesWords && search.match(deadline: deadline) { result.isPartial = true }
            for search in searches { search.addNear() }
            for search in searches { search.narrow() }
            page = merged(searches.map { $0.best(wanted, after: after) }, sort: request.sort)
            result.total = searches.reduce(0) { $0 + $1.matchCount }
            result.isTotalExact = !result.isPartial
        }
        page = Array(page.dropFirst(request.offset).prefix(request.limit + 1))
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
        result.hits = page.map { candidate in
            let segment = views[candidate.view].segment
            var hit = hit(candidate, selection)
            if highlighter != nil {
                hit.highlights = highlighter?.highlights(of: segment.json(of: Int(candidate.ordinal))) ?? [:]
            }
            if request.explain, let query, let scorer = searches[candidate.view].scorer {
                hit.explanation = segment.explanation(candidate, query, scorer: scorer, corpus)
            }
            return hit
        }
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
    private func segmentSearches(
        _ request: SearchRequest,
        _ query: UnderstoodQuery?,
        filter: Filter?,
        _ statistics: CorpusStatistics?
    ) throws -> [SegmentSearch] {
        var vector: QuantisedQuery?
        if let query, request.mode != .keyword, let embedder {
            vector = QuantisedQuery(embedder.embed(query.plainText))
        }
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
        var near = [[ScoredDocument]](repeating: [], count: parts.count)
        if let own = vector, query?.allowsNear == true, let reach = Fusion.near(request.mode) {
            near = parts.map { view, allowed, _, _ in
                view.segment.vectors?.nearest(own, limit: reach.limit, allowed: allowed, above: reach.floor) ?? []
            }
            if request.usesFeedback { vector = VectorFeedback.moved(own, towards: near, in: views) }
        }
        return parts.enumerated().map { index, part in
            let (view, allowed, chosen, order) = part
            let scorer = query.map { query in
                Scorer(
                    mode: request.mode,
                    words: view.segment.terms.compile(query.text, statistics: statistics),
                    wordCount: query.wordCount,
                    idfSum: query.idfSum,
                    query: vector,
                    vectors: view.segment.vectors,
                    titled: query.titleKey.map { view.segment.terms.documents(titled: $0) } ?? []
                )
            }
            return SegmentSearch(
                view,
                index: index,
                allowed: allowed,
                chosen: chosen,
                scorer: scorer,
                near: near[index],
                order: order
            )
        }
    }

    /// The candidates of all segments in one order.
    private func merged(_ parts: [[Candidate]], sort: [SortKey], isSorted: Bool = true) -> [Candidate] {
        if parts.count == 1, isSorted { return parts[0] }
        return parts.joined().sorted { a, b in
            if let isFirst = sort.precedes(a.values, b.values) { return isFirst }
            if sort.isEmpty, a.score != b.score { return a.score > b.score }
            return a.rank < b.rank
        }
    }

    private func hit(_ candidate: Candidate, _ selection: FieldSelection?) -> Hit {
        let segment = views[candidate.view].segment
        let json = segment.json(of: Int(candidate.ordinal))
        return Hit(
            id: segment.id(of: Int(candidate.ordinal)),
            score: candidate.score,
            document: selection.map { $0.apply(json) } ?? Data(json),
            explanation: nil
        )
    }
}

extension SearchRequest {
    /// Whether nothing but the best documents by words is wanted, so that the others need not be looked at.
    fileprivate var needsOnlyBest: Bool {
        mode == .keyword && sort.isEmpty && cursor == nil && facets.isEmpty && facetFilters.isEmpty
            && rangeFacets.isEmpty && statistics.isEmpty
    }
}
