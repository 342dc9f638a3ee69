// Reading a collection by limit and offset while it changes under the reader: a value with no I/O.

/// Pages by limit and offset.
///
/// Offsets shift when records come or go between two requests, and no total tells: one record may go in front and
/// another come at the end. So each page starts with the last record of the page before. Where both pages show the same
/// record there, no record between them was missed; where they differ, something shifted, and all pages are read again,
/// at most `maximumRounds` times, until a round is whole or gives the same as the one before. The caller drops records
/// that it has already. Ids that a source repeats of itself cost nothing.
///
/// The first page's total lets the others be asked for side by side; it is not trusted for the end, which is where a page
/// comes short. Without overlap (pages by number) a shift shows as a changed total, a short page, or a record that
/// stands in two neighbouring pages.
struct OffsetPaging: Sendable {
    /// Records a page.
    let pageSize: Int
    /// How often to read before giving up on a consistent state.
    let maximumRounds: Int
    private let overlaps: Bool

    private(set) var round = 1
    private(set) var end: PagingEnd?
    /// From one page's offset to the next; known after the first page, for a server may cap the page.
    private var step = 0
    /// The most records that the server gives at once.
    private var reach = 0
    private var planned = 0
    private var pending: [PageRequest]
    private var underWay = 0
    /// The pages of this round by offset.
    private var pages: [Int: PageSummary] = [:]
    private var lastRound: Int?

    /// Starts at offset 0.
    init(pageSize: Int, overlaps: Bool = true, maximumRounds: Int = 3) {
        self.pageSize = max(1, pageSize)
        self.overlaps = overlaps && pageSize > 1
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
    mutating func received(_ page: PageRequest, _ summary: PageSummary) {
        underWay -= 1
        pages[page.offset] = summary
        let count = summary.records.count
        if page.offset == 0 {
            let isCapped = count > 0 && count < pageSize && (summary.total ?? 0) > count
            reach = isCapped ? count : pageSize
            step = overlaps && reach > 1 ? reach - 1 : reach
        }
        // Plans as far as any page's total goes: more may have come meanwhile.
        if let total = summary.total, pages[0].map({ !$0.records.isEmpty }) ?? false {
            while planned + reach < total { plan() }
        }
        if pending.isEmpty, underWay == 0 { endRound() }
    }

    private mutating func plan() {
        planned += step
        pending.append(PageRequest(offset: planned, limit: pageSize, round: round))
    }

    private mutating func endRound() {
        if let last = pages[planned], last.records.count >= reach, reach > 0 {
            plan()
            return
        }
        if isConsistent {
            end = .complete
            return
        }
        var hasher = Hasher()
        for (offset, page) in pages.sorted(by: { $0.key < $1.key }) {
            hasher.combine(offset)
            hasher.combine(page.records)
        }
        let fingerprint = hasher.finalize()
        // Twice the same: it is the source's own way, such as a total that counts what it does not give. Not so where pages
        // do not follow each other: a wrong page may well be given twice.
        if lastRound == fingerprint, seamsFit {
            end = .complete
            return
        }
        lastRound = fingerprint
        guard round < maximumRounds else {
            end = .unstable
            return
        }
        round += 1
        pages = [:]
        planned = 0
        pending = [PageRequest(offset: 0, limit: pageSize, round: round)]
    }

    /// Whether the pages are as long as the total says and fit together without a gap.
    private var isConsistent: Bool {
        guard seamsFit else { return false }
        var before: PageSummary?
        for offset in offsets {
            guard let page = pages[offset] else { return false }
            if let total = page.total, page.records.count != max(0, min(reach, total - offset)) { return false }
            if let before, !sharesRecord {
                if before.total != page.total { return false }
                if before.records.count < reach, !page.records.isEmpty { return false }
                if !Set(before.records).isDisjoint(with: page.records) { return false }
            }
            before = page
        }
        return true
    }

    /// Whether every page begins with the record that the page before ends with, where pages overlap.
    private var seamsFit: Bool {
        guard sharesRecord else { return true }
        return zip(offsets, offsets.dropFirst()).allSatisfy { earlier, later in
            guard let before = pages[earlier], let page = pages[later] else { return false }
            return (before.records.count > step ? before.records[step] : nil) == page.records.first
        }
    }

    private var sharesRecord: Bool { overlaps && step < reach }

    private var offsets: [Int] { Array(stride(from: 0, through: planned, by: max(1, step))) }
}
