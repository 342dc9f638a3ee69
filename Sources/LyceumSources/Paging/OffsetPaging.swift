// Reading a collection by limit and offset while it changes under the reader: a value with no I/O.

/// One page to ask for.
struct PageRequest: Sendable, Hashable {
    /// Zero-based number of the first row.
    var offset: Int
    /// The most rows.
    var limit: Int
    /// The round of reading that asked for it.
    var round: Int
}

/// Pages by limit and offset.
///
/// The first page tells the total; the others can then be read at once. Offsets shift when rows come or go between two
/// requests, so a total that changes, or fewer distinct ids than the total, means that a row may have been missed: all
/// pages are read again, at most `maximumRounds` times, until a round is whole or gives the same as the one before. The
/// caller drops rows that it has already.
struct OffsetPaging: Sendable {
    /// How reading ended.
    enum End: Sendable, Hashable {
        /// Every row of one consistent total was seen.
        case complete
        /// The collection kept changing: rows may be missing.
        case unstable
    }

    /// Rows a page.
    let pageSize: Int
    /// How often to start over before giving up on a stable total.
    let maximumRounds: Int

    private(set) var round = 1
    /// The total of the current round, once known.
    private(set) var total: Int?
    private var pending: [PageRequest]
    private var underWay = 0
    private var isShifted = false
    private var distinct = 0
    private var lastShortRound: (total: Int, distinct: Int)?
    private(set) var end: End?

    /// Starts at offset 0.
    init(pageSize: Int, maximumRounds: Int = 3) {
        self.pageSize = max(1, pageSize)
        self.maximumRounds = max(1, maximumRounds)
        pending = [PageRequest(offset: 0, limit: self.pageSize, round: 1)]
    }

    /// The next page to ask for, or nil if the pages under way have to come first (or reading has ended).
    mutating func next() -> PageRequest? {
        guard end == nil, !pending.isEmpty else { return nil }
        underWay += 1
        return pending.removeFirst()
    }

    /// A page has come.
    ///
    /// - Parameters:
    ///   - rows: the number of rows in it.
    ///   - distinctIDs: how many of its ids no page of this round has had before.
    ///   - total: the total that it states; nil if the server does not say.
    mutating func received(_ page: PageRequest, rows: Int, distinctIDs: Int, total stated: Int?) {
        underWay -= 1
        distinct += distinctIDs
        if page.offset == 0 {
            total = stated
            if let stated, stated > rows, rows > 0 {
                // A server may cap the page below the limit asked for; then its page is the step.
                let step = min(rows, pageSize)
                pending += stride(from: step, to: stated, by: step).map {
                    PageRequest(offset: $0, limit: pageSize, round: round)
                }
            }
        } else if let stated, let total, stated != total {
            isShifted = true
            pending = []
        }
        if stated == nil, rows >= pageSize, distinctIDs > 0 {
            pending.append(PageRequest(offset: page.offset + rows, limit: pageSize, round: round))
        }
        if pending.isEmpty, underWay == 0 { endRound() }
    }

    private mutating func endRound() {
        let isShort = total.map { distinct < $0 } ?? false
        guard isShifted || isShort else {
            end = .complete
            return
        }
        if !isShifted, let total {
            // Twice the same rows: the source itself repeats ids, or its total counts what it does not give.
            if let last = lastShortRound, last == (total, distinct) {
                end = .complete
                return
            }
            lastShortRound = (total, distinct)
        }
        guard round < maximumRounds else {
            end = .unstable
            return
        }
        round += 1
        (isShifted, distinct, total) = (false, 0, nil)
        pending = [PageRequest(offset: 0, limit: pageSize, round: round)]
    }
}
