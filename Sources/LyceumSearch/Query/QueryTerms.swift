// A query's words, looked up in the index.

/// The distinct terms of a query that the index has, with what the missing ones would have weighed.
struct QueryTerms {
    /// Terms in order of appearance, the idf multiplied by their occurrences in the query.
    var terms: [TermIndex.Term] = []
    /// The sum of the idf of all terms, also of those no document has.
    var idfSum: Float = 0
    /// Whether the query had any term at all.
    var isEmpty = true

    /// O(length of the text).
    init(_ text: String, index: TermIndex) {
        var seen: [UInt64: Int] = [:]
        var analyzer = Analyzer()
        var distinct = 0
        let unknown = BM25F.inverseDocumentFrequency(documents: index.documentCount, containing: 0)
        analyzer.terms(of: text) { bytes in
            isEmpty = false
            let key = XXHash64.hash(UnsafeRawBufferPointer(bytes))
            if let known = seen[key] {
                guard known >= 0 else {
                    idfSum += unknown
                    return
                }
                let again = index.term(bytes).map { ($0.idf, $0.maximum) } ?? (0, 0)
                terms[known].idf += again.0
                terms[known].maximum += again.1
                idfSum += again.0
                return
            }
            guard distinct < SearchRequest.maximumTerms else { return }
            distinct += 1
            if let term = index.term(bytes) {
                seen[key] = terms.count
                terms.append(term)
                idfSum += term.idf
            } else {
                seen[key] = -1
                idfSum += unknown
            }
        }
    }
}
