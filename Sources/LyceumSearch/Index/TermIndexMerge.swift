// Puts the chunks of a segment together and writes its sections.

import Dispatch
import Foundation
import Synchronization

/// How many threads may work at once.
enum ProcessorCount {
    static var active: Int { ProcessInfo.processInfo.activeProcessorCount }
}

/// The terms of all chunks in one order, with one posting list each.
struct TermIndexMerge {
    private let chunks: [TermChunk]
    private let weights: [Double]
    private let averages: [Double]
    private let norms: [[Float]]
    private let documentCount: Int
    /// The first document of each chunk.
    private var firstDocuments: [Int] = []

    init(_ chunks: [TermChunk], weights: [Double], averageLengths: [Double]?) {
        self.chunks = chunks
        self.weights = weights
        var count = 0
        for chunk in chunks {
            firstDocuments.append(count)
            count += chunk.documentCount
        }
        documentCount = count
        averages =
            averageLengths
            ?? weights.indices.map { field in
                count == 0 ? 0 : Double(chunks.reduce(0) { $0 + $1.totals[field] }) / Double(count)
            }
        norms = zip(weights, averages).map { LengthCode.norms(weight: $0, averageLength: $1) }
    }

    func write(to segment: inout SegmentWriter) throws -> TermIndexWriter.Summary {
        let patterns = mergedPatterns()
        // For each place the chunk and the document in it, and for each document its place.
        let order = placeOrder()
        let terms = mergedTerms()
        let lists = postings(order, terms, patterns)

        var lengths = [UInt8](repeating: 0, count: documentCount * weights.count)
        var documents = [UInt32](repeating: 0, count: documentCount)
        var places = [UInt32](repeating: 0, count: documentCount)
        for (place, source) in order.enumerated() {
            let document = firstDocuments[source.chunk] + source.document
            documents[place] = UInt32(document)
            places[document] = UInt32(place)
            for field in weights.indices {
                lengths[place * weights.count + field] =
                    chunks[source.chunk].lengths[source.document * weights.count + field]
            }
        }
        let packer = PostingListPacker(
            lists: lists,
            sources: chunks.map(\.positions),
            patterns: patterns,
            lengths: lengths,
            norms: norms
        )
        let packed = try packer.pack()

        FrozenTerms.add("terms", terms.table, order: terms.order, to: &segment)
        segment.add("terms", packed.entries)
        segment.add("blocks", packed.blocks)
        segment.add("postings", packed.bytes)
        segment.add("pattern.offsets", patterns.offsets)
        segment.add("pattern.fields", patterns.fields)
        segment.add("lengths", lengths)
        segment.add("order.documents", PackedIntegers.packed(documents, limit: documentCount))
        segment.add("order.places", PackedIntegers.packed(places, limit: documentCount))
        let titles = zip(chunks, firstDocuments)
            .flatMap { chunk, first in chunk.titles.map { (key: $0.key, document: $0.document + UInt32(first)) } }
            .sorted { ($0.key, $0.document) < ($1.key, $1.document) }
        segment.add("title.keys", titles.map(\.key))
        segment.add("title.documents", titles.map(\.document))
        return TermIndexWriter.Summary(
            terms: terms.order.count,
            postings: lists.places.count,
            patterns: patterns.offsets.count - 1,
            averageLengths: averages
        )
    }

    // MARK: Patterns

    /// The patterns of all chunks, the most used first, and each chunk's numbers for them.
    struct Patterns: Sendable {
        var offsets: [UInt32] = [0]
        var fields: [FieldFrequency] = []
        /// Occurrences in all fields together.
        var totals: [UInt32] = []
        /// By chunk: from its pattern numbers to those of the index.
        var codes: [[UInt32]] = []
    }

    private func mergedPatterns() -> Patterns {
        var numbers: [[FieldFrequency]: Int] = [:]
        var list: [[FieldFrequency]] = []
        var uses: [Int] = []
        var local: [[Int]] = []
        for chunk in chunks {
            local.append(
                zip(chunk.patterns, chunk.patternUses).map { pattern, count in
                    if let known = numbers[pattern] {
                        uses[known] += count
                        return known
                    }
                    numbers[pattern] = list.count
                    list.append(pattern)
                    uses.append(count)
                    return list.count - 1
                }
            )
        }
        var result = Patterns()
        var code = [UInt32](repeating: 0, count: list.count)
        for (index, old) in list.indices.sorted(by: { (uses[$0], $1) > (uses[$1], $0) }).enumerated() {
            code[old] = UInt32(index)
            result.fields.append(contentsOf: list[old])
            result.offsets.append(UInt32(result.fields.count))
            result.totals.append(list[old].reduce(0) { $0 + UInt32($1.frequency) })
        }
        result.codes = local.map { $0.map { code[$0] } }
        return result
    }

