// What is asked of a collection.

import Foundation

/// A field to sort by and its direction.
public struct SortKey: Sendable, Hashable, CustomStringConvertible {
    /// A number, date, position or single keyword field, or `_score`.
    public var field: String
    /// From the greatest to the smallest; documents without a value come last either way.
    public var descending: Bool
    /// For a position: where distances are measured from.
    public var place: Filter.Place?

    /// Makes a sort key.
    public init(field: String, descending: Bool = false, place: Filter.Place? = nil) {
        self.field = field
        self.descending = descending
        self.place = place
    }

    /// Reads `field`, `-field`, `distance(field, 42.36, -71.06)` or `distance(field, "Boston, MA")`.
    public init(_ text: String) {
        descending = text.hasPrefix("-")
        let rest = descending ? text.dropFirst() : text[...]
        guard rest.hasPrefix("distance("), rest.hasSuffix(")"), let comma = rest.firstIndex(of: ",") else {
            field = String(rest)
            place = nil
            return
        }
        func trimmed(_ text: Substring) -> String { text.trimmingCharacters(in: .whitespaces) }
        let start = rest.index(rest.startIndex, offsetBy: "distance(".count)
        field = trimmed(rest[start..<comma])
        let origin = trimmed(rest[rest.index(after: comma)...].dropLast())
        let numbers = origin.split(separator: ",").map { Double(trimmed($0)) }
        if numbers.count == 2, let latitude = numbers[0], let longitude = numbers[1],
            let point = GeoPoint(latitude: latitude, longitude: longitude)
        {
            place = .point(point)
        } else {
            place = .name(origin.trimmingCharacters(in: CharacterSet(charactersIn: "\"'")))
        }
    }

    /// The key as ``init(_:)`` reads it.
    public var description: String {
        (descending ? "-" : "") + (place.map { "distance(\(field), \($0))" } ?? field)
    }
}

/// A range of a number or date field to count, from a bound that is included to one that is not.
public struct ValueRange: Sendable, Hashable {
    /// The least value, nil for no bound; dates as texts, meaning the beginning of that day, month or year.
    public var from: Filter.Value?
    /// What values are below, nil for no bound.
    public var to: Filter.Value?

    /// Makes a range.
    public init(from: Filter.Value? = nil, to: Filter.Value? = nil) {
        self.from = from
        self.to = to
    }
}

/// Ranges of one field to count matches in; they may overlap.
public struct RangeFacet: Sendable, Hashable {
    /// A number or date field.
    public var field: String
    /// At most 100.
    public var ranges: [ValueRange]

    /// Makes a facet of ranges.
    public init(_ field: String, _ ranges: [ValueRange]) {
        self.field = field
        self.ranges = ranges
    }

    /// Makes a facet of the ranges below, between and from some bounds, which are in rising order.
    public init(_ field: String, bounds: [Double]) {
        self.field = field
        let edges = [nil] + bounds.map { Optional(Filter.Value.number($0)) } + [nil]
        ranges = zip(edges, edges.dropFirst()).map { ValueRange(from: $0, to: $1) }
    }
}

