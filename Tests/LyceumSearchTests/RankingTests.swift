// The engine against slow, obvious implementations on random collections.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct RankingTests {
    let seed: UInt64
    let corpus: RandomCorpus
    let folder: IndexFolder
    let collection: LyceumSearch.Collection

    init() throws {
        seed = freshSeed("ranking")
        var generator = SeededGenerator(seed: seed)
        corpus = RandomCorpus(count: 700, words: 150, generator: &generator)
        folder = try IndexFolder()
        let snapshot = try Campus.snapshot(in: folder, [(RandomCorpus.schema, corpus.documents())])
        collection = try #require(snapshot.collection("corpus"))
    }

    @Test("BM25F is what the formula gives, and the best ten are those of scoring everything")
    func bruteForce() throws {
        var generator = SeededGenerator(seed: seed &+ 1)
        for _ in 0..<40 {
            let query = corpus.text(1...5, &generator)
            let expected = corpus.scores(query)
            let result = try collection.search(
                SearchRequest(query: query.joined(separator: " "), limit: 1000, mode: .keyword)
            )
            #expect(result.total == expected.count, "seed \(seed): \(query)")
            for hit in result.hits {
                let document = try #require(Int(hit.id.dropFirst()))
                let exact = try #require(expected[document], "seed \(seed): \(query)")
                #expect(abs(exact - Double(hit.score)) < 1e-4 * max(1, exact), "seed \(seed): \(query) \(hit.id)")
            }
            let ten = try collection.search(SearchRequest(query: query.joined(separator: " "), mode: .keyword))
            #expect(ten.hits.map(\.id) == result.hits.prefix(10).map(\.id), "seed \(seed): \(query)")
        }
    }

    @Test("leaving out documents that cannot reach the page changes nothing")
    func pruning() throws {
        var generator = SeededGenerator(seed: seed &+ 2)
        for _ in 0..<20 {
            let query = corpus.text(1...4, &generator).joined(separator: " ")
            let all = try collection.search(SearchRequest(query: query, limit: 1000))
            let few = try collection.search(SearchRequest(query: query, limit: 5))
            #expect(few.hits.map(\.id) == all.hits.prefix(5).map(\.id), "seed \(seed): \(query)")
            #expect(few.hits.map(\.score) == all.hits.prefix(5).map(\.score), "seed \(seed): \(query)")
            #expect(zip(all.hits, all.hits.dropFirst()).allSatisfy { $0.score >= $1.score })
        }
    }

    @Test(
        "pages by cursor and by offset cover every match exactly once, in one order",
        arguments: [
            SearchRequest(query: "w0 w3 w7", limit: 37), SearchRequest(limit: 64),
            SearchRequest(query: "w1 w2", sort: [SortKey("-amount")], limit: 50),
            SearchRequest(filter: "amount > 5", sort: [SortKey("amount")], limit: 33),
            SearchRequest(query: "w0", sort: [SortKey("amount"), SortKey("-_score")], limit: 41),
            SearchRequest(filter: "tags = w0 OR tags = w1", limit: 20),
            SearchRequest(query: "w4", limit: 29, mode: .vector),
        ]
    )
    func paging(_ request: SearchRequest) throws {
        var whole = request
        whole.limit = 1000
        let expected = try collection.search(whole)
        #expect(expected.hits.count == expected.total)
        #expect(expected.nextCursor == nil)

        var byCursor: [String] = []
        var next = request
        var pages = 0
        repeat {
            let page = try collection.search(next)
            #expect(page.total == expected.total)
            byCursor += page.hits.map(\.id)
            next.cursor = page.nextCursor
            pages += 1
        } while next.cursor != nil && pages < 100
        #expect(byCursor == expected.hits.map(\.id), "seed \(seed)")

        var byOffset: [String] = []
        for offset in stride(from: 0, to: expected.total, by: request.limit) {
            var page = request
            page.offset = offset
            byOffset += try collection.search(page).hits.map(\.id)
        }
        #expect(byOffset == expected.hits.map(\.id), "seed \(seed)")
    }

    @Test("facet counts and filters are those of counting one by one")
    func facets() throws {
        let result = try collection.search(
            SearchRequest(filter: "amount >= 3 AND amount < 15", facets: ["tags"], facetLimit: 1000, limit: 1000)
        )
        let matching = corpus.entries.filter { ($0.amount.map { $0 >= 3 && $0 < 15 }) ?? false }
        #expect(result.hits.map(\.id) == matching.map(\.id))
        var counts: [String: Int] = [:]
        for entry in matching { for tag in entry.tags { counts[tag, default: 0] += 1 } }
        let found = Dictionary(uniqueKeysWithValues: (result.facets["tags"] ?? []).map { ($0.value, $0.count) })
        #expect(found == counts, "seed \(seed)")
    }

    @Test("the most frequent values of all documents, and of those found, come first, equal ones by their alphabet")
    func fewFacets() throws {
        for query in ["", "w0 w3"] {
            let all = try collection.search(
                SearchRequest(query: query, facets: ["tags"], facetLimit: 1000, limit: 1000, mode: .keyword)
            )
            let matching = Set(all.hits.map(\.id))
            var counts: [String: Int] = [:]
            for entry in corpus.entries where query.isEmpty || matching.contains(entry.id) {
                for tag in entry.tags { counts[tag, default: 0] += 1 }
            }
            let expected = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            let found = try #require(all.facets["tags"])
            #expect(found.map(\.value) == expected.map(\.key), "seed \(seed)")
            #expect(found.map(\.count) == expected.map(\.value), "seed \(seed)")
            let few = try collection.search(
                SearchRequest(query: query, facets: ["tags"], facetLimit: 7, limit: 3, mode: .keyword)
            )
            #expect(few.facets["tags"]?.map(\.value) == expected.prefix(7).map(\.key), "seed \(seed)")
        }
    }

    @Test("in a collection that is scanned coarsely, too, leaving documents out changes nothing")
    func coarsePruning() throws {
        var generator = SeededGenerator(seed: seed &+ 4)
        let corpus = RandomCorpus(count: 6000, words: 400, generator: &generator)
        let folder = try IndexFolder()
        let snapshot = try Campus.snapshot(in: folder, [(RandomCorpus.schema, corpus.documents())])
        let collection = try #require(snapshot.collection("corpus"))
        #expect(collection.base.vectors?.coarse != nil)
        for _ in 0..<40 {
            let query = corpus.text(1...3, &generator).joined(separator: " ")
            let few = try collection.search(SearchRequest(query: query, limit: 10))
            // Sorting looks at every match.
            let all = try collection.search(SearchRequest(query: query, sort: [SortKey("-_score")], limit: 10))
            #expect(few.hits.map(\.id) == all.hits.map(\.id), "seed \(seed): \(query)")
            #expect(few.hits.map(\.score) == all.hits.map(\.score), "seed \(seed): \(query)")
        }
    }

    @Test("postings survive packing at every width and count")
    func packing() {
        var generator = SeededGenerator(seed: seed &+ 3)
        for width in 0...32 {
            for count in [1, 2, 31, 127, 128] {
                let limit: UInt32 = width == 32 ? .max : (1 << UInt32(width)) - 1
                let values = (0..<count).map { _ in UInt32.random(in: 0...limit, using: &generator) }
                var bytes: [UInt8] = []
                PostingBlock.pack(values, count: values.count, width: width, into: &bytes)
                #expect(bytes.count == PostingBlock.byteCount(count, width: width))
                bytes += [UInt8](repeating: 0xFF, count: 64)
                var output = [UInt32](repeating: 0, count: 128)
                bytes.withUnsafeBytes { input in
                    output.withUnsafeMutableBufferPointer { output in
                        guard let from = input.baseAddress, let to = output.baseAddress else { return }
                        PostingBlock.unpack(from, count: count, width: width, into: to)
                    }
                }
                #expect(Array(output.prefix(count)) == values, "seed \(seed): width \(width), count \(count)")
            }
        }
    }

    @Test("quantised cosines are close to exact ones, and fields count by their weight")
    func cosines() throws {
        let model = try #require(collection.embedder)
        let vectors = try #require(collection.base.vectors)
        let query = model.embed("w1 w2 w3")
        let quantised = try #require(QuantisedQuery(query))
        let weights = try ["title", "tags"].map { name in
            let index = try #require(collection.schema.index(of: name))
            return Float(collection.schema.fields[index].textWeight ?? 1)
        }
        for document in 0..<50 {
            let entry = corpus.entries[document]
            var sum = [Float](repeating: 0, count: model.dimensions)
            for (texts, weight) in zip([entry.title, entry.tags], weights) where !texts.isEmpty {
                let separator = texts == entry.title ? " " : ", "
                for (index, value) in model.embed(texts.joined(separator: separator)).enumerated() {
                    sum[index] += value * weight
                }
            }
            let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let exact = zip(query, sum).reduce(0) { $0 + $1.0 * $1.1 } / max(length, 1e-9)
            #expect(abs(max(0, exact) - vectors.similarity(quantised, document: document)) < 0.02, "seed \(seed)")
        }
    }
}
