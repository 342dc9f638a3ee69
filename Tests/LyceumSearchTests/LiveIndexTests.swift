// Live changes: visible at once, durable, and the same after merges, restarts and new snapshots.

import Foundation
import Synchronization
import Testing

@testable import LyceumSearch

@Suite struct LiveIndexTests {
    let folder: IndexFolder

    init() throws { folder = try IndexFolder() }

    func open(background: Bool = false) throws -> LiveIndex {
        try LiveIndex(directory: folder.url, embedders: [], mergesInBackground: background)
    }

    func ids(_ index: LiveIndex, _ request: SearchRequest = SearchRequest(limit: 1000)) throws -> [String] {
        try #require(index.snapshot().collection("jobs")).search(request).hits.map(\.id)
    }

    func code(_ body: () throws -> Void) -> SearchError.Code? {
        do { try body() } catch { return (error as? SearchError)?.code }
        return nil
    }

    func logFiles() throws -> [URL] {
        let folder = folder.url.appending(path: ".live")
        return try FileSystem.names(in: folder).filter { $0.hasSuffix(".log") }.map { folder.appending(path: $0) }
    }

    @Test("a document is found as soon as it is put in, replaced, and gone when it is taken out")
    func changes() throws {
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        let index = try open()
        let before = try index.snapshot()
        try index.upsert([Campus.job("L1", "Data Engineer, Streams", skills: ["Kafka"]).json], into: "jobs")
        #expect(try ids(index, SearchRequest(query: "streams")) == ["L1"])
        try index.upsert([Campus.job("J5", "Veterinary Nurse").json], into: "jobs")
        #expect(try ids(index, SearchRequest(query: "nurse")) == ["J5"])
        #expect(try ids(index, SearchRequest(query: "registered", mode: .keyword)).isEmpty)
        try index.delete(["J1", "unknown"], from: "jobs")
        let jobs = try #require(index.snapshot().collection("jobs"))
        #expect(jobs.count == 6 && jobs.document(id: "J1") == nil && jobs.document(id: "L1") != nil)
        #expect(try ids(index) == ["J2", "J3", "J4", "J6", "L1", "J5"])
        // A query keeps the state it began with.
        #expect(try #require(before.collection("jobs")).count == 6)
        #expect(before.collection("jobs")?.document(id: "J1") != nil)
    }

    @Test("of several changes of one document in one call the last counts")
    func lastWins() throws {
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        let index = try open()
        try index.apply([
            .upsert(collection: "jobs", json: try Campus.job("A", "Gardener").json),
            .upsert(collection: "jobs", json: try Campus.job("A", "Baker").json),
            .upsert(collection: "jobs", json: try Campus.job("B", "Painter").json),
            .delete(collection: "jobs", id: "B"), .delete(collection: "jobs", id: "C"),
            .upsert(collection: "jobs", json: try Campus.job("C", "Miller").json),
        ])
        let all = SearchRequest(query: "gardener baker painter miller", mode: .keyword)
        #expect(try ids(index, all).sorted() == ["A", "C"])
        #expect(try ids(index, SearchRequest(query: "baker", mode: .keyword)) == ["A"])
    }

    @Test("a call with one bad document changes nothing and leaves nothing in the log")
    func badDocument() throws {
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        let index = try open()
        let good = try Campus.job("N1", "Novelist").json
        #expect(code { try index.upsert([good, "{\"title\":\"no id\"}"], into: "jobs") } == .invalidDocument)
        #expect(code { try index.upsert([good, "{\n\"job_posting_id\":\"x\"}"], into: "jobs") } == .invalidDocument)
        #expect(code { try index.upsert([good], into: "nothing") } == .collectionMissing)
        #expect(index.sequence == 0)
        #expect(try ids(index).count == 6)
    }

