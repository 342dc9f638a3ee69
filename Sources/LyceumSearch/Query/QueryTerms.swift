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
    ///
    /// - Parameter statistics: the counts to weigh terms by, nil for those of the index itself.
    init(_ text: String, index: TermIndex, statistics: CorpusStatistics? = nil) {
        var seen: [UInt64: Int] = [:]
        var analyzer = Analyzer()
        var distinct = 0
        func term(_ bytes: UnsafeBufferPointer<UInt8>) -> TermIndex.Term? {
            guard var term = index.term(bytes) else { return nil }
            if let statistics { term.weigh(statistics.inverseDocumentFrequency(of: bytes)) }
            return term
        }
        func missing(_ bytes: UnsafeBufferPointer<UInt8>) -> Float {
            statistics?.inverseDocumentFrequency(of: bytes)
                ?? BM25F.inverseDocumentFrequency(documents: index.documentCount, containing: 0)
        }
        analyzer.terms(of: text) { bytes in
            isEmpty = false
            let key = XXHash64.hash(UnsafeRawBufferPointer(bytes))
            if let known = seen[key] {
                guard known >= 0 else {
                    idfSum += missing(bytes)
                    return
                }
                let again = term(bytes).map { ($0.idf, $0.maximum) } ?? (0, 0)
                terms[known].idf += again.0
                terms[known].maximum += again.1
                idfSum += again.0
                return
            }
            guard distinct < SearchRequest.maximumTerms else { return }
            distinct += 1
            if let term = term(bytes) {
                seen[key] = terms.count
                terms.append(term)
                idfSum += term.idf
            } else {
                seen[key] = -1
                idfSum += missing(bytes)
            }
        }
    }
}

/// The counts that inverse document frequencies come from.
///
/// They are those of the snapshot as long as it has at least as many documents as came since: then scores do not move as
/// documents come and go, and pages fit together. Otherwise they are those of all segments. Deleted documents count until their segment is merged away, as is usual: their share is small.
struct CorpusStatistics {
    let indexes: [TermIndex]
    let documentCount: Int

    init(_ views: [SegmentView]) {
        let all = views.map(\.segment.terms)
        let base = all[0].documentCount
        let live = all.dropFirst().reduce(0) { $0 + $1.documentCount }
        indexes = base > 0 && base >= live ? [all[0]] : all
        documentCount = indexes.reduce(0) { $0 + $1.documentCount }
    }

    /// Documents of all segments that have a term. One lookup a segment.
    func documentFrequency(of term: UnsafeBufferPointer<UInt8>) -> Int {
        indexes.reduce(0) { $0 + ($1.term(term)?.documentFrequency ?? 0) }
    }

    func inverseDocumentFrequency(of term: UnsafeBufferPointer<UInt8>) -> Float {
        BM25F.inverseDocumentFrequency(documents: documentCount, containing: documentFrequency(of: term))
    }
}

extension TermIndex.Term {
    /// Replaces the inverse document frequency, and with it the most the term can add.
    mutating func weigh(_ idf: Float) {
        maximum *= idf / self.idf
        self.idf = idf
    }
}