/// A search: words, conditions, order and page.
public struct SearchRequest: Sendable, Hashable {
    /// How words and vectors take part.
    public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
        /// Keyword and vector scores combined by ``Fusion``.
        case hybrid
        /// BM25F alone; the score is its plain sum.
        case keyword
        /// Cosine alone; the score is the cosine.
        case vector
    }

    /// The most hits of one page.
    public static let maximumLimit = 1000
    /// The furthest a page can be reached by offset; cursors go on without end.
    public static let maximumOffset = 100_000
    /// The longest query, in bytes of UTF-8.
    public static let maximumQueryLength = 16_384
    /// Distinct terms of a query that are searched; later ones are left out.
    public static let maximumTerms = 128

    /// What to search for; empty matches every document.
    ///
    /// Words are wishes: one is enough, and more of them score higher. `"machine learning"` and `title:engineer` are
    /// conditions, `-senior` and `-"night shift"` exclude, `engin*` stands for every word that begins so. Nothing that is
    /// typed is an error: what is no such syntax is text.
    public var query: String
    /// A condition in the grammar of ``Filter``.
    public var filter: String?
    /// The facet fields to count values of, over all matches.
    public var facets: [String]
    /// The most values of one facet that are returned, the most frequent first.
    public var facetLimit: Int
    /// The order; empty means by score, and in document order for an empty query.
    public var sort: [SortKey]
    /// Hits to leave out at the start; not together with a cursor.
    public var offset: Int
    /// Hits to return, 0 to 1,000.
    public var limit: Int
    /// Where the previous page ended: its ``SearchResult/nextCursor``.
    public var cursor: String?
    /// Whether hits say how their score came about.
    public var explain: Bool
    /// How words and vectors take part.
    public var mode: Mode
    /// Text to embed instead of the query.
    public var queryVectorText: String?
    /// What of each document is returned: nil for all of it, else only these fields or dotted paths; empty for ids and scores alone.
    public var fields: [String]?
    /// Whether all matches are counted.
    public var total: Total
    /// Whether a document must have any or all of the query's words.
    public var matching: Matching
    /// Values chosen of facets, any of which a document must have, by facet. Unlike conditions in ``filter``, what is chosen of
    /// a facet does not restrict that facet's own counts, so that what else could be chosen stays in sight.
    public var facetFilters: [String: [String]]
    /// Number and date fields to count matches by ranges of.
    public var rangeFacets: [RangeFacet]
    /// Number and date fields to take count, least, greatest, sum and mean of.
    public var statistics: [String]
    /// The time after which the search stops and returns what it has, marked as partial.
    public var budget: Duration?
    /// Whether the last word may be unfinished, as it is while somebody types.
    public var isUnfinished: Bool
    /// Whether words that no document has are searched with typing errors.
    public var forgivesTypos: Bool
    /// Whether the snapshot's synonyms are looked up.
    public var usesSynonyms: Bool
    /// Whether the query's vector is moved towards the documents nearest to it before vectors are compared.
    public var usesFeedback: Bool
    /// How to mark in the texts of hits what the query found; nil marks nothing.
    public var highlight: HighlightOptions?

    /// Whether all matches are counted.
    public enum Total: String, Sendable, Hashable, Codable, CaseIterable {
        /// All are counted.
        case exact
        /// Only as many as were found on the way to the page; the fastest.
        case none
    }

    /// Makes a request.
    public init(
        query: String = "",
        filter: String? = nil,
        facets: [String] = [],
        facetLimit: Int = 20,
        sort: [SortKey] = [],
        offset: Int = 0,
        limit: Int = 10,
        cursor: String? = nil,
        explain: Bool = false,
        mode: Mode = .hybrid,
        queryVectorText: String? = nil,
        fields: [String]? = nil,
        total: Total = .exact,
        matching: Matching = .any,
        facetFilters: [String: [String]] = [:],
        rangeFacets: [RangeFacet] = [],
        statistics: [String] = [],
        budget: Duration? = nil,
        isUnfinished: Bool = false,
        forgivesTypos: Bool = true,
        usesSynonyms: Bool = true,
        usesFeedback: Bool = true,
        highlight: HighlightOptions? = nil
    ) {
        self.query = query
        self.filter = filter
        self.facets = facets
        self.facetLimit = facetLimit
        self.sort = sort
        self.offset = offset
        self.limit = limit
        self.cursor = cursor
        self.explain = explain
        self.mode = mode
        self.queryVectorText = queryVectorText
        self.fields = fields
        self.total = total
        self.matching = matching
        self.facetFilters = facetFilters
        self.rangeFacets = rangeFacets
        self.statistics = statistics
        self.budget = budget
        self.isUnfinished = isUnfinished
        self.forgivesTypos = forgivesTypos
        self.usesSynonyms = usesSynonyms
        self.usesFeedback = usesFeedback
        self.highlight = highlight
    }
}
