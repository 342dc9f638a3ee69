// The terms of one run of documents, before the runs are put together.

/// The analysed text of consecutive documents: their terms, how often and where.
///
/// Chunks are independent of each other, so any number of them can be made at once; the index does not depend on who
/// made which.
struct TermChunk: Sendable {
    /// A term in a document.
    struct Posting {
        /// The term's number within the chunk.
        var term: UInt32
        /// The pattern's number within the chunk.
        var pattern: UInt32
        /// Where its positions begin in ``positions``.
        var positions: UInt32
    }

    private(set) var terms = TermTable(capacity: 1 << 12)
    private(set) var documentFrequencies: [UInt32] = []
    private(set) var postings: [Posting] = []
    /// Where each document's postings begin, and where the last one's end.
    private(set) var documentStarts: [UInt32] = [0]
    /// Positions of each posting, field by field; after a field's first one, the distances from the one before.
    private(set) var positions: [UInt32] = []
    private(set) var patterns: [[FieldFrequency]] = []
    private(set) var patternUses: [Int] = []
    /// Length codes, a row a document.
    private(set) var lengths: [UInt8] = []
    /// The number of words in each field, over all documents.
    private(set) var totals: [Int]
    private(set) var titles: [(key: UInt64, document: UInt32)] = []

    private let titleField: Int?
    private var patternNumbers: [[FieldFrequency]: UInt32] = [:]
    private var singles: [UInt32]
    private var tokens: [UInt64] = []
    private var pattern: [FieldFrequency] = []
    private static let singlesPerField = 16
    /// A token sorts as term, field, position: 32, 6 and 26 bits.
    private static let positionBits: UInt64 = 26
    private static let positionLimit = 1 << 26

    init(fieldCount: Int, titleField: Int?) {
        self.titleField = titleField
        totals = Array(repeating: 0, count: fieldCount)
        singles = Array(repeating: .max, count: fieldCount * Self.singlesPerField)
    }

    var documentCount: Int { documentStarts.count - 1 }

    /// Adds the next document: the texts of each searchable field.
    mutating func add(_ texts: [[String]], with analyzers: inout IndexAnalyzers) {
        tokens.removeAll(keepingCapacity: true)
        for (field, values) in texts.enumerated() {
            var length = 0
            var position = 0
            for text in values {
                position = analyzers.terms.tokens(of: text, startingAt: position) { token in
                    let (number, isNew) = terms.insert(token.term)
                    if isNew { documentFrequencies.append(0) }
                    let place = UInt64(min(token.position, Self.positionLimit - 1))
                    tokens.append((UInt64(number) << 6 | UInt64(field)) << Self.positionBits | place)
                    if !token.isOverlap { length += 1 }
                }
                position += Analyzer.valueGap
            }
            totals[field] += length
            lengths.append(LengthCode.code(length))
            if field == titleField, let key = TitleKey.of(values, with: &analyzers.titles) {
                titles.append((key, UInt32(documentCount)))
            }
        }
        sortTokens()
        var index = 0
        while index < tokens.count {
            let term = tokens[index] >> (Self.positionBits + 6)
            let start = UInt32(positions.count)
            pattern.removeAll(keepingCapacity: true)
            while index < tokens.count, tokens[index] >> (Self.positionBits + 6) == term {
                let key = tokens[index] >> Self.positionBits
                var frequency = 0
                var previous: UInt32 = 0
                while index < tokens.count, tokens[index] >> Self.positionBits == key {
                    if frequency < Int(UInt16.max) {
                        let position = UInt32(tokens[index] & UInt64(Self.positionLimit - 1))
                        positions.append(position - previous)
                        previous = position
                        frequency += 1
                    }
                    index += 1
                }
                pattern.append(FieldFrequency(field: UInt16(key & 63), frequency: UInt16(frequency)))
            }
            documentFrequencies[Int(term)] += 1
            postings.append(Posting(term: UInt32(term), pattern: patternNumber(), positions: start))
        }
        documentStarts.append(UInt32(postings.count))
    }

    /// Short documents are the rule: insertion beats the general sort for them.
    private mutating func sortTokens() {
        guard tokens.count <= 24 else { return tokens.sort() }
        tokens.withUnsafeMutableBufferPointer { tokens in
            for index in tokens.indices.dropFirst() {
                let token = tokens[index]
                var at = index
                while at > 0, tokens[at - 1] > token {
                    tokens[at] = tokens[at - 1]
                    at -= 1
                }
                tokens[at] = token
            }
        }
    }

    private mutating func patternNumber() -> UInt32 {
        var single: Int?
        if pattern.count == 1, Int(pattern[0].frequency) < Self.singlesPerField {
            let slot = Int(pattern[0].field) * Self.singlesPerField + Int(pattern[0].frequency)
            if singles[slot] != .max {
                patternUses[Int(singles[slot])] += 1
                return singles[slot]
            }
            single = slot
        }
        if let number = patternNumbers[pattern] {
            patternUses[Int(number)] += 1
            return number
        }
        let number = UInt32(patterns.count)
        patternNumbers[pattern] = number
        patterns.append(pattern)
        patternUses.append(1)
        if let single { singles[single] = number }
        return number
    }
}

/// What texts are analysed with while an index is built; one a thread.
struct IndexAnalyzers {
    var terms: Analyzer
    var titles = Analyzer(isStemming: false)
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
