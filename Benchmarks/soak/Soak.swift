// Mixed reads, changes, merges and snapshot swaps for a given time, with checks of every answer.

import Foundation
import LyceumSearch
import Synchronization

/// What the writers have been told is durable, and what the readers hold them to.
final class Ledger: Sendable {
    struct State: Equatable {
        /// The version acknowledged last, 0 when the document is deleted.
        var version: Int
        /// Grows with every change begun and every change ended: odd while one is under way.
        var stamp: Int
    }

    private final class Stripe: Sendable {
        let states: Locked<[State]>

        init(_ states: [State]) { self.states = Locked(states) }
    }

    private let stripes: [Stripe]
    private let perStripe: Int
    let count: Int

    init(count: Int, stripes: Int, present: Int) {
        self.count = count
        perStripe = (count + stripes - 1) / stripes
        let size = perStripe
        self.stripes = (0..<stripes).map { stripe in
            Stripe((0..<size).map { State(version: stripe * size + $0 < present ? 1 : 0, stamp: 0) })
        }
    }

    func state(_ number: Int) -> State { stripes[number / perStripe].states.withLock { $0[number % perStripe] } }

    func begin(_ number: Int) { stripes[number / perStripe].states.withLock { $0[number % perStripe].stamp += 1 } }

    func end(_ number: Int, version: Int) {
        stripes[number / perStripe].states.withLock {
            $0[number % perStripe].version = version
            $0[number % perStripe].stamp += 1
        }
    }

    /// The numbers a writer has to itself.
    func range(_ stripe: Int) -> Range<Int> { stripe * perStripe..<min(count, (stripe + 1) * perStripe) }
}

/// One soak over one index folder.
final class Soak: Sendable {
    struct Counts: Codable {
        var searches = 0
        var upserts = 0
        var deletes = 0
        var checks = 0
        var checkpoints = 0
        var rebuilds = 0
        var faults = 0
    }

    static let documents = 2000
    static let initially = 1200
    static let writers = 2
    static let readers = 3

    let directory: URL
    let seed: UInt64
    private let index: Locked<LiveIndex?>
    private let ledger = Ledger(count: documents, stripes: writers, present: initially)
    private let counts = Locked(Counts())
    private let isOver = Atomic(false)

    init(directory: URL, seed: UInt64) throws {
        self.directory = directory
        self.seed = seed
        try Notice.publish(Self.initially, in: directory)
        index = Locked(try LiveIndex(directory: directory))
    }

    private func live() -> LiveIndex {
        guard let index = index.withLock({ $0 }) else { preconditionFailure("used after the end") }
        return index
    }

