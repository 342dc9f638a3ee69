// What is asked of a collection.

/// A field to sort by and its direction.
public struct SortKey: Sendable, Hashable, CustomStringConvertible {
    /// A number, date or single keyword field, or `_score`.
    public var field: String
    /// From the greatest to the smallest; documents without a value come last either way.
    public var descending: Bool

    /// Makes a sort key.
    public init(field: String, descending: Bool = false) {
        self.field = field
        self.descending = descending
    }

    /// Reads `field` or `-field`.
    public init(_ text: String) {
        descending = text.hasPrefix("-")
        field = descending ? String(text.dropFirst()) : text
    }

    /// The key as ``init(_:)`` reads it.
    public var description: String { (descending ? "-" : "") + field }
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

    /// Words to search, any of which a document must have. Empty matches every document.
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
        queryVectorText: String? = nil
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
    }
}
