// Builds the inverted index of one collection in memory and writes it as a segment.

/// Gathers the terms of documents in order and writes terms, postings, field lengths and titles.
///
/// A posting says in which fields a term occurs and how often. Those combinations are few in practice, so each distinct
/// one is a numbered pattern, the most frequent first, and a posting stores the number: mostly nought to three bits.
struct TermIndexWriter {
    private let fields: [Double]
    private let titleField: Int?
    private let givenAverageLengths: [Double]?
    private var terms = TermTable(capacity: 1 << 14)
    private var patterns: [[FieldFrequency]: UInt32] = [:]
    private var patternList: [[FieldFrequency]] = []
    private var patternUses: [Int] = []
    private var singles: [UInt32]
    private var documentFrequencies: [UInt32] = []
    private var postings: [Posting] = []
    private var lengths: [UInt8] = []
    private var totals: [Int]
    private var titles: [(key: UInt64, document: UInt32)] = []
    private(set) var documentCount = 0

    private var analyzer: Analyzer
    private var titleAnalyzer = Analyzer(isStemming: false)
    private var current: [UInt64] = []
    private var pattern: [FieldFrequency] = []
    private static let singlesPerField = 16

    private struct Posting {
        var term: UInt32
        var document: UInt32
        var code: UInt32
    }

    /// - Parameters:
    ///   - weights: the text weight of each searchable field.
    ///   - titleField: the position among them of the title.
    ///   - averageLengths: the mean field lengths to score with, nil to take those of the documents added.
    ///   - analysis: how texts are analysed.
    init(
        weights: [Double],
        titleField: Int?,
        averageLengths: [Double]? = nil,
        analysis: TextAnalysis = TextAnalysis()
    ) {
        analyzer = analysis.analyzer()
        fields = weights
        givenAverageLengths = averageLengths
        self.titleField = titleField
        totals = Array(repeating: 0, count: weights.count)
        singles = Array(repeating: .max, count: weights.count * Self.singlesPerField)
    }

    /// Adds the next document: the texts of each searchable field, in the order of the weights.
    mutating func add(_ texts: [[String]]) {
        let document = UInt32(documentCount)
        documentCount += 1
        current.removeAll(keepingCapacity: true)
        for (field, values) in texts.enumerated() {
            var length = 0
            for text in values {
                analyzer.terms(of: text) { bytes in
                    let (number, isNew) = terms.insert(bytes)
                    if isNew { documentFrequencies.append(0) }
                    current.append(UInt64(number) << 16 | UInt64(field))
                    length += 1
                }
            }
            totals[field] += length
            lengths.append(LengthCode.code(length))
            if field == titleField, let key = TitleKey.of(values, with: &titleAnalyzer) {
                titles.append((key, document))
            }
        }
        current.sort()
        var index = 0
        while index < current.count {
            let term = UInt32(truncatingIfNeeded: current[index] >> 16)
            pattern.removeAll(keepingCapacity: true)
            while index < current.count, UInt32(truncatingIfNeeded: current[index] >> 16) == term {
                let entry = current[index]
                var next = index + 1
                while next < current.count, current[next] == entry { next += 1 }
                let frequency = UInt16(clamping: next - index)
                pattern.append(FieldFrequency(field: UInt16(truncatingIfNeeded: entry), frequency: frequency))
                index = next
            }
            documentFrequencies[Int(term)] += 1
            postings.append(Posting(term: term, document: document, code: patternCode()))
        }
    }

    private mutating func patternCode() -> UInt32 {
        var single: Int?
        if pattern.count == 1, Int(pattern[0].frequency) < Self.singlesPerField {
            let slot = Int(pattern[0].field) * Self.singlesPerField + Int(pattern[0].frequency)
            if singles[slot] != .max {
                patternUses[Int(singles[slot])] += 1
                return singles[slot]
            }
            single = slot
        }
        if let code = patterns[pattern] {
            patternUses[Int(code)] += 1
            return code
        }
        let code = UInt32(patternList.count)
        patterns[pattern] = code
        patternList.append(pattern)
        patternUses.append(1)
        if let single { singles[single] = code }
        return code
    }

    /// What the manifest records of the index.
    struct Summary {
        var terms: Int
        var postings: Int
        var patterns: Int
        var averageLengths: [Double]
    }