    private func fault(_ message: String) {
        counts.withLock { $0.faults += 1 }
        Output.line("{\"fault\":\"\(message.replacing("\"", with: "'"))\"}")
    }

    // MARK: The threads

    /// Runs for a time and gives the counts; every document is checked at the end, and again after opening the folder anew.
    func run(seconds: Double) throws -> Counts {
        let start = ContinuousClock.now
        let group = DispatchGroup()
        func thread(_ name: String, _ seed: UInt64, _ body: @escaping @Sendable (inout SeededGenerator) throws -> Void)
        {
            group.enter()
            let thread = Thread {
                var generator = SeededGenerator(seed: seed)
                while !self.isOver.load(ordering: .relaxed) {
                    do { try body(&generator) } catch { self.fault("\(name): \(error)") }
                }
                group.leave()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        for number in 0..<Self.writers {
            thread("writer", seed &+ UInt64(number)) { try self.write(self.ledger.range(number), &$0) }
        }
        for number in 0..<Self.readers { thread("reader", seed &+ 100 &+ UInt64(number)) { try self.read(&$0) } }
        thread("publisher", seed &+ 200) { try self.publish(&$0) }

        var nextReport = 30.0
        while true {
            Thread.sleep(forTimeInterval: 0.25)
            let elapsed = Double((ContinuousClock.now - start).components.seconds)
            if elapsed >= nextReport {
                nextReport += 30
                report(elapsed)
            }
            if elapsed >= seconds { break }
        }
        isOver.store(true, ordering: .relaxed)
        group.wait()
        checkAll("at the end")
        index.withLock { $0 = nil }
        let again = try LiveIndex(directory: directory)
        index.withLock { $0 = again }
        if !again.notes.isEmpty { fault("the log had to be mended: \(again.notes)") }
        checkAll("after opening again")
        return counts.withLock { $0 }
    }

    private func report(_ elapsed: Double) {
        let counts = counts.withLock { $0 }
        let log = live().logSize
        Output.line(
            "{\"seconds\":\(Int(elapsed)),\"searches\":\(counts.searches),\"upserts\":\(counts.upserts),"
                + "\"deletes\":\(counts.deletes),\"checks\":\(counts.checks),\"checkpoints\":\(counts.checkpoints),"
                + "\"rebuilds\":\(counts.rebuilds),\"faults\":\(counts.faults),\"log_bytes\":\(log),"
                + "\"resident_mb\":\(Output.residentMegabytes())}"
        )
    }

    private func write(_ range: Range<Int>, _ generator: inout SeededGenerator) throws {
        let index = live()
        let numbers = Set(
            (0..<Int.random(in: 1...6, using: &generator)).map { _ in range.randomElement(using: &generator) ?? 0 }
        )
        let isDelete = Int.random(in: 0..<4, using: &generator) == 0
        let before = numbers.sorted().map { ($0, ledger.state($0)) }
        for (number, _) in before { ledger.begin(number) }
        // Versions grow for ever, over deletions too, so that an old one that comes back is seen.
        let next = before.map { ($0.0, isDelete ? 0 : $0.1.stamp + 2) }
        if isDelete {
            try index.delete(next.map { Notice.id($0.0) }, from: "notices")
        } else {
            try index.upsert(next.map { Notice.json($0.0, version: $0.1) }, into: "notices")
        }
        // Acknowledged: from now on every reader must see it, this one first.
        guard let notices = try index.snapshot().collection("notices") else { return fault("the collection is gone") }
        for (number, version) in next {
            check(notices, number, version, "right after the change")
            if version > 0 {
                let request = SearchRequest(query: Notice.mark(number, version), limit: 5, mode: .keyword)
                let ids = try notices.search(request).hits.map(\.id)
                if ids != [Notice.id(number)] { fault("\(Notice.id(number)) is not found by its words: \(ids)") }
            }
            ledger.end(number, version: version)
        }
        counts.withLock {
            if isDelete { $0.deletes += next.count } else { $0.upserts += next.count }
        }
    }

    private func check(_ notices: LyceumSearch.Collection, _ number: Int, _ version: Int, _ moment: String) {
        let found = notices.document(id: Notice.id(number)).flatMap { Notice.version(of: $0) } ?? 0
        counts.withLock { $0.checks += 1 }
        if found != version { fault("\(Notice.id(number)) has version \(found) instead of \(version) \(moment)") }
    }

    private func checkAll(_ moment: String) {
        guard let notices = live().current?.collection("notices") else {
            return fault("the collection is gone \(moment)")
        }
        var expected = 0
        for number in 0..<ledger.count {
            let state = ledger.state(number)
            if state.version > 0 { expected += 1 }
            check(notices, number, state.version, moment)
        }
        if notices.count != expected { fault("\(notices.count) documents instead of \(expected) \(moment)") }
    }

    private func read(_ generator: inout SeededGenerator) throws {
        let index = live()
        // One document: what was acknowledged before the look and is not being changed must be seen.
        let number = Int.random(in: 0..<ledger.count, using: &generator)
        let before = ledger.state(number)
        let looked = index.current
        guard let notices = looked?.collection("notices") else { return fault("the collection is gone") }
        let found = notices.document(id: Notice.id(number)).flatMap { Notice.version(of: $0) } ?? 0
        let after = ledger.state(number)
        if before == after, before.stamp % 2 == 0, found != before.version {
            fault("\(Notice.id(number)) has version \(found) instead of the acknowledged \(before.version)")
        }

        let words = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            Notice.words.randomElement(using: &generator) ?? ""
        }
        let bound = Int.random(in: 0..<100, using: &generator)
        var request = SearchRequest(
            query: words.joined(separator: " "),
            limit: Int.random(in: 1...30, using: &generator)
        )
        request.mode = SearchRequest.Mode.allCases.randomElement(using: &generator) ?? .keyword
        if Bool.random(using: &generator) { request.filter = "amount >= \(bound) AND NOT tags = \"\(words[0])\"" }
        if Int.random(in: 0..<3, using: &generator) == 0 { request.facets = ["tags", "place"] }
        if Int.random(in: 0..<4, using: &generator) == 0 { request.sort = [SortKey("-amount"), SortKey("place")] }
        if Int.random(in: 0..<8, using: &generator) == 0 { request.query = "" }
        if Int.random(in: 0..<8, using: &generator) == 0 { request.explain = true }
        let result = try notices.search(request)
        check(result, request, bound)
        if let cursor = result.nextCursor {
            // The next page, from whatever state is current by now.
            var next = request
            next.cursor = cursor
            do {
                let following = try (index.current?.collection("notices") ?? notices).search(next)
                check(following, next, bound)
            } catch let error as SearchError where error.code == .invalidCursor {
                // A new snapshot was taken up: that is what the error says.
            }
            // And from the state it was given for: no document twice.
            let following = try notices.search(next)
            let both = result.hits.map(\.id) + following.hits.map(\.id)
            if Set(both).count != both.count { fault("two pages of one state share a document") }
        }
        // A state that is held does not change.
        let again = try notices.search(request)
        if again.hits.map(\.id) != result.hits.map(\.id) || again.total != result.total {
            fault("one state gave two answers to one query")
        }
        counts.withLock {
            $0.searches += 2
            $0.checks += 1
        }
    }

    private func check(_ result: SearchResult, _ request: SearchRequest, _ bound: Int) {
        if Set(result.hits.map(\.id)).count != result.hits.count { fault("a document was found twice") }
        if result.hits.count > request.limit || result.total < result.hits.count { fault("the counts do not fit") }
        for hit in result.hits where request.filter != nil {
            if let amount = Notice.amount(of: hit.document), amount >= bound { continue }
            fault("\(hit.id) does not pass the filter")
        }
    }

    /// New snapshots: of all that is there, and of a state a little old, so that changes stay in force over it.
    private func publish(_ generator: inout SeededGenerator) throws {
        Thread.sleep(forTimeInterval: Double.random(in: 0.5...3, using: &generator))
        let index = live()
        if Bool.random(using: &generator) {
            try index.checkpoint()
            counts.withLock { $0.checkpoints += 1 }
        } else {
            let sequence = index.sequence
            guard let notices = try index.snapshot().collection("notices") else { return }
            let writer = try SnapshotWriter(directory: directory, logSequence: sequence)
            let output = try writer.collection(Notice.schema)
            var request = SearchRequest(limit: 500)
            repeat {
                let page = try notices.search(request)
                for hit in page.hits {
                    try output.add(Notice.schema.document(fromJSON: String(decoding: hit.document, as: UTF8.self)))
                }
                request.cursor = page.nextCursor
            } while request.cursor != nil
            _ = try writer.finish()
            Thread.sleep(forTimeInterval: Double.random(in: 0...0.5, using: &generator))
            try index.reloadIfChanged()
            counts.withLock { $0.rebuilds += 1 }
        }
        try SnapshotWriter.removeOld(directory: directory, keep: 2)
    }
}

/// A value that one thread at a time may use, behind a lock that ThreadSanitizer sees.
///
/// `@unchecked Sendable`: the value is touched only with the lock held.
final class Locked<Value>: @unchecked Sendable {
    private var value: Value
    private let lock = NSLock()

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
