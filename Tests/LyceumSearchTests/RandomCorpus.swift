// Random collections, and slow, obvious implementations to compare the engine with.

import Foundation

@testable import LyceumSearch

/// A collection of random documents over a small vocabulary with skewed frequencies.
struct RandomCorpus {
    struct Entry {
        var id: String
        var title: [String]
        var body: [String]
        var tags: [String]
        var amount: Double?
    }

    static let schema = CollectionSchema(
        name: "corpus",
        fields: [
            .init("title", .text(weight: 3)), .init("body", .text(weight: 1)),
            .init("tags", .keyword(textWeight: 2), isArray: true, isFacet: true), .init("amount", .number),
        ],
        titleField: "title",
        vectorFields: ["title", "tags"]
    )

    var entries: [Entry] = []
    var vocabulary: [String] = []

    init(count: Int, words: Int, generator: inout SeededGenerator) {
        vocabulary = (0..<words).map { "w\($0)" }
        for number in 0..<count {
            entries.append(
                Entry(
                    id: "d\(number)",
                    title: text(1...4, &generator),
                    body: text(0...90, &generator),
                    tags: Array(Set(text(0...3, &generator))).sorted(),
                    amount: Bool.random(using: &generator) ? Double(Int.random(in: 0...20, using: &generator)) : nil
                )
            )
        }
    }

    func text(_ length: ClosedRange<Int>, _ generator: inout SeededGenerator) -> [String] {
        (0..<Int.random(in: length, using: &generator)).map { _ in
            // The square of a uniform number: low words are common, high ones rare.
            let uniform = Double.random(in: 0..<1, using: &generator)
            return vocabulary[Int(uniform * uniform * Double(vocabulary.count))]
        }
    }

    func documents() -> [IndexDocument] {
        entries.map { entry in
            IndexDocument(
                id: entry.id,
                json: "{\"id\":\"\(entry.id)\"}",
                values: [
                    (0, .text(entry.title.joined(separator: " "))), (1, .text(entry.body.joined(separator: " "))),
                    (2, .texts(entry.tags)), (3, entry.amount.map { .number($0) } ?? .none),
                ]
            )
        }
    }

    /// BM25F of every document that has a word of the query, straight from the formula, in double precision.
    func scores(_ query: [String]) -> [Int: Double] {
        let weights = [3.0, 1.0, 2.0]
        let fields: [[[String]]] = entries.map { [$0.title, $0.body, $0.tags] }
        let averages = (0..<3).map { field in
            Double(fields.reduce(0) { $0 + $1[field].count }) / Double(entries.count)
        }
        var result: [Int: Double] = [:]
        for word in query {
            let containing = fields.filter { $0.contains { $0.contains(word) } }.count
            guard containing > 0 else { continue }
            let idf = log(1 + (Double(entries.count - containing) + 0.5) / (Double(containing) + 0.5))
            for (document, texts) in fields.enumerated() {
                var frequency = 0.0
                for field in 0..<3 {
                    let occurrences = Double(texts[field].filter { $0 == word }.count)
                    let code = LengthCode.code(texts[field].count)
                    let length = Double(LengthCode.lengths[Int(code)])
                    frequency += weights[field] * occurrences / (1 - 0.75 + 0.75 * length / max(averages[field], 1e-9))
                }
                if frequency > 0 { result[document, default: 0] += idf * frequency / (1.2 + frequency) }
            }
        }
        return result
    }
}
