// The executor against an exhaustive scorer on random queries of every kind.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct ExecutionTests {
    @Test("ten thousand random queries give exactly what scoring every document gives", arguments: [1, 3])
    func exhaustive(fields: Int) throws {
        let seed = freshSeed("exhaustive, \(fields) fields")
        var generator = SeededGenerator(seed: seed)
        var model = ExhaustiveIndex(documents: 300, words: 60, fields: fields, generator: &generator)
        let index = try model.build()
        let scratch = Scratch(documentCount: index.documentCount)
        for number in 0..<5000 {
            let query = model.query(depth: 3, &generator)
            var expected = model.evaluate(query, index)
            let compiled = index.compile(query, statistics: nil)
            var options = ExecutionOptions(limit: [1, 3, 10, 40, 2000].randomElement(using: &generator) ?? 10)
            options.windowSize = [64, 100, 512, 2048].randomElement(using: &generator) ?? 2048
            let origin = "seed \(seed), query \(number): \(query)"
            if Int.random(in: 0..<3, using: &generator) == 0 {
                // A filter, or documents deleted.
                var allowed = Bitmap(size: index.documentCount)
                let share = Int.random(in: 1...9, using: &generator)
                for document in 0..<index.documentCount where Int.random(in: 0..<10, using: &generator) < share {
                    allowed.insert(document)
                }
                expected = expected.filter { allowed.contains($0.key) }
                options.allowed = allowed
            }
            var found: [ScoredDocument] = []
            index.forEachMatch(compiled, options, scratch: scratch) { document, score in
                found.append(ScoredDocument(score: score, document: document))
                return true
            }
            try #require(Set(found.map { Int($0.document) }) == Set(expected.keys), "\(origin)")
            try #require(found.count == expected.count, "\(origin)")
            for hit in found {
                let score = try #require(expected[Int(hit.document)])
                try #require(abs(score - Double(hit.score)) <= 2e-5 * max(1, score), "\(origin): \(hit)")
            }
            found.sort(by: ScoredDocument.precedes)
            if Bool.random(using: &generator), let last = found.randomElement(using: &generator) {
                options.after = (last.score, last.document)
                found.removeAll { !ScoredDocument.precedes(last, $0) }
            }
            let best = index.top(compiled, options, scratch: scratch)
            try #require(best.documents == Array(found.prefix(options.limit)), "\(origin)")
            try #require(!best.isPartial)
            options.countsAll = true
            let counted = index.top(compiled, options, scratch: scratch)
            try #require(counted.documents == best.documents && counted.total == expected.count, "\(origin)")
            if let one = found.randomElement(using: &generator) {
                try #require(index.score(compiled, document: one.document, scratch: scratch) == one.score, "\(origin)")
            }
        }
    }

    @Test("a deadline that has passed stops the search and says so")
    func deadline() throws {
        var generator = SeededGenerator(seed: 1)
        var model = ExhaustiveIndex(documents: 200, words: 20, fields: 1, generator: &generator)
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
                let begins = Array(other.unicodeScalars.prefix(prefix)) == Array(word.unicodeScalars.prefix(prefix))
                if distance <= edits, begins { expected[other] = distance }
            }
            #expect(found == expected, "seed \(seed): \(word), \(edits) edits, prefix \(prefix)")
        }
    }
}
