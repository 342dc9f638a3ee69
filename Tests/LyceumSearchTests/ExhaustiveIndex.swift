// Random documents and queries, and what the queries score straight from the definitions.

import Foundation

@testable import LyceumSearch

/// Documents kept as words; queries are scored in double precision, one document after the other.
struct ExhaustiveIndex {
    /// By document, field and value: the words.
    var documents: [[[[String]]]] = []
    let vocabulary: [String]
    let weights: [Double]
    /// By term and document: the positions in each field, none where the document does not have the term.
    private var postings: [String: [[[Int]]]] = [:]
    private var counts: [String: Int] = [:]
    private let known = KnownRows()
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
        var found: [String: [Int: [[Int]]]] = [:]
        for (document, texts) in documents.enumerated() {
            lengths.append([])
            for (field, values) in texts.enumerated() {
                var position = 0
                for value in values {
                    for word in value {
                        found[word, default: [:]][document, default: Array(repeating: [], count: fields)][field]
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
        for (term, positions) in found {
            counts[term] = positions.count
            postings[term] = documents.indices.map { positions[$0] ?? [] }
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

    func build() throws -> TermIndex {
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

    /// The score of every document, not a number where it does not match.
    func evaluate(_ query: TextQuery) -> [Double] {
        switch query {
        case .term(let bytes, let fields, let boost):
            let term = String(decoding: bytes, as: UTF8.self)
            return self.term(term, idf: idf(count(term)), Double(boost), fields)
        case .phrase(let terms, let offsets, let fields, let boost):
            return phrase(terms.map { String(decoding: $0, as: UTF8.self) }, offsets, fields, Double(boost))
        case .prefix(let bytes, let fields, let boost):
            let terms = beginning(with: String(decoding: bytes, as: UTF8.self))
            let documents = min(self.documents.count, terms.reduce(0) { $0 + count($1) })
            return combine(terms.map { term($0, idf: idf(documents), Double(boost), fields) }, best)
        case .fuzzy(let bytes, let edits, let prefix, let fields, let boost):
            let word = String(decoding: bytes, as: UTF8.self)
            let near = near(word, edits: edits, prefix: prefix)
            let documents = near.map { count($0.term) }.max() ?? 0
            return combine(
                near.map {
                    let factor = $0.edits == 0 ? 1 : max(0.1, 1 - Double($0.edits) / Double(word.count))
                    return term($0.term, idf: idf(documents), Double(boost) * factor, fields)
                },
                best
            )
        case .best(let parts): return combine(parts.map(evaluate), best)
        case .any(let parts): return combine(parts.map(evaluate)) { $0.isNaN ? $1 : $1.isNaN ? $0 : $0 + $1 }
        // What is not a number stays so in a sum.
        case .all(let parts): return combine(parts.map(evaluate), +)
        case .excluding(let part, let excluded):
            return combine([evaluate(part)] + excluded.map(evaluate)) { $1.isNaN ? $0 : .nan }
        case .everything: return Array(repeating: 0, count: documents.count)
        }
    }

    private var nothing: [Double] { Array(repeating: .nan, count: documents.count) }

    private func best(_ a: Double, _ b: Double) -> Double { a.isNaN || b > a ? b : a }

    private func combine(_ parts: [[Double]], _ operation: (Double, Double) -> Double) -> [Double] {
        guard var result = parts.first else { return nothing }
        for part in parts.dropFirst() {
            part.withUnsafeBufferPointer { part in
                guard let other = part.baseAddress else { return }
                result.forEachElement { $0 = operation($0, other[$1]) }
            }
        }
        return result
    }

    private func count(_ term: String) -> Int { counts[term] ?? 0 }

    private func idf(_ containing: Int) -> Double {
        log(1 + (Double(documents.count - containing) + 0.5) / (Double(containing) + 0.5))
    }

    /// At most 64 terms, the most frequent; of equal ones the first in bytewise order.
    private func beginning(with prefix: String) -> [String] {
        let terms = postings.keys.filter { $0.hasPrefix(prefix) }.map { ($0, -count($0)) }
        return terms.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(64).map(\.0)
    }

    /// At most 32 terms, the nearest; of equally near ones the most frequent.
    private func near(_ word: String, edits: Int, prefix: Int) -> [(term: String, edits: Int)] {
        // More letters more or fewer are more edits.
        let candidates = postings.keys.filter { abs($0.utf8.count - word.utf8.count) <= edits }
            .filter { $0.prefix(prefix) == word.prefix(prefix) }
        let terms = candidates.map { ($0, Self.distance(word, $0), -count($0)) }.filter { $0.1 <= edits }
        return terms.sorted { ($0.1, $0.2, $0.0) < ($1.1, $1.2, $1.0) }.prefix(32).map { (term: $0.0, edits: $0.1) }
    }

    private func term(_ term: String, idf: Double, _ boost: Double, _ fields: FieldMask) -> [Double] {
        let key = KnownRows.Key(term: term, fields: fields.rawValue)
        if known.rows[key] == nil {
            var row = nothing
            for (document, positions) in (postings[term] ?? []).enumerated() where !positions.isEmpty {
                let value = saturated(positions.map(\.count), document: document, fields)
                if value > 0 { row[document] = value }
            }
            known.rows[key] = row
        }
        var result = known.rows[key] ?? nothing
        let weight = idf * boost
        result.forEachElement { value, _ in value *= weight }
        return result
    }

    private func saturated(_ frequencies: [Int], document: Int, _ fields: FieldMask) -> Double {
        var sum = 0.0
        for (field, frequency) in frequencies.enumerated()
        where frequency > 0 && fields.rawValue >> UInt64(field) & 1 == 1 {
            let norm = 0.25 + 0.75 * lengths[document][field] / max(averages[field], 1e-9)
            sum += weights[field] * Double(frequency) / norm
        }
        return sum / (1.2 + sum)
    }

    private func phrase(_ terms: [String], _ offsets: [Int], _ fields: FieldMask, _ boost: Double) -> [Double] {
        var result = nothing
        let lists = terms.compactMap { postings[$0] }
        guard lists.count == terms.count, let first = lists.first else { return result }
        let weight = boost * terms.reduce(0) { $0 + idf(count($1)) }
        for document in documents.indices where lists.allSatisfy({ !$0[document].isEmpty }) {
            var frequencies = weights.map { _ in 0 }
            for field in frequencies.indices {
                for position in first[document][field] {
                    var number = 1
                    while number < lists.count,
                        lists[number][document][field].contains(position - offsets[0] + offsets[number])
                    {
                        number += 1
                    }
                    if number == lists.count { frequencies[field] += 1 }
                }
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

/// What terms score before their weight, kept because queries ask for the same terms again and again.
private final class KnownRows {
    struct Key: Hashable {
        var term: String
        var fields: UInt64
    }
    var rows: [Key: [Double]] = [:]
}

extension [Double] {
    /// Element by element through a pointer: without optimisation a subscript of an array costs a hundred times as much.
    mutating func forEachElement(_ body: (inout Double, Int) -> Void) {
        withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            var index = 0
            while index < buffer.count {
                body(&start[index], index)
                index += 1
            }
        }
    }
}
