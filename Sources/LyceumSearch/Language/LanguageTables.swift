// Synonyms and phrases of a snapshot: written once, read in place.

/// The synonyms and phrases of an opened snapshot.
struct LanguageTables: Sendable {
    /// Phrases that are terms of their own.
    let units: PhraseTable
    let synonyms: SynonymTable

    init(_ segment: SegmentReader) throws {
        units = try PhraseTable(segment, prefix: "unit")
        synonyms = try SynonymTable(segment)
    }

    /// Analyses resources and adds them to a segment. O(total length).
    ///
    /// - Throws: ``SearchError`` with code `invalid_request` for a weight out of range.
    static func add(_ resources: LanguageResources, to segment: inout SegmentWriter) throws {
        var analyzer = Analyzer()
        var units = TermTable()
        for phrase in resources.phrases {
            let key = PhraseKey.of(phrase, with: &analyzer)
            guard (2...PhraseTable.maximumWords).contains(key.words) else { continue }
            _ = key.bytes.withUnsafeBufferPointer { units.insert($0) }
        }
        PhraseTable.add("unit", units, to: &segment)
        try SynonymTable.add(resources.synonyms, with: &analyzer, to: &segment)
    }
}

/// The form in which phrases are compared: the terms of their words, joined by spaces.
enum PhraseKey {
    static func of(_ text: String, with analyzer: inout Analyzer) -> (bytes: [UInt8], words: Int) {
        var bytes: [UInt8] = []
        var words = 0
        analyzer.tokens(of: text) { token in
            guard !token.isOverlap else { return }
            if words > 0 { bytes.append(ASCII.space) }
            bytes.append(contentsOf: token.term)
            words += 1
        }
        return (bytes, words)
    }
}

/// Synonyms by the phrase they replace.
///
/// `@unchecked Sendable`: the buffers are read-only views of a mapped file that `file` keeps alive.
struct SynonymTable: @unchecked Sendable {
    /// The most alternatives of one key; the heaviest are kept.
    static let maximumAlternatives = 8

    private let file: MappedFile
    private let keys: PhraseTable
    private let first: UnsafeBufferPointer<UInt32>
    private let offsets: UnsafeBufferPointer<UInt32>
    private let bytes: UnsafeBufferPointer<UInt8>
    private let weights: UnsafeBufferPointer<Float>

    init(_ segment: SegmentReader) throws {
        file = segment.file
        keys = try PhraseTable(segment, prefix: "syn")
        first = try segment.values("syn.first", as: UInt32.self, count: keys.count + 1)
        weights = try segment.values("alt.weights", as: Float.self)
        offsets = try segment.values("alt.offsets", as: UInt32.self, count: weights.count + 1)
        bytes = try segment.values("alt.bytes", as: UInt8.self)
        try segment.checkOffsets("syn.first", first, limit: weights.count)
        try segment.checkOffsets("alt.offsets", offsets, limit: bytes.count)
        guard weights.allSatisfy({ $0 > 0 && $0 <= 1 }) else {
            throw SegmentReader.damaged(segment.file, "a weight in its section alt.weights is out of range")
        }
    }

    var count: Int { keys.count }

    /// See ``PhraseTable/longest(startingWith:)``.
    func longest(startingWith word: UnsafeBufferPointer<UInt8>) -> Int { keys.longest(startingWith: word) }

    /// See ``PhraseTable/number(of:)``.
    func number(of phrase: UnsafeBufferPointer<UInt8>) -> Int? { keys.number(of: phrase) }

    /// The alternatives of a key, the heaviest first: their terms, and what they count.
    func alternatives(of number: Int) -> [(words: [[UInt8]], weight: Float)] {
        (Int(first[number])..<Int(first[number + 1])).prefix(Self.maximumAlternatives).map { index in
            let text = bytes[Int(offsets[index])..<Int(offsets[index + 1])]
            return (text.split(separator: ASCII.space).map(Array.init), weights[index])
        }
    }

    // MARK: Writing

    static func add(_ rules: [SynonymRule], with analyzer: inout Analyzer, to segment: inout SegmentWriter) throws {
        var keys = TermTable()
        var alternatives: [[(bytes: [UInt8], weight: Float)]] = []
        for rule in rules {
            guard rule.weight > 0, rule.weight <= 1 else {
                throw SearchError(
                    .invalidRequest,
                    "the synonym rule for '\(rule.words.prefix(80))' has weight \(rule.weight); above 0 to 1 is possible"
                )
            }
            let key = PhraseKey.of(rule.words, with: &analyzer)
            guard (1...PhraseTable.maximumWords).contains(key.words) else { continue }
            let found = rule.alternatives.map { PhraseKey.of($0, with: &analyzer) }
                .filter { (1...PhraseTable.maximumWords).contains($0.words) && $0.bytes != key.bytes }.map(\.bytes)
            guard !found.isEmpty else { continue }
            let (number, isNew) = key.bytes.withUnsafeBufferPointer { keys.insert($0) }
            if isNew { alternatives.append([]) }
            for bytes in found {
                if let known = alternatives[Int(number)].firstIndex(where: { $0.bytes == bytes }) {
                    alternatives[Int(number)][known].weight = max(alternatives[Int(number)][known].weight, rule.weight)
                } else {
                    alternatives[Int(number)].append((bytes, rule.weight))
                }
            }
        }
        var first: [UInt32] = [0]
        var offsets: [UInt32] = [0]
        var bytes: [UInt8] = []
        var weights: [Float] = []
        for list in alternatives {
            // Stable: of equal weights the first given stay.
            let kept = list.enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }
                .prefix(maximumAlternatives)
            for (_, alternative) in kept {
                bytes += alternative.bytes
                guard bytes.count < Int(UInt32.max) else {
                    throw SearchError(.invalidRequest, "the synonyms exceed 4 GiB; give fewer")
                }
                offsets.append(UInt32(bytes.count))
                weights.append(alternative.weight)
            }
            first.append(UInt32(weights.count))
        }
        PhraseTable.add("syn", keys, to: &segment)
        segment.add("syn.first", first)
        segment.add("alt.offsets", offsets)
        segment.add("alt.bytes", bytes)
        segment.add("alt.weights", weights)
    }
}
