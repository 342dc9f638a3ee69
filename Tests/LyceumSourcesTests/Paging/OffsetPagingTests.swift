// Paging over a collection that changes while it is read, without a server.

import Testing

@testable import LyceumSources

@Suite("Offset paging") struct OffsetPagingTests {
    private struct Reading {
        var seen: Set<Int> = []
        var paging: OffsetPaging
        var pages: [PageRequest] = []
    }

    /// Reads a collection that a test may change before each page.
    private func read(
        _ collection: inout [Int],
        pageSize: Int = 10,
        overlaps: Bool = true,
        change: (Int, inout [Int]) -> Void = { _, _ in },
        total: (Int) -> Int? = { $0 }
    ) -> Reading {
        var reading = Reading(paging: OffsetPaging(pageSize: pageSize, overlaps: overlaps))
        while let page = reading.paging.next(), reading.pages.count < 1_000 {
            change(reading.pages.count, &collection)
            reading.pages.append(page)
            let rows = collection.dropFirst(page.offset).prefix(page.limit)
            reading.seen.formUnion(rows)
            reading.paging.received(page, PageSummary(records: Array(rows), total: total(collection.count)))
        }
        return reading
    }

    @Test("every record of a quiet collection comes", arguments: [0, 1, 9, 10, 11, 95, 100], [true, false])
    func quiet(count: Int, overlaps: Bool) {
        var collection = Array(0..<count)
        let reading = read(&collection, overlaps: overlaps)
        #expect(reading.seen.count == count)
        #expect(reading.paging.end == .complete)
        #expect(reading.paging.round == 1)
        // One record of each page but the first is the one before's; a page that is full may not be the last.
        let step = overlaps ? 9 : 10
        #expect(reading.pages.count <= max(1, (count + step - 1) / step) + 1)
    }

    @Test("after the first page all others can be under way at once")
    func concurrency() {
        var paging = OffsetPaging(pageSize: 100)
        func next() -> PageRequest? { paging.next() }
        let first = next()
        #expect(first == PageRequest(offset: 0, limit: 100, round: 1))
        #expect(next() == nil)
        if let first { paging.received(first, PageSummary(records: Array(0..<100), total: 350)) }
        #expect([next()?.offset, next()?.offset, next()?.offset] == [99, 198, 297])
        #expect(next() == nil)
        #expect(paging.end == nil)
    }

    @Test("a record that goes or comes in front is noticed and read again", arguments: [true, false])
    func shift(inserts: Bool) {
        var collection = Array(0..<95)
        let reading = read(&collection) { page, rows in
            guard page == 3 else { return }
            if inserts { rows.insert(1_000, at: 0) } else { rows.removeFirst(5) }
        }
        #expect(reading.seen.isSuperset(of: collection))
        #expect(reading.paging.end == .complete)
        #expect(reading.paging.round == 2)
    }

    @Test("a shift that leaves the total as it was is noticed too")
    func silentShift() {
        var collection = Array(0..<95)
        let reading = read(&collection) { page, rows in
            guard page == 3 else { return }
            rows.removeFirst()
            rows.append(1_000)
        }
        #expect(reading.seen.isSuperset(of: collection))
        #expect(reading.paging.end == .complete)
        #expect(reading.paging.round == 2)
    }

    @Test("records that come at the end while reading are read too, without reading again")
    func growth() {
        var collection = Array(0..<95)
        let reading = read(&collection) { page, rows in if page == 5 { rows += Array(1_000..<1_040) } }
        #expect(reading.seen == Set(collection))
        #expect(reading.paging.round == 1)
    }