    // MARK: Places

    private struct Source {
        var chunk: Int
        var document: Int
    }

    /// The documents by what one occurrence in their best field weighs, the greatest first; equal ones as they came.
    ///
    /// The weight is taken to eight significant bits, enough to tell all short lengths apart: a counting sort.
    private func placeOrder() -> [Source] {
        var keys = [UInt16](repeating: 0, count: documentCount)
        var document = 0
        for chunk in chunks {
            for row in 0..<chunk.documentCount {
                var best: Float = 0
                for field in weights.indices {
                    let code = chunk.lengths[row * weights.count + field]
                    if code > 0 { best = max(best, norms[field][Int(code)]) }
                }
                keys[document] = UInt16.max - UInt16(truncatingIfNeeded: best.bitPattern >> 16)
                document += 1
            }
        }
        var starts = [Int](repeating: 0, count: 1 << 16 + 1)
        for key in keys { starts[Int(key) + 1] += 1 }
        for key in 0..<1 << 16 { starts[key + 1] += starts[key] }
        var order = [Source](repeating: Source(chunk: 0, document: 0), count: documentCount)
        document = 0
        for (number, chunk) in chunks.enumerated() {
            for row in 0..<chunk.documentCount {
                let key = Int(keys[document])
                order[starts[key]] = Source(chunk: number, document: row)
                starts[key] += 1
                document += 1
            }
        }
        return order
    }

    // MARK: Terms

    private struct Terms {
        var table: TermTable
        /// The table's numbers in bytewise order of the terms.
        var order: [UInt32]
        /// By chunk: from its term numbers to the term's place in the order.
        var ranks: [[UInt32]]
    }

    private func mergedTerms() -> Terms {
        var table = TermTable(capacity: 1 << 14)
        var numbers: [[UInt32]] = []
        for chunk in chunks {
            numbers.append(
                (0..<UInt32(chunk.terms.count)).map { number in
                    chunk.terms.bytes(number).withUnsafeBufferPointer { table.insert($0).number }
                }
            )
        }
        let order = table.sorted()
        var ranks = [UInt32](repeating: 0, count: order.count)
        for (rank, number) in order.enumerated() { ranks[Int(number)] = UInt32(rank) }
        return Terms(table: table, order: order, ranks: numbers.map { $0.map { ranks[Int($0)] } })
    }

    // MARK: Postings

    /// Posting lists side by side in the order of the terms, each in the order of places.
    struct Lists: Sendable {
        /// Where each list begins, and where the last one ends.
        var starts: [Int]
        var places: [UInt32]
        var codes: [UInt32]
        /// The chunk, in the upper half, and where the posting's positions begin in it.
        var positions: [UInt64]
    }

    private func postings(_ order: [Source], _ terms: Terms, _ patterns: Patterns) -> Lists {
        var starts = [Int](repeating: 0, count: terms.order.count + 1)
        for (number, chunk) in chunks.enumerated() {
            for (local, frequency) in chunk.documentFrequencies.enumerated() {
                starts[Int(terms.ranks[number][local]) + 1] += Int(frequency)
            }
        }
        for term in terms.order.indices { starts[term + 1] += starts[term] }
        let total = starts[terms.order.count]
        var places = [UInt32](repeating: 0, count: total)
        var codes = [UInt32](repeating: 0, count: total)
        var positions = [UInt64](repeating: 0, count: total)
        var next = starts
        for (place, source) in order.enumerated() {
            let chunk = chunks[source.chunk]
            let range = Int(chunk.documentStarts[source.document])..<Int(chunk.documentStarts[source.document + 1])
            for index in range {
                let posting = chunk.postings[index]
                let term = Int(terms.ranks[source.chunk][Int(posting.term)])
                let at = next[term]
                next[term] = at + 1
                places[at] = UInt32(place)
                codes[at] = patterns.codes[source.chunk][Int(posting.pattern)]
                positions[at] = UInt64(source.chunk) << 32 | UInt64(posting.positions)
            }
        }
        return Lists(starts: starts, places: places, codes: codes, positions: positions)
    }
}
