// Gathers what a collection can offer as completions, and writes it as a segment.

/// Counts the values of the suggested fields and their words.
struct SuggestionWriter {
    /// Values longer than this, in bytes, are no completions.
    static let maximumLength = 120
    /// The words at which a value can be found, from its beginning.
    static let maximumStarts = 8

    private let fields: [Int]
    private var analyzer = Analyzer(isStemming: false)
    /// A byte for the field's place among the suggested ones, then the folded value.
    private var values = TermTable()
    private var texts: [String] = []
    private var counts: [UInt32] = []
    private var lastDocuments: [UInt32] = []
    private var words = TermTable()
    private var wordCounts: [UInt32] = []
    private var document: UInt32 = 0

    /// - Parameter fields: the suggested fields, as indices into the schema's; at most 64.
    init(fields: [Int]) {
        self.fields = fields
    }

    /// Adds a document: the texts of each suggested field.
    mutating func add(_ texts: [[String]]) {
        document += 1
        for (place, values) in texts.enumerated() {
            for text in values where text.utf8.count <= Self.maximumLength {
                add(text, UInt8(truncatingIfNeeded: place))
            }
        }
    }

    private mutating func add(_ text: String, _ place: UInt8) {
        let (key, parts) = SuggestionKey.of(text, with: &analyzer)
        guard !key.isEmpty else { return }
        let (number, isNew) = ([place] + key).withUnsafeBufferPointer { values.insert($0) }
        if isNew {
            texts.append(text)
            counts.append(0)
            lastDocuments.append(0)
        }
        // A value twice in one document is one document.
        guard lastDocuments[Int(number)] != document else { return }
        lastDocuments[Int(number)] = document
        counts[Int(number)] += 1
        for part in parts {
            let word = key[part]
            guard word.count >= 3, word.allSatisfy({ ASCII.isLetter($0) || $0 >= 0x80 }) else { continue }
            let (number, isNew) = word.withUnsafeBufferPointer { words.insert($0) }
            if isNew { wordCounts.append(0) }
            wordCounts[Int(number)] += 1
        }
    }

    /// Adds all sections. O(n log n) in the number of words of the distinct values.
    func write(to segment: inout SegmentWriter) throws {
        var bytes: [UInt8] = []
        var offsets: [UInt32] = [0]
        var textBytes: [UInt8] = []
        var textOffsets: [UInt32] = [0]
        var places: [UInt8] = []
        var starts: [SuggestionStart] = []
        var keys: [UInt64] = []
        for number in 0..<UInt32(values.count) {
            let value = values.bytes(number)
            places.append(value.first ?? 0)
            let key = Array(value.dropFirst())
            var words = 0
            for index in key.indices where (index == 0 || key[index - 1] == ASCII.space) && words < Self.maximumStarts {
                words += 1
                starts.append(SuggestionStart(value: number, offset: UInt32(index)))
                keys.append(SuggestionKey.head(key[index...]))
            }
            bytes += key
            offsets.append(UInt32(truncatingIfNeeded: bytes.count))
            textBytes += texts[Int(number)].utf8
            textOffsets.append(UInt32(truncatingIfNeeded: textBytes.count))
        }
        guard bytes.count < Int(UInt32.max), textBytes.count < Int(UInt32.max) else {
            throw SearchError(
                .invalidDocument,
                "the suggested values of one collection exceed 4 GiB; suggest fewer fields"
            )
        }
        let order = bytes.withUnsafeBufferPointer { bytes in
            func rest(_ start: SuggestionStart) -> Slice<UnsafeBufferPointer<UInt8>> {
                bytes[Int(offsets[Int(start.value)]) + Int(start.offset)..<Int(offsets[Int(start.value) + 1])]
            }
            return starts.indices.sorted { a, b in
                if keys[a] != keys[b] { return keys[a] < keys[b] }
                let (left, right) = (rest(starts[a]), rest(starts[b]))
                if left.elementsEqual(right) { return a < b }
                return left.lexicographicallyPrecedes(right)
            }
        }
        segment.add("sug.bytes", bytes)
        segment.add("sug.offsets", offsets)
        segment.add("sug.text", textBytes)
        segment.add("sug.text.at", textOffsets)
        segment.add("sug.counts", counts)
        segment.add("sug.fields", places)
        segment.add("sug.starts", order.map { starts[$0] })
        let wordOrder = words.sorted()
        FrozenTerms.add("word", words, order: wordOrder, to: &segment)
        segment.add("word.counts", wordOrder.map { wordCounts[Int($0)] })
    }
}

/// Where a value can be found: at one of its words.
struct SuggestionStart: BitwiseCopyable {
    var value: UInt32
    var offset: UInt32
}

/// The form in which values and what is typed are compared: folded words, not stemmed, joined by spaces.
enum SuggestionKey {
    static func of(_ text: String, with analyzer: inout Analyzer) -> (bytes: [UInt8], words: [Range<Int>]) {
        var bytes: [UInt8] = []
        var words: [Range<Int>] = []
        analyzer.tokens(of: text) { token in
            guard !token.isOverlap else { return }
            if !bytes.isEmpty { bytes.append(ASCII.space) }
            let start = bytes.count
            bytes.append(contentsOf: token.term)
            words.append(start..<bytes.count)
        }
        return (bytes, words)
    }

    /// The first eight bytes as one number that sorts as they do.
    static func head(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var head: UInt64 = 0
        for (index, byte) in bytes.prefix(8).enumerated() { head |= UInt64(byte) << UInt64(56 - 8 * index) }
        return head
    }
}
