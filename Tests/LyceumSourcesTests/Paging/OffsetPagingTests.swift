// Paging over a collection that changes while it is read, without a server.

import Testing

@testable import LyceumSources

@Suite("Offset paging") struct OffsetPagingTests {
    /// A collection of ids that a test may change between pages.
    private func read(
        _ collection: inout [Int],
        pageSize: Int = 10,
        change: (Int, inout [Int]) -> Void = { _, _ in }
    ) -> (seen: Set<Int>, paging: OffsetPaging, pages: Int) {
        var paging = OffsetPaging(pageSize: pageSize)
        var seen: Set<Int> = []
        var round: Set<Int> = []
        var number = 1
        var pages = 0
        while let page = paging.next() {
            if page.round != number { (round, number) = ([], page.round) }
            change(pages, &collection)
            pages += 1
            let rows = collection.dropFirst(page.offset).prefix(page.limit)
            let distinct = rows.count { round.insert($0).inserted }
            seen.formUnion(rows)
            paging.received(page, rows: rows.count, distinctIDs: distinct, total: collection.count)
        }
        return (seen, paging, pages)
    }

    @Test("every row of a quiet collection comes once", arguments: [0, 1, 9, 10, 11, 95, 100])
    func quiet(count: Int) {
        var collection = Array(0..<count)
        let (seen, paging, pages) = read(&collection)
        #expect(seen.count == count)
        #expect(paging.end == .complete)
        #expect(paging.round == 1)
        #expect(pages == max(1, (count + 9) / 10))
    }

    @Test("after the first page all others can be under way at once")
    func concurrency() {
        var paging = OffsetPaging(pageSize: 100)
        func next() -> PageRequest? { paging.next() }
        let first = next()
        #expect(first == PageRequest(offset: 0, limit: 100, round: 1))
        #expect(next() == nil)
        if let first { paging.received(first, rows: 100, distinctIDs: 100, total: 350) }
        #expect([next()?.offset, next()?.offset, next()?.offset] == [100, 200, 300])
        #expect(next() == nil)
        #expect(paging.end == nil)
    }

    @Test("a row inserted in front while reading loses nothing")
    func insertion() {
        var collection = Array(0..<95)
        let (seen, paging, _) = read(&collection) { page, rows in if page == 3 { rows.insert(1_000, at: 0) } }
        #expect(seen == Set(collection))
        #expect(paging.end == .complete)
        #expect(paging.round == 2)
    }

    @Test("a row deleted in front while reading loses nothing")
    func deletion() {
        var collection = Array(0..<95)
        let (seen, paging, _) = read(&collection) { page, rows in if page == 3 { rows.removeFirst(5) } }
        #expect(seen.isSuperset(of: collection))
        #expect(paging.end == .complete)
    }

    @Test("a collection that never holds still ends as unstable")
    func neverStill() {
        var collection = Array(0..<95)
        var next = 1_000
        let (_, paging, pages) = read(&collection) { _, rows in
            rows.insert(next, at: 0)
            next += 1
        }
        #expect(paging.end == .unstable)
        #expect(paging.round == 3)
        #expect(pages < 40)
    }

    @Test("a collection that repeats ids by itself is read twice and then believed")
    func ownRepetition() {
        var collection = Array(0..<50) + [49]
        let (seen, paging, _) = read(&collection)
        #expect(seen.count == 50)
        #expect(paging.end == .complete)
        #expect(paging.round == 2)
    }

    @Test("a server that states no total is read until a page is short")
    func noTotal() {
        var paging = OffsetPaging(pageSize: 10)
        var offsets: [Int] = []
        while let page = paging.next() {
            offsets.append(page.offset)
            let rows = max(0, min(10, 25 - page.offset))
            paging.received(page, rows: rows, distinctIDs: rows, total: nil)
        }
        #expect(offsets == [0, 10, 20])
        #expect(paging.end == .complete)
    }

    @Test("a server that gives smaller pages than asked for is read with its own step")
    func smallerPages() {
        var paging = OffsetPaging(pageSize: 100)
        var seen = 0
        while let page = paging.next() {
            let rows = max(0, min(20, 90 - page.offset))
            seen += rows
            paging.received(page, rows: rows, distinctIDs: rows, total: 90)
        }
        #expect(seen == 90)
        #expect(paging.end == .complete)
    }
}
