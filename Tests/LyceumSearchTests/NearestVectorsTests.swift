// Nearest vectors: what the coarse scan finds, against looking at all of them.

import Foundation
import Testing

@testable import LyceumSearch

@Suite("Nearest vectors")
struct NearestVectorsTests {
    /// Vectors around centres, with less and less variance from one dimension to the next, as learned ones have.
    private static func vectors(_ count: Int, _ generator: inout SeededGenerator) -> [[Float]] {
        let dimensions = 128
        func noise() -> Float {
            // The sum of four uniform numbers is near enough to a normal one.
            (0..<4).reduce(Float(0)) { sum, _ in sum + Float.random(in: -1...1, using: &generator) }
        }
        let centres = (0..<100).map { _ in (0..<dimensions).map { noise() / Float(1 + $0 / 8) } }
        return (0..<count).map { _ in
            let centre = centres[Int.random(in: 0..<centres.count, using: &generator)]
            let vector = centre.enumerated().map { $1 + 0.5 * noise() / Float(1 + $0 / 8) }
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { $0 / length }
        }
    }

    private struct Listed: Embedder {
        let version = "listed-1"
        let dimensions = 128
        let vectors: [[Float]]
        func embed(_ text: String) -> [Float] { Int(text).map { vectors[$0] } ?? Array(repeating: 0, count: 128) }
    }

    private static let schema = CollectionSchema(
        name: "items",
        fields: [.init("number", .text(weight: 1))],
        vectorFields: ["number"]
    )

    private static func segment(_ vectors: [[Float]], in folder: IndexFolder) throws -> Segment {
        let model = Listed(vectors: vectors)
        let writer = try SnapshotWriter(directory: folder.url, model: .custom(model))
        let items = try writer.collection(schema)
        for number in vectors.indices {
            try items.add(schema.document(id: "\(number)", json: "{}", values: ["number": .text("\(number)")]))
        }
        _ = try writer.finish()
        let snapshot = try Snapshot.open(directory: folder.url, embedders: [model])
        return try #require(snapshot.collection("items")).base
    }

    @Test("the coarse scan finds at least 99 of 100 of the ten nearest, with and without a filter")
    func recall() throws {
        var generator = SeededGenerator(seed: freshSeed())
        let vectors = Self.vectors(8000, &generator)
        let folder = try IndexFolder()
        let nearest = try #require(Self.segment(vectors, in: folder).vectors)
        #expect(nearest.coarse != nil)
        var half = Bitmap(size: vectors.count)
        for document in vectors.indices where document % 2 == 1 { half.insert(document) }
        for allowed in [nil, half] {
            var found = 0
            for _ in 0..<25 {
                let query = try #require(QuantisedQuery(vectors[Int.random(in: vectors.indices, using: &generator)]))
                let all = vectors.indices.filter { allowed?.contains($0) ?? true }
                    .map { ScoredDocument(score: nearest.similarity(query, document: $0), document: UInt32($0)) }
                    .sorted(by: ScoredDocument.precedes).prefix(10)
                let best = nearest.nearest(query, limit: 10, allowed: allowed)
                #expect(best.count == 10)
                #expect(best.map(\.score) == best.map(\.score).sorted(by: >))
                #expect(best.allSatisfy { allowed?.contains(Int($0.document)) ?? true })
                found += all.filter { best.contains($0) }.count
            }
            #expect(found >= 248, "\(found) of 250")
        }
    }

    @Test("small collections and narrow filters are looked at in full")
    func exhaustive() throws {
        var generator = SeededGenerator(seed: freshSeed())
        for count in [0, 1, 50, 5000] {
            let vectors = Self.vectors(count, &generator)
            let folder = try IndexFolder()
            let nearest = try #require(Self.segment(vectors, in: folder).vectors)
            #expect((nearest.coarse != nil) == (count == 5000))
            guard let first = vectors.first, let query = QuantisedQuery(first) else { continue }
            var allowed = Bitmap(size: count)
            for document in stride(from: 0, to: count, by: 7) { allowed.insert(document) }
            let best = nearest.nearest(query, limit: 20, allowed: allowed, above: 0.1)
            let expected = stride(from: 0, to: count, by: 7)
                .map { ScoredDocument(score: nearest.similarity(query, document: $0), document: UInt32($0)) }
                .filter { $0.score > 0.1 }.sorted(by: ScoredDocument.precedes).prefix(20)
            #expect(best == Array(expected))
            #expect(nearest.nearest(query, limit: 0).isEmpty)
        }
    }

    @Test("coarse scores order documents like their cosines over the dimensions kept")
    func coarseScores() throws {
        var generator = SeededGenerator(seed: freshSeed())
        let vectors = Self.vectors(4099, &generator)
        let folder = try IndexFolder()
        let nearest = try #require(Self.segment(vectors, in: folder).vectors)
        let coarse = try #require(nearest.coarse)
        let query = vectors[17]
        var scores = [Int16](repeating: 0, count: 4112)
        scores.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { coarse.scan(query, into: base) } }
        // Correlation of the coarse score with the exact dot product over all documents.
        let exact = vectors.map { zip($0, query).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
        let rough = scores.prefix(vectors.count).map(Float.init)
        func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(values.count) }
        let (a, b) = (mean(exact), mean(rough))
        let both = zip(exact, rough).reduce(Float(0)) { $0 + ($1.0 - a) * ($1.1 - b) }
        let spreadA = exact.reduce(Float(0)) { $0 + ($1 - a) * ($1 - a) }
        let spreadB = rough.reduce(Float(0)) { $0 + ($1 - b) * ($1 - b) }
        #expect(both / (spreadA * spreadB).squareRoot() > 0.98)
    }
}
