// The executor against an exhaustive scorer on random queries of every kind.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct ExecutionTests {
    /// Ten thousand queries: most over few documents, where every case is met often, the others over many, where lists
    /// have many blocks to skip. `LYCEUM_TEST_SCALE` multiplies the documents.
    @Test(
        "ten thousand random queries give exactly what scoring every document gives",
        arguments: [(1, 90, 4500), (1, 900, 500), (3, 90, 4500), (3, 700, 500)]
    )
    func exhaustive(fields: Int, documents: Int, queries: Int) throws {
        let seed = freshSeed("exhaustive, \(fields) fields, \(documents) documents")
        let scale = ProcessInfo.processInfo.environment["LYCEUM_TEST_SCALE"].flatMap { Int($0) } ?? 1
        var generator = SeededGenerator(seed: seed)
        let model = ExhaustiveIndex(documents: documents * scale, words: 60, fields: fields, generator: &generator)
        let index = try model.build()
        let scratch = Scratch(documentCount: index.documentCount)
        var matches = 0
        for number in 0..<queries {
            let query = model.query(depth: 3, &generator)
            let run = RandomRun(query, model, index, &generator)
            matches += run.matches.count
            if let difference = run.difference(index, scratch) {
                Issue.record("seed \(seed), query \(number), \(query): \(difference)")
                return
            }
        }
        // Not ten thousand times nothing.
        #expect(matches > queries * documents / 20)
    }

    @Test("a deadline that has passed stops the search and says so")
    func deadline() throws {
        var generator = SeededGenerator(seed: 1)
        let model = ExhaustiveIndex(documents: 200, words: 20, fields: 1, generator: &generator)
        let index = try model.build()
        let query = index.compile(.term(Array("w0".utf8)), statistics: nil)
        let scratch = Scratch(documentCount: index.documentCount)
        let past = ExecutionOptions(limit: 10, deadline: .now - .seconds(1))
        let stopped = index.top(query, past, scratch: scratch)
        #expect(stopped.isPartial && stopped.documents.isEmpty)
        let future = ExecutionOptions(limit: 10, deadline: .now + .seconds(600))
        #expect(!index.top(query, future, scratch: scratch).isPartial)
    }

    @Test("an index does not depend on how its documents were spread over threads")
    func determinism() throws {
        func bytes() throws -> [UInt8] {
            var generator = SeededGenerator(seed: 5)
            let writer = TermIndexWriter(weights: [1], titleField: 0)
            for _ in 0..<10_000 {
                let words = (0..<5).map { _ in "w\(Int.random(in: 0..<500, using: &generator))" }
                writer.add([[words.joined(separator: " ")]])
            }
            var segment = SegmentWriter()
            _ = try writer.write(to: &segment)
            let memory = SegmentMemory()
            try segment.write(to: memory.create("terms"))
            return Array(try memory.read("terms").bytes)
        }
        let first = try bytes()
        for _ in 0..<3 { #expect(try bytes() == first) }
    }

    @Test("terms near a word are those that the plain edit distance finds")
    func nearTerms() throws {
        let seed = freshSeed("nearTerms")
        var generator = SeededGenerator(seed: seed)
        var table = TermTable()
        var words: Set<String> = []
        for _ in 0..<3000 {
            let word = (0..<Int.random(in: 1...7, using: &generator)).map { _ in
                ["a", "b", "c", "é", "名"].randomElement(using: &generator) ?? "a"
            }.joined()
            words.insert(word)
            _ = table.insert(word)
        }
        var segment = SegmentWriter()
        FrozenTerms.add("terms", table, order: table.sorted(), to: &segment)
        let memory = SegmentMemory()
        try segment.write(to: memory.create("t"))
        let frozen = try FrozenTermTable(SegmentReader(try memory.read("t")), prefix: "terms", count: table.count)
        for _ in 0..<300 {
            let word =
                try #require(words.randomElement(using: &generator)) + (Bool.random(using: &generator) ? "c" : "")
            let edits = Int.random(in: 0...2, using: &generator)
            let prefix = Int.random(in: 0...2, using: &generator)
            var found: [String: Int] = [:]
            Array(word.utf8).withUnsafeBufferPointer { bytes in
                frozen.forEachTerm(near: bytes, edits: edits, prefix: prefix) { found[frozen[$0]] = $1 }
            }
            var expected: [String: Int] = [:]
            for other in words {
                let distance = ExhaustiveIndex.distance(word, other)
                // A word shorter than the beginning asked for is the beginning.
                let beginning = Array(word.unicodeScalars.prefix(prefix))
                let begins = other.unicodeScalars.starts(with: beginning)
                if distance <= edits, begins { expected[other] = distance }
            }
            #expect(found == expected, "seed \(seed): \(word), \(edits) edits, prefix \(prefix)")
        }
    }
}

