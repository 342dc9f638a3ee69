// Random documents and queries, and what the queries score straight from the definitions.

import Foundation

@testable import LyceumSearch

/// Documents kept as words; queries are scored in double precision, one document after the other.
struct ExhaustiveIndex {
    /// By document, field and value: the words.
    var documents: [[[[String]]]] = []
    let vocabulary: [String]
    let weights: [Double]
    /// By term, document and field: positions.
    private var postings: [String: [Int: [[Int]]]] = [:]
    private var lengths: [[Double]] = []
    private var averages: [Double]

    init(documents count: Int, words: Int, fields: Int, generator: inout SeededGenerator) {
        vocabulary = (0..<words).map { "w\($0)" }
        weights = Array([3.0, 1.0, 2.0].prefix(fields))
        averages = Array(repeating: 0, count: fields)
        var all: [[[[String]]]] = []
        for _ in 0..<count {
            all.append(
                (0..<fields).map { field in
                    // The second field holds several values.
                    let values = field == 1 ? Int.random(in: 0...3, using: &generator) : 1
                    return (0..<values).map { _ in text(0...(field == 0 ? 9 : 30), &generator) }
                }
            )
        }
        documents = all
        for (document, texts) in documents.enumerated() {
            lengths.append([])
            for (field, values) in texts.enumerated() {
                var position = 0
                for value in values {
                    for word in value {
                        postings[word, default: [:]][document, default: Array(repeating: [], count: fields)][field]
                            .append(position)
                        position += 1
                    }
                    position += 16
                }
                let length = values.reduce(0) { $0 + $1.count }
                averages[field] += Double(length) / Double(count)
                lengths[document].append(Double(LengthCode.lengths[Int(LengthCode.code(length))]))
            }
        }
    }

    private func text(_ length: ClosedRange<Int>, _ generator: inout SeededGenerator) -> [String] {
        (0..<Int.random(in: length, using: &generator)).map { _ in word(&generator) }
    }

    private func word(_ generator: inout SeededGenerator) -> String {
        // The cube of a uniform number: low words are common, high ones rare.
        let uniform = Double.random(in: 0..<1, using: &generator)
        return vocabulary[Int(uniform * uniform * uniform * Double(vocabulary.count))]
    }

    mutating func build() throws -> TermIndex {
        let writer = TermIndexWriter(weights: weights, titleField: nil)
        for texts in documents { writer.add(texts.map { $0.map { $0.joined(separator: " ") } }) }
        var segment = SegmentWriter()
        let summary = try writer.write(to: &segment)
        let memory = SegmentMemory()
        try segment.write(to: memory.create("terms"))
        return try TermIndex(
            SegmentReader(try memory.read("terms")),
            documentCount: documents.count,
            weights: weights,
            averageLengths: summary.averageLengths
        )
    }

    // MARK: Queries

    func query(depth: Int, _ generator: inout SeededGenerator) -> TextQuery {
        let kind = Int.random(in: 0..<(depth > 0 ? 16 : 7), using: &generator)
        var fields = FieldMask.all
        if Int.random(in: 0..<4, using: &generator) == 0 {
            fields = FieldMask(rawValue: UInt64.random(in: 1..<8, using: &generator))
        }
        let boost = [1, 1, 0.5, 2.5].randomElement(using: &generator).map { Float($0) } ?? 1
        func parts(_ range: ClosedRange<Int>, _ generator: inout SeededGenerator) -> [TextQuery] {
            (0..<Int.random(in: range, using: &generator)).map { _ in query(depth: depth - 1, &generator) }
        }
        switch kind {
        case 0...2: return .term(Array(word(&generator).utf8), fields: fields, boost: boost)
        case 3:
            let unknown = Int.random(in: 0..<8, using: &generator) == 0
            return .term(Array((unknown ? "unknown" : word(&generator)).utf8))
        case 4:
            let count = Int.random(in: 1...3, using: &generator)
            var offsets = [0]
            for _ in 1..<max(2, count) {
                offsets.append((offsets.last ?? 0) + Int.random(in: 1...2, using: &generator))
            }
            // From a document, so that it occurs somewhere, or by chance.
            var words = (0..<count).map { _ in word(&generator) }
            if let value = documents.randomElement(using: &generator)?.randomElement(using: &generator)?.first,
                value.count >= count
            {
                let start = Int.random(in: 0...value.count - count, using: &generator)
                words = Array(value[start..<start + count])
                offsets = Array(0..<max(2, count))
            }
            return .phrase(
                words.map { Array($0.utf8) },
                offsets: Array(offsets.prefix(count)),
                fields: fields,
                boost: boost
            )
        case 5:
            let word = word(&generator)
            return .prefix(
                Array(word.utf8.prefix(Int.random(in: 1...word.utf8.count, using: &generator))),
                boost: boost
            )
        case 6:
            let edits = Int.random(in: 1...2, using: &generator)
            let prefix = Int.random(in: 0...2, using: &generator)
            return .fuzzy(Array(word(&generator).utf8), edits: edits, prefix: prefix, fields: fields, boost: boost)
        case 7...9: return .any(parts(0...5, &generator))
        case 10...11: return .all(parts(1...3, &generator))
        case 12...13: return .best(parts(1...4, &generator))
        case 14: return .excluding(query(depth: depth - 1, &generator), parts(1...2, &generator))
        default: return Int.random(in: 0..<4, using: &generator) == 0 ? .everything : .any(parts(2...8, &generator))
        }
    }

    // MARK: Scores