    /// Adds all sections to the segment. O(postings + terms log terms).
    mutating func write(to segment: inout SegmentWriter) throws -> Summary {
        let averages =
            givenAverageLengths ?? totals.map { documentCount == 0 ? 0 : Double($0) / Double(documentCount) }
        let norms = zip(fields, averages).map { LengthCode.norms(weight: $0, averageLength: $1) }

        // Patterns, the most used first.
        let patternOrder = patternList.indices.sorted { (patternUses[$0], $1) > (patternUses[$1], $0) }
        var newCode = [UInt32](repeating: 0, count: patternOrder.count)
        var patternOffsets: [UInt32] = [0]
        var patternFields: [FieldFrequency] = []
        for (code, old) in patternOrder.enumerated() {
            newCode[old] = UInt32(code)
            patternFields.append(contentsOf: patternList[old])
            patternOffsets.append(UInt32(patternFields.count))
        }

        // Postings grouped by term, in document order within each.
        let order = terms.sorted()
        var starts = [Int](repeating: 0, count: order.count)
        var total = 0
        for term in order {
            starts[Int(term)] = total
            total += Int(documentFrequencies[Int(term)])
        }
        var documents = [UInt32](repeating: 0, count: total)
        var codes = [UInt32](repeating: 0, count: total)
        for posting in postings {
            let at = starts[Int(posting.term)]
            documents[at] = posting.document
            codes[at] = newCode[Int(posting.code)]
            starts[Int(posting.term)] = at + 1
        }
        postings = []

        var entries: [TermEntry] = []
        entries.reserveCapacity(order.count)
        var blocks: [BlockEntry] = []
        var bytes: [UInt8] = []
        var gaps: [UInt32] = []
        var at = 0
        for term in order {
            let end = at + Int(documentFrequencies[Int(term)])
            var entry = TermEntry(
                documentFrequency: UInt32(end - at),
                firstBlock: UInt32(blocks.count),
                maximum: 0
            )
            var base: UInt32 = 0
            while at < end {
                let blockEnd = min(end, at + PostingBlock.size)
                gaps.removeAll(keepingCapacity: true)
                var largestGap: UInt32 = 0
                var largestCode: UInt32 = 0
                var maximum: Float = 0
                for index in at..<blockEnd {
                    // `base` is one past the previous document, so that consecutive ordinals give gaps of zero.
                    let gap = documents[index] - base
                    base = documents[index] + 1
                    gaps.append(gap)
                    largestGap = max(largestGap, gap)
                    largestCode = max(largestCode, codes[index])
                    var frequency: Float = 0
                    let pattern = Int(codes[index])
                    for part in patternFields[Int(patternOffsets[pattern])..<Int(patternOffsets[pattern + 1])] {
                        let code = lengths[Int(documents[index]) * fields.count + Int(part.field)]
                        frequency += Float(part.frequency) * norms[Int(part.field)][Int(code)]
                    }
                    maximum = max(maximum, BM25F.saturated(frequency))
                }
                let gapWidth = PostingBlock.width(of: largestGap)
                let codeWidth = PostingBlock.width(of: largestCode)
                guard bytes.count <= Int(UInt32.max) - 2048 else {
                    throw SearchError(.invalidDocument, "the postings of one collection exceed 4 GiB; split it")
                }
                blocks.append(
                    BlockEntry(
                        lastDocument: documents[blockEnd - 1],
                        offset: UInt32(bytes.count),
                        maximum: maximum,
                        gapWidth: UInt8(gapWidth),
                        codeWidth: UInt8(codeWidth)
                    )
                )
                PostingBlock.pack(gaps[...], width: gapWidth, into: &bytes)
                PostingBlock.pack(codes[at..<blockEnd], width: codeWidth, into: &bytes)
                entry.maximum = max(entry.maximum, maximum)
                at = blockEnd
            }
            entries.append(entry)
        }

        FrozenTerms.add("terms", terms, order: order, to: &segment)
        segment.add("terms", entries)
        segment.add("blocks", blocks)
        segment.add("postings", bytes)
        segment.add("pattern.offsets", patternOffsets)
        segment.add("pattern.fields", patternFields)
        segment.add("lengths", lengths)
        titles.sort { ($0.key, $0.document) < ($1.key, $1.document) }
        segment.add("title.keys", titles.map(\.key))
        segment.add("title.documents", titles.map(\.document))
        return Summary(
            terms: order.count,
            postings: total,
            patterns: patternOrder.count,
            averageLengths: averages
        )
    }
}

/// The key under which a whole title is found: a hash of its folded, unstemmed words.
enum TitleKey {
    static func of(_ texts: [String], with analyzer: inout Analyzer) -> UInt64? {
        var words: [UInt8] = []
        for text in texts {
            analyzer.terms(of: text) {
                words.append(contentsOf: $0)
                words.append(UInt8(ascii: " "))
            }
        }
        return words.isEmpty ? nil : XXHash64.hash(words)
    }
}
