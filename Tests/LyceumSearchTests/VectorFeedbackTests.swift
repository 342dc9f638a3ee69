// The query's vector moved towards what it finds first, and the weight of words beside it.

import Foundation
import Testing

@testable import LyceumSearch

@Suite("Vector feedback")
struct VectorFeedbackTests {
    /// Texts that are vectors of four numbers, padded to the least length.
    private struct Spelt: Embedder {
        let version = "spelt-1"
        let dimensions = 32
        func embed(_ text: String) -> [Float] {
            let given = text.split(separator: " ").compactMap { Float($0) }
            let vector = given + Array(repeating: 0, count: max(0, 32 - given.count))
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return length > 0 ? vector.map { $0 / length } : vector
        }
    }

    private static let schema = CollectionSchema(
        name: "items",
        idPath: "id",
        fields: [.init("vector", .text(weight: 1)), .init("kind", .keyword(textWeight: nil))],
        vectorFields: ["vector"]
    )

    private static func document(_ id: String, _ vector: String, kind: String = "a") -> String {
        #"{"id":"\#(id)","vector":"\#(vector)","kind":"\#(kind)"}"#
    }

    private static func snapshot(_ documents: [String], in folder: IndexFolder) throws {
        let writer = try SnapshotWriter(directory: folder.url, model: .custom(Spelt()))
        let items = try writer.collection(schema)
        for document in documents { try items.add(schema.document(fromJSON: document)) }
        _ = try writer.finish()
    }

    private static func request(_ query: String, feedback: Bool = true, filter: String? = nil) -> SearchRequest {
        SearchRequest(filter: filter, mode: .vector, queryVectorText: query, usesFeedback: feedback)
    }

    /// Four of one kind lie together; `far` is nearer to the query than the last of them, on the other side.
    private static let cluster = [
        document("c1", "1 0.5 0 0"), document("c2", "1 0.6 0 0"), document("c3", "1 0.7 0 0"),
        document("last", "1 1.1 0 0"), document("far", "1 -1 0 0"),
    ]

    @Test("documents like the nearest ones come before those that are alone on the other side")
    func moves() throws {
        let folder = try IndexFolder()
        try Self.snapshot(Self.cluster, in: folder)
        let items = try #require(Snapshot.open(directory: folder.url, embedders: [Spelt()]).collection("items"))
        let plain = try items.search(Self.request("1 0 0 0", feedback: false)).hits
        #expect(plain.map(\.id) == ["c1", "c2", "c3", "far", "last"])
        let moved = try items.search(Self.request("1 0 0 0")).hits
        #expect(Array(moved.map(\.id).suffix(2)) == ["last", "far"])
        // Both ways find the same documents, and a cosine is a cosine.
        #expect(Set(moved.map(\.id)) == Set(plain.map(\.id)))
        #expect(moved.allSatisfy { (0...1).contains($0.score) })
        #expect(moved.map(\.score) == moved.map(\.score).sorted(by: >))
    }

    @Test("the explanation has the cosine that was ranked by")
    func explained() throws {
        let folder = try IndexFolder()
        try Self.snapshot(Self.cluster, in: folder)
        let items = try #require(Snapshot.open(directory: folder.url, embedders: [Spelt()]).collection("items"))
        var request = Self.request("1 0 0 0")
        request.explain = true
        for hit in try items.search(request).hits {
            #expect(try #require(hit.explanation?.vector).cosine == hit.score)
        }
    }

    @Test("documents that are not near guide nobody")
    func nothingNear() throws {
        let folder = try IndexFolder()
        try Self.snapshot([Self.document("x", "1 4 0 0"), Self.document("y", "0 1 0 0")], in: folder)
        let items = try #require(Snapshot.open(directory: folder.url, embedders: [Spelt()]).collection("items"))
        let plain = try items.search(Self.request("1 0 0 0", feedback: false)).hits
        let moved = try items.search(Self.request("1 0 0 0")).hits
        #expect(plain.map(\.id) == ["x"] && moved.map(\.score) == plain.map(\.score))
    }

    @Test("results are the same however documents are spread over segments")
    func segments() throws {
        let seed = freshSeed()
        var generator = SeededGenerator(seed: seed)
        func vector() -> String {
            (0..<4).map { _ in String(Float.random(in: 0.1...1, using: &generator)) }.joined(separator: " ")
        }
        let documents = (0..<60).map { Self.document("d\($0)", vector(), kind: $0 % 2 == 0 ? "a" : "b") }
        let whole = try IndexFolder()
        try Self.snapshot(documents, in: whole)
        let one = try #require(Snapshot.open(directory: whole.url, embedders: [Spelt()]).collection("items"))
        let parted = try IndexFolder()
        try Self.snapshot(Array(documents.prefix(20)), in: parted)
        let live = try LiveIndex(directory: parted.url, embedders: [Spelt()], mergesInBackground: false)
        for start in stride(from: 20, to: 60, by: 10) {
            try live.upsert(Array(documents[start..<start + 10]), into: "items")
        }
        let several = try #require(live.snapshot().collection("items"))
        #expect(several.views.count > 1)
        for _ in 0..<50 {
            let query = vector()
            for filter in [nil, "kind = b"] {
                let request = Self.request(query, filter: filter)
                #expect(try several.search(request).hits.map(\.id) == one.search(request).hits.map(\.id))
            }
        }
    }

    @Test(
        "words weigh more in longer queries",
        arguments: [(0, 0.2), (1, 0.2), (3, 0.2), (5, 0.4), (8, 0.7), (99, 0.7)]
    )
    func weights(words: Int, weight: Double) {
        #expect(abs(Double(Fusion.keywordWeight(words: words)) - weight) < 1e-6)
    }
}
