// What a request may ask, and its hash.

extension SearchRequest {
    /// Refuses what is out of range or contradicts itself.
    ///
    /// - Throws: ``SearchError`` with code `invalid_request`.
    func validate() throws {
        func refuse(_ message: String) -> SearchError { SearchError(.invalidRequest, message) }
        guard (0...Self.maximumLimit).contains(limit) else {
            throw refuse("limit is \(limit); it goes from 0 to \(Self.maximumLimit)")
        }
        guard (0...Self.maximumOffset).contains(offset) else {
            throw refuse("offset is \(offset); it goes to \(Self.maximumOffset): use the cursor beyond")
        }
        guard cursor == nil || offset == 0 else { throw refuse("offset and cursor exclude each other") }
        guard query.utf8.count <= Self.maximumQueryLength,
            queryVectorText.map({ $0.utf8.count <= Self.maximumQueryLength }) ?? true
        else { throw refuse("the query is longer than \(Self.maximumQueryLength) bytes") }
        guard facets.count + rangeFacets.count + facetFilters.count + statistics.count <= 64,
            rangeFacets.allSatisfy({ $0.ranges.count <= 100 }), facetFilters.values.allSatisfy({ $0.count <= 1000 })
        else {
            throw refuse(
                "at most 64 facets, range facets, facet filters and statistics together, 100 ranges a facet and 1000 values "
                    + "a facet filter are possible"
            )
        }
        guard (fields ?? []).count <= 256 else { throw refuse("at most 256 fields can be selected") }
        guard (highlight?.fields ?? []).count <= 256, highlight?.cropLength.map({ $0 > 0 }) ?? true else {
            throw refuse("at most 256 fields can be highlighted, and a crop has at least one word")
        }
        guard budget.map({ $0 > .zero }) ?? true else { throw refuse("the time budget is not above nought") }
        guard facets.count <= 32, (0...10_000).contains(facetLimit) else {
            throw refuse("at most 32 facets of at most 10000 values are possible")
        }
    }

    /// A hash of all that decides which documents match and in what order.
    func hash(filter: Filter?) -> UInt64 {
        let parts = [
            query, queryVectorText ?? "", mode.rawValue, filter?.description ?? "",
            sort.map(\.description).joined(separator: ","), matching.rawValue,
            facetFilters.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ";"),
            "\(isUnfinished) \(forgivesTypos) \(usesSynonyms) \(usesFeedback)",
        ]
        return XXHash64.hash(parts.joined(separator: "\u{0}").utf8)
    }
}