    /// Every match and its score.
    func evaluate(_ query: TextQuery, _ index: TermIndex) -> [Int: Double] {
        switch query {
        case .term(let bytes, let fields, let boost):
            return term(String(decoding: bytes, as: UTF8.self), idf: nil, Double(boost), fields)
        case .phrase(let terms, let offsets, let fields, let boost):
            return phrase(terms.map { String(decoding: $0, as: UTF8.self) }, offsets, fields, Double(boost))
        case .prefix(let bytes, let fields, let boost):
            let prefix = String(decoding: bytes, as: UTF8.self)
            var terms = postings.keys.filter { $0.hasPrefix(prefix) }
            // The most frequent; of equal ones the first in bytewise order.
            terms.sort { a, b in
                count(a) != count(b)
                    ? count(a) > count(b) : Array(a.utf8).lexicographicallyPrecedes(Array(b.utf8))
            }
            terms = Array(terms.prefix(64))
            let documents = min(self.documents.count, terms.reduce(0) { $0 + count($1) })
            return union(terms.map { term($0, idf: idf(documents), Double(boost), fields) })
        case .fuzzy(let bytes, let edits, let prefix, let fields, let boost):
            let word = String(decoding: bytes, as: UTF8.self)
            var near = postings.keys.map { (term: $0, edits: Self.distance(word, $0)) }
                .filter { $0.edits <= edits && $0.term.prefix(prefix) == word.prefix(prefix) }
            near.sort { a, b in
                if a.edits != b.edits { return a.edits < b.edits }
                if count(a.term) != count(b.term) { return count(a.term) > count(b.term) }
                return Array(a.term.utf8).lexicographicallyPrecedes(Array(b.term.utf8))
            }
            near = Array(near.prefix(32))
            let documents = near.map { count($0.term) }.max() ?? 0
            return union(
                near.map {
                    let factor = $0.edits == 0 ? 1 : max(0.1, 1 - Double($0.edits) / Double(word.count))
                    return term($0.term, idf: idf(documents), Double(boost) * factor, fields)
                }
            )
        case .best(let parts): return union(parts.map { evaluate($0, index) })
        case .any(let parts):
            return parts.reduce(into: [:]) { $0.merge(evaluate($1, index), uniquingKeysWith: +) }
        case .all(let parts):
            let results = parts.map { evaluate($0, index) }
            guard let first = results.first else { return [:] }
            return results.dropFirst().reduce(first) { sums, next in
                sums.reduce(into: [:]) { result, entry in
                    if let more = next[entry.key] { result[entry.key] = entry.value + more }
                }
            }
        case .excluding(let part, let excluded):
            let others = excluded.map { evaluate($0, index) }
            return evaluate(part, index).filter { entry in others.allSatisfy { $0[entry.key] == nil } }
        case .everything: return Dictionary(uniqueKeysWithValues: documents.indices.map { ($0, 0) })
        }
    }

    private func count(_ term: String) -> Int { postings[term]?.count ?? 0 }

    private func idf(_ containing: Int) -> Double {
        log(1 + (Double(documents.count - containing) + 0.5) / (Double(containing) + 0.5))
    }

    private func union(_ parts: [[Int: Double]]) -> [Int: Double] {
        parts.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: max) }
    }

    private func term(_ term: String, idf: Double?, _ boost: Double, _ fields: FieldMask) -> [Int: Double] {
        guard let documents = postings[term] else { return [:] }
        let idf = idf ?? self.idf(documents.count)
        return documents.compactMapValues { $0.map { $0.count } }.reduce(into: [:]) { result, entry in
            let value = saturated(entry.value, document: entry.key, fields)
            if value > 0 { result[entry.key] = idf * boost * value }
        }
    }

    private func saturated(_ frequencies: [Int], document: Int, _ fields: FieldMask) -> Double {
        var sum = 0.0
        for (field, frequency) in frequencies.enumerated()
        where fields.contains(FieldMask(rawValue: 1 << UInt64(field))) {
            let norm = 0.25 + 0.75 * lengths[document][field] / max(averages[field], 1e-9)
            sum += weights[field] * Double(frequency) / norm
        }
        return sum / (1.2 + sum)
    }

    private func phrase(_ terms: [String], _ offsets: [Int], _ fields: FieldMask, _ boost: Double) -> [Int: Double] {
        let lists = terms.compactMap { postings[$0] }
        guard lists.count == terms.count, let first = lists.first else { return [:] }
        let weight = boost * terms.reduce(0) { $0 + idf(count($1)) }
        var result: [Int: Double] = [:]
        for (document, positions) in first {
            let frequencies = positions.indices.map { field in
                positions[field].filter { position in
                    zip(lists, offsets).allSatisfy { list, offset in
                        list[document]?[field].contains(position - offsets[0] + offset) ?? false
                    }
                }.count
            }
            let value = saturated(frequencies, document: document, fields)
            if value > 0 { result[document] = weight * value }
        }
        return result
    }

    /// Optimal string alignment distance, straight from its recurrence.
    static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a.unicodeScalars)
        let b = Array(b.unicodeScalars)
        var rows = (0...a.count).map { row in (0...b.count).map { row == 0 ? $0 : $0 == 0 ? row : 0 } }
        for i in 1..<max(1, a.count + 1) {
            for j in 1..<max(1, b.count + 1) {
                rows[i][j] = min(
                    rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1),
                    rows[i - 1][j] + 1,
                    rows[i][j - 1] + 1
                )
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
                }
            }
        }
        return rows[a.count][b.count]
    }
}