/// One query with random options, what must come out, and what came out instead.
private struct RandomRun {
    let compiled: CompiledQuery
    var options: ExecutionOptions
    /// What scoring every document gives, by ordinal; not a number where a document is not to be found.
    var expected: [Double]
    /// The documents to be found.
    let matches: [Int]
    /// Which match the list is to continue after, and which one is scored alone.
    private let afterNumber: Int?
    private let oneNumber: Int

    init(_ query: TextQuery, _ model: ExhaustiveIndex, _ index: TermIndex, _ generator: inout SeededGenerator) {
        compiled = index.compile(query, statistics: nil)
        options = ExecutionOptions(limit: [1, 3, 10, 40, 2000].randomElement(using: &generator) ?? 10)
        options.windowSize = [64, 100, 512, 2048].randomElement(using: &generator) ?? 2048
        expected = model.evaluate(query)
        if Int.random(in: 0..<3, using: &generator) == 0 {
            // A filter, or documents deleted.
            var allowed = Bitmap(size: index.documentCount)
            let share = Int.random(in: 1...9, using: &generator)
            for document in 0..<index.documentCount {
                if Int.random(in: 0..<10, using: &generator) < share {
                    allowed.insert(document)
                } else {
                    expected[document] = .nan
                }
            }
            options.allowed = allowed
        }
        var matches: [Int] = []
        expected.forEachElement { score, document in
            if !score.isNaN { matches.append(document) }
        }
        self.matches = matches
        let numbers = 0..<max(1, matches.count)
        afterNumber = Bool.random(using: &generator) ? nil : Int.random(in: numbers, using: &generator)
        oneNumber = Int.random(in: numbers, using: &generator)
    }

    func difference(_ index: TermIndex, _ scratch: Scratch) -> String? {
        var options = options
        var found: [ScoredDocument] = []
        index.forEachMatch(compiled, options, scratch: scratch) { document, score in
            found.append(ScoredDocument(score: score, document: document))
            return true
        }
        guard found.map({ Int($0.document) }).sorted() == matches else { return "other matches" }
        for hit in found {
            let score = expected[Int(hit.document)]
            if abs(score - Double(hit.score)) > 2e-5 * max(1, score) { return "\(hit) scores \(score)" }
        }
        found.sort(by: ScoredDocument.precedes)
        if let one = found.isEmpty ? nil : found[oneNumber],
            index.score(compiled, document: one.document, scratch: scratch) != one.score
        {
            return "\(one) has another score alone"
        }
        if let afterNumber, !found.isEmpty {
            let last = found[afterNumber]
            options.after = (last.score, last.document)
            found.removeFirst(afterNumber + 1)
        }
        let best = index.top(compiled, options, scratch: scratch)
        let wanted = Array(found.prefix(options.limit))
        if best.isPartial { return "a partial result without a deadline" }
        if best.documents != wanted { return "\(best.documents) instead of \(wanted)" }
        options.countsAll = true
        let counted = index.top(compiled, options, scratch: scratch)
        if counted.documents != wanted { return "\(counted.documents) when counting instead of \(wanted)" }
        return counted.total == matches.count ? nil : "\(counted.total) matches instead of \(matches.count)"
    }
}
