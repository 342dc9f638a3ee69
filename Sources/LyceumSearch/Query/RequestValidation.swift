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
        guard facets.count <= 32, (0...10_000).contains(facetLimit) else {
            throw refuse("at most 32 facets of at most 10000 values are possible")
        }
    }

    /// A hash of all that decides which documents match and in what order.
    func hash(filter: Filter?) -> UInt64 {
        let parts = [
            query, queryVectorText ?? "", mode.rawValue, filter?.description ?? "",
            sort.map(\.description).joined(separator: ","),
        ]
        return XXHash64.hash(parts.joined(separator: "\u{0}").utf8)
    }
}
