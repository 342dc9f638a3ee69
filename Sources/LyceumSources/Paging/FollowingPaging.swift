// Reading a collection in which each page leads to the next: a value with no I/O.

/// Follows cursors or links until there is none.
///
/// The server keeps the place, so nothing shifts. A page that leads to one that was read before would never end: the walk
/// stops there and is not complete.
struct FollowingPaging: Sendable {
    private var pending: PageRequest?
    private var visited: Set<String> = []
    private(set) var end: PagingEnd?

    /// Starts at the collection's own URL.
    init() {
        pending = PageRequest()
    }

    /// The next page to ask for, or nil if the page under way has to come first (or reading has ended).
    mutating func next() -> PageRequest? {
        defer { pending = nil }
        return pending
    }

    /// A page has come.
    mutating func received(_ page: PageRequest, _ summary: PageSummary) {
        guard let next = summary.next, !next.isEmpty else {
            end = .complete
            return
        }
        guard visited.insert(next).inserted else {
            end = .unstable
            return
        }
        pending = PageRequest(offset: page.offset + summary.records.count, next: next)
    }
}
