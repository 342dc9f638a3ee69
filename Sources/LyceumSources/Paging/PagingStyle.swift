// The ways in which servers cut a collection into pages, as values.

/// How a collection is asked for page by page.
public enum PagingStyle: Sendable, Hashable {
    /// The query item that states the most records a page.
    public struct Size: Sendable, Hashable {
        /// The item's name.
        public var name: String
        /// The records.
        public var count: Int

        /// Names a page's size.
        public init(name: String, count: Int) {
            self.name = name
            self.count = max(1, count)
        }
    }

    /// The whole collection is one answer, read in pieces.
    case none
    /// The query holds the number of the first record and the most records: `?offset=200&limit=100`.
    case offset(parameter: String, size: Size)
    /// The query holds the page's number, the first of which is `first`: `?page=3&per_page=100`.
    case pageNumber(parameter: String, first: Int, size: Size)
    /// Each answer holds, at a dotted path, the text that the next request repeats: `?cursor=…`.
    case cursor(parameter: String, member: String, size: Size?)
    /// Each answer holds the next page's URL in its `Link` header with `rel="next"` (RFC 8288), or at a dotted path of
    /// its body.
    case link(member: String?, size: Size?)
}

extension PagingStyle {
    /// The member of an answer that leads to the next page.
    var nextMember: String? {
        switch self {
        case .cursor(_, let member, _): member
        case .link(let member, _): member
        default: nil
        }
    }

    /// The walk over a whole collection.
    func walk() -> PageWalk {
        switch self {
        case .none: .following(FollowingPaging())
        case .offset(_, let size): .counting(OffsetPaging(pageSize: size.count))
        case .pageNumber(_, _, let size): .counting(OffsetPaging(pageSize: size.count, overlaps: false))
        case .cursor, .link: .following(FollowingPaging())
        }
    }

    /// A page's URL with its query.
    func url(_ base: String, query: [(String, String)], page: PageRequest) -> String {
        func sized(_ size: Size?) -> [(String, String)] {
            size.map { [($0.name, String($0.count))] } ?? []
        }
        switch self {
        case .none:
            return FormEncoding.url(base, query: query)
        case .offset(let parameter, let size):
            let place = [(size.name, String(page.limit)), (parameter, String(page.offset))]
            return FormEncoding.url(base, query: query + place)
        case .pageNumber(let parameter, let first, let size):
            let number = page.limit > 0 ? page.offset / page.limit : 0
            return FormEncoding.url(base, query: query + [(parameter, String(first + number))] + sized(size))
        case .cursor(let parameter, _, let size):
            return FormEncoding.url(base, query: query + sized(size) + (page.next.map { [(parameter, $0)] } ?? []))
        case .link(_, let size):
            return page.next ?? FormEncoding.url(base, query: query + sized(size))
        }
    }
}

/// One page to ask for.
struct PageRequest: Sendable, Hashable {
    /// Zero-based number of the first record.
    var offset = 0
    /// The most records.
    var limit = 0
    /// The round of reading that asked for it.
    var round = 1
    /// What the page before said leads here.
    var next: String?
}

/// What came with a page, as far as paging is concerned.
struct PageSummary: Sendable, Hashable {
    /// One fingerprint a record, in the page's order.
    var records: [Int]
    /// The total that the page states; nil if the server does not say.
    var total: Int?
    /// What leads to the next page: a cursor or a URL; nil at the end.
    var next: String?
}

/// How reading a collection ended.
enum PagingEnd: Sendable, Hashable {
    /// Every record of one consistent state was seen.
    case complete
    /// The collection kept changing: records may be missing.
    case unstable
}

/// A walk over the pages of a collection: pages by number, which can be asked for side by side, or one after another.
enum PageWalk: Sendable {
    case counting(OffsetPaging)
    case following(FollowingPaging)

    /// The next page to ask for, or nil if the pages under way have to come first (or reading has ended).
    mutating func next() -> PageRequest? {
        switch self {
        case .counting(var paging):
            defer { self = .counting(paging) }
            return paging.next()
        case .following(var paging):
            defer { self = .following(paging) }
            return paging.next()
        }
    }

    /// A page has come.
    mutating func received(_ page: PageRequest, _ summary: PageSummary) {
        switch self {
        case .counting(var paging):
            paging.received(page, summary)
            self = .counting(paging)
        case .following(var paging):
            paging.received(page, summary)
            self = .following(paging)
        }
    }

    /// How reading ended; nil while it goes on.
    var end: PagingEnd? {
        switch self {
        case .counting(let paging): paging.end
        case .following(let paging): paging.end
        }
    }

    /// How often the collection was read from its start.
    var rounds: Int {
        if case .counting(let paging) = self { paging.round } else { 1 }
    }
}
