// The shortest way from a text to the best documents.

/// How the words of a text are to be found.
public enum WordSearch: String, Sendable, CaseIterable {
    /// Any of them; more of them score higher.
    case any
    /// All of them.
    case all
    /// One after the other.
    case phrase
    /// All but the last, and a word that begins as the last one does.
    case prefix
    /// Each with one typing error, its first letter right.
    case fuzzy
}

extension Collection {
    /// The ids of the documents whose words match best, the best first; equal ones in the order they were added.
    ///
    /// The keyword part of a search alone: no query syntax, synonyms, corrections, vectors, counts or stored documents.
    /// Time depends on how many documents can enter the list, not on how many match.
    ///
    /// - Parameters:
    ///   - text: its words count, at most ``SearchRequest/maximumTerms`` of them.
    ///   - limit: at most ``SearchRequest/maximumLimit``.
    ///   - filter: a condition all must meet.
    /// - Throws: ``SearchError`` where the filter does not fit the schema.
    public func bestIDs(
        _ text: String,
        _ search: WordSearch = .any,
        limit: Int = 10,
        filter: Filter? = nil
    ) throws -> [String] {
        let limit = max(0, min(limit, SearchRequest.maximumLimit))
        let statistics = views.count == 1 ? nil : CorpusStatistics(views)
        var query: TextQuery?
        var found: [(element: ScoredDocument, view: Int)] = []
        for (number, view) in views.enumerated() {
            let allowed = try view.allowed(filter)
            view.segment.scratches.withScratch { scratch in
                let words = query ?? search.query(text, &scratch.analyzer)
                query = words
                let index = view.segment.terms
                let compiled = index.compile(words, statistics: statistics)
                let options = ExecutionOptions(limit: limit, allowed: allowed)
                found += index.top(compiled, options, scratch: scratch).documents.map { ($0, number) }
            }
        }
        if views.count > 1 {
            found.sort { a, b in
                a.element.score != b.element.score
                    ? a.element.score > b.element.score
                    : views[a.view].rank(Int(a.element.document)) < views[b.view].rank(Int(b.element.document))
            }
        }
        return found.prefix(limit).map { views[$0.view].segment.id(of: Int($0.element.document)) }
    }

    /// The terms of a text as they are indexed.
    public static func terms(of text: String) -> [String] {
        var analyzer = Analyzer()
        return analyzer.terms(of: text)
    }
}

extension WordSearch {
    func query(_ text: String, _ analyzer: inout Analyzer) -> TextQuery {
        var terms: [[UInt8]] = []
        var positions: [Int] = []
        let keepsOverlaps = self == .any
        analyzer.tokens(of: text) { token in
            guard keepsOverlaps || !token.isOverlap, terms.count < SearchRequest.maximumTerms else { return }
            terms.append(Array(token.term))
            positions.append(token.position)
        }
        switch self {
        case .any: return .any(terms.map { .term($0) })
        case .all: return .all(terms.map { .term($0) })
        case .phrase: return .phrase(terms, offsets: positions)
        case .prefix: return .all(terms.dropLast().map { .term($0) } + terms.suffix(1).map { .prefix($0) })
        case .fuzzy: return .any(terms.map { .fuzzy($0, edits: 1, prefix: 1) })
        }
    }
}