    @Test("no record that was there all the time is missed, whatever else changes (random)", arguments: 0..<200)
    func random(seed: UInt64) {
        var generator = SplitMix(state: seed)
        var collection = Array(0..<Int.random(in: 0...120, using: &generator))
        var always = Set(collection)
        var next = 1_000
        let reading = read(&collection, pageSize: Int.random(in: 2...15, using: &generator)) { _, rows in
            guard Int.random(in: 0..<12, using: &generator) == 0 else { return }
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                rows.insert(next, at: Int.random(in: 0...rows.count, using: &generator))
                next += 1
            case 1 where !rows.isEmpty:
                always.remove(rows.remove(at: Int.random(in: 0..<rows.count, using: &generator)))
            case 2 where rows.count > 1:
                let moved = rows.remove(at: Int.random(in: 0..<rows.count, using: &generator))
                rows.insert(moved, at: Int.random(in: 0...rows.count, using: &generator))
            default: break
            }
        }
        if reading.paging.end == .complete {
            #expect(reading.seen.isSuperset(of: always.intersection(collection)), "seed \(seed)")
        }
    }

    @Test("a page that is given instead of the last one, twice, is not taken for the end", arguments: [1, 2, 3])
    func wrongPage(rounds: Int) {
        let collection = Array(0..<95)
        var paging = OffsetPaging(pageSize: 10)
        var seen: Set<Int> = []
        while let page = paging.next() {
            let isWrong = page.offset == 90 && page.round <= rounds
            let rows = Array(collection.dropFirst(page.offset - (isWrong ? 9 : 0)).prefix(page.limit))
            seen.formUnion(rows)
            paging.received(page, PageSummary(records: rows, total: 95))
        }
        #expect(paging.end == (rounds < 3 ? .complete : .unstable))
        #expect((seen == Set(collection)) == (rounds < 3))
    }

    @Test("a collection that never holds still ends as unstable")
    func neverStill() {
        var collection = Array(0..<95)
        var next = 1_000
        let reading = read(&collection) { _, rows in
            rows.insert(next, at: 0)
            next += 1
        }
        #expect(reading.paging.end == .unstable)
        #expect(reading.paging.round == 3)
        #expect(reading.pages.count < 45)
    }

    @Test("ids that a collection repeats of itself cost no second reading")
    func ownRepetition() {
        var collection = Array(0..<50) + [49, 3, 3, 7]
        let reading = read(&collection)
        #expect(reading.seen.count == 50)
        #expect(reading.paging.end == .complete)
        #expect(reading.paging.round == 1)
    }

    @Test("a total that counts what is not given is believed after the second time")
    func hiddenRecords() {
        var collection = Array(0..<50)
        let reading = read(&collection, total: { $0 + 4 })
        #expect(reading.seen.count == 50)
        #expect(reading.paging.end == .complete)
        #expect(reading.paging.round == 2)
    }

    @Test("a first page whose total is too small does not end the reading")
    func wrongTotal() {
        var collection = Array(0..<95)
        var first = true
        let reading = read(
            &collection,
            total: { count in
                defer { first = false }
                return first ? 10 : count
            }
        )
        #expect(reading.seen.count == 95)
        #expect(reading.paging.end == .complete)
    }

    @Test("a page that comes short in the middle is noticed")
    func shortPage() {
        var paging = OffsetPaging(pageSize: 10)
        var seen: Set<Int> = []
        var isCut = true
        while let page = paging.next() {
            var rows = Array(Array(0..<60).dropFirst(page.offset).prefix(page.limit))
            if page.offset == 27, isCut {
                rows = Array(rows.prefix(4))
                isCut = false
            }
            seen.formUnion(rows)
            paging.received(page, PageSummary(records: rows, total: 60))
        }
        #expect(seen.count == 60)
        #expect(paging.round == 2)
        #expect(paging.end == .complete)
    }

    @Test("a server that states no total is read until a page is short")
    func noTotal() {
        var collection = Array(0..<25)
        let reading = read(&collection, total: { _ in nil })
        #expect(reading.pages.map(\.offset) == [0, 9, 18])
        #expect(reading.seen.count == 25)
        #expect(reading.paging.end == .complete)
    }

    @Test("a server that gives smaller pages than asked for is read with its own step")
    func smallerPages() {
        var paging = OffsetPaging(pageSize: 100)
        var seen: Set<Int> = []
        while let page = paging.next() {
            let rows = Array(0..<90).dropFirst(page.offset).prefix(20)
            seen.formUnion(rows)
            paging.received(page, PageSummary(records: Array(rows), total: 90))
        }
        #expect(seen.count == 90)
        #expect(paging.end == .complete)
        #expect(paging.round == 1)
    }
}

/// Random numbers from a seed (Steele, Lea and Flood, 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