    @Test("live and snapshot documents are found, counted and sorted as in one rebuilt snapshot")
    func equalsRebuilt() throws {
        let seed = freshSeed()
        var generator = SeededGenerator(seed: seed)
        let corpus = RandomCorpus(count: 300, words: 60, generator: &generator)
        let schema = Self.corpusSchema
        func json(_ entry: RandomCorpus.Entry) throws -> String {
            var object: [String: Any] = [
                "id": entry.id, "title": entry.title.joined(separator: " "), "body": entry.body.joined(separator: " "),
                "tags": entry.tags,
            ]
            if let amount = entry.amount { object["amount"] = amount }
            return try Campus.line(object)
        }
        let documents = try corpus.entries.map { try schema.document(fromJSON: json($0)) }
        _ = try Campus.snapshot(in: folder, [(schema, Array(documents.prefix(120)))], version: "v1")
        let index = try open()
        var model: [(id: String, json: String)] = documents.prefix(120).map { ($0.id, $0.json) }
        for round in 0..<60 {
            var changes: [LiveChange] = []
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let id = "d\(Int.random(in: 0..<300, using: &generator))"
                model.removeAll { $0.id == id }
                if Int.random(in: 0..<3, using: &generator) == 0 {
                    changes.append(.delete(collection: "corpus", id: id))
                } else {
                    var entry = corpus.entries[Int.random(in: 0..<300, using: &generator)]
                    entry.id = id
                    let text = try json(entry)
                    changes.append(.upsert(collection: "corpus", json: text))
                    model.append((id, text))
                }
            }
            try index.apply(changes)
            guard round % 10 == 9 else { continue }
            let other = try IndexFolder()
            let rebuilt = try #require(
                try Campus.snapshot(in: other, [(schema, model.map { try schema.document(fromJSON: $0.json) })])
                    .collection("corpus")
            )
            let live = try #require(index.snapshot().collection("corpus"))
            #expect(live.count == model.count)
            for request in [
                SearchRequest(facets: ["tags"], limit: 1000),
                SearchRequest(query: "w1 w7 w30", facets: ["tags"], limit: 1000, mode: .keyword),
                SearchRequest(query: "w2", filter: "amount > 5 AND NOT tags = w3", limit: 1000, mode: .keyword),
                SearchRequest(sort: [SortKey("-amount")], limit: 1000),
                SearchRequest(filter: "EXISTS tags", sort: [SortKey("amount"), SortKey("_score")], limit: 1000),
            ] {
                let expected = try rebuilt.search(request)
                let found = try live.search(request)
                #expect(found.total == expected.total, "\(request) after round \(round)")
                #expect(found.facets == expected.facets, "\(request) after round \(round)")
                if request.query.isEmpty {
                    #expect(found.hits.map(\.id) == expected.hits.map(\.id), "\(request) after round \(round)")
                } else {
                    #expect(Set(found.hits.map(\.id)) == Set(expected.hits.map(\.id)))
                }
            }
        }
        // Merging kept the segments few.
        #expect(try #require(index.snapshot().collection("corpus")).views.count <= 14)
        let expected = try #require(index.snapshot().collection("corpus")).search(SearchRequest(limit: 1000)).hits
        let manifest = try index.checkpoint(version: "v2")
        #expect(manifest.logSequence == index.sequence && index.logSize == 0)
        let after = try #require(index.snapshot().collection("corpus"))
        #expect(after.views.count == 1)
        #expect(try after.search(SearchRequest(limit: 1000)).hits.map(\.document) == expected.map(\.document))
    }

    static let corpusSchema: CollectionSchema = {
        var schema = RandomCorpus.schema
        schema.idPath = "id"
        return schema
    }()

    @Test("every acknowledged change is there after opening again")
    func reopening() throws {
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        for round in 0..<3 {
            let index = try open()
            #expect(index.notes.isEmpty)
            #expect(try ids(index, SearchRequest(filter: "company = live", limit: 100)).count == round * 20)
            for number in 0..<20 {
                try index.upsert([Campus.job("R\(round)-\(number)", "Rider", company: "Live").json], into: "jobs")
            }
            if round == 0 { try index.delete(["J2"], from: "jobs") }
            #expect(try index.snapshot().collection("jobs")?.document(id: "J2") == nil)
        }
        #expect(try ids(open()).count == 65)
    }

    @Test("erased documents are in no search, no file of the log and no later opening, and other changes stay")
    func erasing() throws {
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        func mentions(_ text: String) throws -> Bool {
            try logFiles().contains { try Data(contentsOf: $0).range(of: Data(text.utf8)) != nil }
        }
        var index: LiveIndex? = try open()
        let last = try index?.upsert(
            [Campus.job("E1", "Quillmaker").json, Campus.job("E2", "Thatcher").json],
            into: "jobs"
        )
        try index?.delete(["J1"], from: "jobs")
        #expect(try mentions("Quillmaker"))
        // J2 stands in the snapshot, where it is hidden until one without it is taken up.
        #expect(try index?.erase(["E1", "J2"], from: "jobs") == 1)
        #expect(try !mentions("Quillmaker"))
        let all = SearchRequest(limit: 100)
        #expect(try ids(#require(index), all).sorted() == ["E2", "J3", "J4", "J5", "J6"])
        let next = try index?.upsert([Campus.job("E3", "Weaver").json], into: "jobs")
        #expect(try #require(next) > #require(last))
        index = nil
        #expect(
            try ids(open(), SearchRequest(query: "quillmaker thatcher weaver", mode: .keyword)).sorted() == [
                "E2", "E3",
            ]
        )
        #expect(try open().snapshot().collection("jobs")?.document(id: "J1") == nil)
        // And without an index that is open, as an erasure does it.
        let erased = try LiveIndex.erase(in: folder.url) {
            if case .upsert(_, let json) = $0 {
                json.contains("Thatcher")
            } else {
                false
            }
        }
        #expect(try erased == 1 && !mentions("Thatcher"))
        #expect(try ids(open(), SearchRequest(query: "thatcher weaver", mode: .keyword)) == ["E3"])
    }

    @Test("a log cut anywhere in its last frame loses that frame only, and says so")
    func tornEnd() throws {
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        var index: LiveIndex? = try open()
        try index?.upsert([Campus.job("T1", "Tailor").json], into: "jobs")
        let whole = try Data(contentsOf: #require(logFiles().first)).count
        try index?.upsert([Campus.job("T2", "Turner").json], into: "jobs")
        index = nil
        let url = try #require(logFiles().first)
        let bytes = try Data(contentsOf: url)
        for size in whole..<bytes.count {
            var variants = [bytes.prefix(size)]
            // The size of the file may have grown before the bytes were there.
            if size.isMultiple(of: 7) { variants.append(bytes.prefix(size) + Data(count: bytes.count - size)) }
            for torn in variants {
                try torn.write(to: url)
                let index = try open()
                #expect(index.notes.count == (torn.count == whole ? 0 : 1))
                #expect(try ids(index, SearchRequest(query: "tailor turner", mode: .keyword)) == ["T1"])
                try index.upsert([Campus.job("T3", "Thatcher").json], into: "jobs")
            }
            // Never in use twice: what was appended is replaced by the next cut.
        }
        #expect(try open().notes.isEmpty)
        #expect(try ids(open(), SearchRequest(query: "thatcher", mode: .keyword)) == ["T3"])
    }

    @Test("a log damaged before its last frame is refused by name and place")
    func damagedMiddle() throws {
        let seed = freshSeed()
        var generator = SeededGenerator(seed: seed)
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        var index: LiveIndex? = try open()
        for number in 0..<5 { try index?.upsert([Campus.job("M\(number)", "Mason").json], into: "jobs") }
        let last = try Data(contentsOf: #require(logFiles().first)).count
        try index?.upsert([Campus.job("M5", "Mason").json], into: "jobs")
        index = nil
        let url = try #require(logFiles().first)
        let bytes = try Data(contentsOf: url)
        for _ in 0..<200 {
            var damaged = bytes
            let position = Int.random(in: 0..<last, using: &generator)
            damaged[position] ^= UInt8.random(in: 1...255, using: &generator)
            try damaged.write(to: url)
            #expect(code { _ = try open() } == .damagedLog, "byte \(position)")
        }
        try bytes.write(to: url)
        #expect(try ids(open(), SearchRequest(query: "mason", mode: .keyword)).count == 6)
    }

    @Test("random bytes in place of a log are refused or cut, never crashed on")
    func randomLog() throws {
        let seed = freshSeed()
        var generator = SeededGenerator(seed: seed)
        _ = try Campus.snapshot(in: folder, [(.jobs, [])])
        let url = folder.url.appending(path: ".live/00000000000000000001.log")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        for _ in 0..<300 {
            var bytes = Bool.random(using: &generator) ? LogFrame.fileHeader(first: 1) : []
            if Bool.random(using: &generator) {
                bytes += try LogFrame.encode([.delete(collection: "jobs", id: "x")], first: 1)
            }
            let count = Int.random(in: 0...80, using: &generator)
            bytes += (0..<count).map { _ in .random(in: 0...255, using: &generator) }
            try Data(bytes).write(to: url)
            do { _ = try open() } catch { #expect((error as? SearchError)?.code == .damagedLog, "\(error)") }
        }
    }

    @Test("only one can change an index at a time")
    func locked() throws {
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        var first: LiveIndex? = try open()
        #expect(code { _ = try open() } == .locked)
        try first?.delete(["J1"], from: "jobs")
        first = nil
        #expect(try ids(open()).count == 5)
    }

    @Test("a lock that is refused closes its own file, and no file that another thread opens meanwhile")
    func refusedLock() throws {
        let url = folder.url.appending(path: "lock")
        let held = try FolderLock(url)
        defer { withExtendedLifetime(held) {} }
        let isOver = Mutex(false)
        let lost = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 2) { number in
            if number == 0 {
                for _ in 0..<20_000 where (try? FolderLock(url)) != nil { lost.withLock { $0 += 1 } }
                isOver.withLock { $0 = true }
            } else {
                while !isOver.withLock({ $0 }) {
                    let descriptor = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
                    if close(descriptor) != 0 { lost.withLock { $0 += 1 } }
                }
            }
        }
        #expect(lost.withLock { $0 } == 0)
    }

    @Test("changes stay in force over a new snapshot, but for those it says it contains")
    func newSnapshot() throws {
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)], version: "v1")
        let index = try open()
        try index.upsert([Campus.job("N1", "Notary").json], into: "jobs")
        try index.delete(["J1"], from: "jobs")
        let contained = index.sequence
        try index.upsert([Campus.job("N2", "Novelist").json], into: "jobs")
        _ = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)], version: "v2")
        #expect(try index.reloadIfChanged())
        #expect(try ids(index) == ["J2", "J3", "J4", "J5", "J6", "N1", "N2"])

        let writer = try SnapshotWriter(directory: folder.url, version: "v3", logSequence: contained)
        let jobs = try writer.collection(.jobs)
        for job in Campus.jobs { try jobs.add(job) }
        _ = try writer.finish()
        #expect(try index.reloadIfChanged())
        #expect(try ids(index) == ["J1", "J2", "J3", "J4", "J5", "J6", "N2"])
        try index.upsert([Campus.job("N3", "Nurse").json], into: "jobs")
        #expect(index.sequence == contained + 2)
    }

    @Test("pages fit together while documents are merged, deleted and added")
    func paging() throws {
        func porter(_ number: Int) throws -> IndexDocument {
            try Campus.job("P\(number)", "Porter \(number)", salary: (number % 7 * 1000, 90_000))
        }
        let others = try (0..<200).map { try Campus.job("Q\($0)", "Quarryman \($0)") }
        _ = try Campus.snapshot(in: folder, [(.jobs, others + (0..<25).map(porter))])
        let index = try open()
        for number in 25..<50 { try index.upsert([porter(number).json], into: "jobs") }
        for sort in [[], [SortKey("-salary_min")], [SortKey("company"), SortKey("salary_min")]] {
            var seen: [String] = []
            var cursor: String?
            var page = 0
            repeat {
                let result = try #require(index.snapshot().collection("jobs"))
                    .search(SearchRequest(query: "porter", sort: sort, limit: 7, cursor: cursor, mode: .keyword))
                seen += result.hits.map(\.id)
                cursor = result.nextCursor
                // The last hit of the page goes, and others come: the next page must not notice.
                let last = try #require(seen.last)
                let json = try #require(index.snapshot().collection("jobs")?.document(id: last))
                try index.delete([last], from: "jobs")
                for number in 0..<3 {
                    try index.upsert([Campus.job("X\(page)-\(number)", "Xylographer").json], into: "jobs")
                }
                try index.upsert([String(decoding: json, as: UTF8.self)], into: "jobs")
                page += 1
            } while cursor != nil && page < 60
            let distinct = Set(seen)
            #expect(distinct == Set((0..<50).map { "P\($0)" }), "\(sort)")
        }
    }

    @Test("merging rewrites a document a few times only, and leaves few segments")
    func mergeCost() {
        var segments: [Int] = []
        var rewritten = 0
        let count = 5000
        for _ in 0..<count {
            segments.append(1)
            while let run = MergePolicy.run(segments.map { ($0, $0) }) {
                let sum = segments[run].reduce(0, +)
                rewritten += sum
                segments.replaceSubrange(run, with: [sum])
            }
        }
        #expect(segments.reduce(0, +) == count)
        #expect(segments.count <= 3 * (MergePolicy.tier(count) + 1))
        #expect(rewritten <= count * (MergePolicy.tier(count) + 1))
        #expect(MergePolicy.run([(1000, 400), (10, 10)]) == 0..<1)
        #expect(MergePolicy.run([(1000, 1000), (10, 10)]) == nil)
    }
}
