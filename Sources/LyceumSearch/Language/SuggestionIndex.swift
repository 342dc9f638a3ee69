// Completions of what is typed and corrections of single words, read in place.

/// The completions one segment can offer.
///
/// `@unchecked Sendable`: the buffers are read-only views of a mapped file that `file` keeps alive.
struct SuggestionIndex: @unchecked Sendable {
    /// A value that completes what was typed.
    struct Match {
        var value: Int
        /// Whether what was typed begins the value, and not a later word of it.
        var isBeginning: Bool
        var edits: Int
    }

    private let file: MappedFile
    private let bytes: UnsafeBufferPointer<UInt8>
    private let offsets: UnsafeBufferPointer<UInt32>
    private let textBytes: UnsafeBufferPointer<UInt8>
    private let textOffsets: UnsafeBufferPointer<UInt32>
    private let counts: UnsafeBufferPointer<UInt32>
    private let places: UnsafeBufferPointer<UInt8>
    private let starts: UnsafeBufferPointer<SuggestionStart>
    private let words: FrozenTermTable
    private let wordCounts: UnsafeBufferPointer<UInt32>

    init(_ segment: SegmentReader) throws {
        file = segment.file
        counts = try segment.values("sug.counts", as: UInt32.self)
        bytes = try segment.values("sug.bytes", as: UInt8.self)
        offsets = try segment.values("sug.offsets", as: UInt32.self, count: counts.count + 1)
        textBytes = try segment.values("sug.text", as: UInt8.self)
        textOffsets = try segment.values("sug.text.at", as: UInt32.self, count: counts.count + 1)
        places = try segment.values("sug.fields", as: UInt8.self, count: counts.count)
        starts = try segment.values("sug.starts", as: SuggestionStart.self)
        wordCounts = try segment.values("word.counts", as: UInt32.self)
        words = try FrozenTermTable(segment, prefix: "word", count: wordCounts.count)
        try segment.checkOffsets("sug.offsets", offsets, limit: bytes.count)
        try segment.checkOffsets("sug.text.at", textOffsets, limit: textBytes.count)
        for start in starts {
            guard Int(start.value) < counts.count,
                Int(offsets[Int(start.value)]) + Int(start.offset) <= Int(offsets[Int(start.value) + 1])
            else { throw SegmentReader.damaged(segment.file, "a value in its section sug.starts is out of range") }
        }
    }

    var count: Int { counts.count }

    func text(_ value: Int) -> String {
        String(decoding: textBytes[Int(textOffsets[value])..<Int(textOffsets[value + 1])], as: UTF8.self)
    }

    func key(_ value: Int) -> ArraySlice<UInt8> { Array(bytes[Int(offsets[value])..<Int(offsets[value + 1])])[...] }

    /// The documents that have a value.
    func frequency(_ value: Int) -> Int { Int(counts[value]) }

    /// The place of the value's field among the suggested ones.
    func place(_ value: Int) -> Int { Int(places[value]) }

    private func rest(_ start: Int) -> UnsafeBufferPointer<UInt8> {
        let entry = starts[start]
        let from = Int(offsets[Int(entry.value)]) + Int(entry.offset)
        return UnsafeBufferPointer(rebasing: bytes[from..<Int(offsets[Int(entry.value) + 1])])
    }

    /// Calls `body` with every value that has a word beginning with the folded text. O(log n + matches).
    func forEachMatch(_ typed: [UInt8], _ body: (Match) -> Void) {
        var start = lowerBound(typed)
        while start < starts.count {
            let rest = rest(start)
            guard rest.starts(with: typed) else { return }
            body(Match(value: Int(starts[start].value), isBeginning: starts[start].offset == 0, edits: 0))
            start += 1
        }
    }

    /// The first start not before a text.
    private func lowerBound(_ typed: [UInt8]) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if rest(middle).lexicographicallyPrecedes(typed) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Calls `body` with every value that has a word whose beginning is within so many edits of the folded text.
    ///
    /// The first byte must be the same. O(starts with that byte), of which those that share a beginning too far off
    /// cost one comparison each.
    func forEachSimilar(_ typed: [UInt8], edits: Int, _ body: (Match) -> Void) {
        guard let first = typed.first, edits > 0 else { return }
        var search = BeginningDistance(typed, edits: edits)
        var start = lowerBound([first])
        while start < starts.count {
            let rest = rest(start)
            guard rest.first == first else { return }
            if let distance = search.next(rest) {
                body(Match(value: Int(starts[start].value), isBeginning: starts[start].offset == 0, edits: distance))
            }
            start += 1
        }
    }

    // MARK: Words

    /// How many documents' suggested values have a folded, unstemmed word.
    func wordCount(_ word: [UInt8]) -> Int {
        word.withUnsafeBufferPointer { words.number(of: $0) }.map { Int(wordCounts[$0]) } ?? 0
    }

    /// Calls `body` with every word within so many edits of a folded word and with the same first byte.
    func forEachWord(near word: [UInt8], edits: Int, _ body: (_ word: [UInt8], _ edits: Int, _ count: Int) -> Void) {
        guard let first = word.first else { return }
        let lengths = word.count - edits...word.count + edits
        for number in 0..<words.count {
            let candidate = Array(words[number].utf8)
            guard lengths.contains(candidate.count), candidate.first == first else { continue }
            for distance in 0...edits where EditDistance.isWithin(distance, word, candidate) {
                body(candidate, distance, Int(wordCounts[number]))
                break
            }
        }
    }
}

/// The distance between a text and the nearest beginning of each of many sorted texts.
///
/// Rows of the edit distance table are kept for the beginning that neighbours share, so that each is worked out once.
struct BeginningDistance {
    private let typed: [UInt8]
    private let edits: Int
    /// Row d: the distances of the typed text's beginnings to the first d bytes of the present text.
    private var rows: [[Int]]
    private var previous: [UInt8] = []
    /// The depth at which no continuation can come near any more, and the best distance on the way to each depth.
    private var deadDepth: Int?
    private var best: [Int]

    init(_ typed: [UInt8], edits: Int) {
        self.typed = typed
        self.edits = edits
        rows = [Array(0...typed.count)]
        best = [typed.count]
    }

    /// The distance to the nearest beginning of the next text, nil when it is more than allowed.
    mutating func next(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
        let depth = min(text.count, typed.count + edits)
        var shared = 0
        while shared < depth, shared < previous.count, previous[shared] == text[shared] { shared += 1 }
        if let deadDepth, shared >= deadDepth { return found(deadDepth) }
        deadDepth = nil
        previous.removeLast(previous.count - shared)
        rows.removeLast(rows.count - shared - 1)
        best.removeLast(best.count - shared - 1)
        while previous.count < depth {
            append(text[previous.count])
            if let least = rows[previous.count].min(), least > edits, (rows[previous.count - 1].min() ?? 0) > edits {
                deadDepth = previous.count
                break
            }
        }
        return found(previous.count)
    }

    private func found(_ depth: Int) -> Int? { best[depth] <= edits ? best[depth] : nil }

    private mutating func append(_ byte: UInt8) {
        let depth = previous.count
        let last = rows[depth]
        var row = last
        row[0] = depth + 1
        for index in typed.indices {
            var cost = min(last[index + 1] + 1, row[index] + 1, last[index] + (typed[index] == byte ? 0 : 1))
            if depth > 0, index > 0, typed[index] == previous[depth - 1], typed[index - 1] == byte {
                cost = min(cost, rows[depth - 1][index - 1] + 1)
            }
            row[index + 1] = cost
        }
        previous.append(byte)
        rows.append(row)
        best.append(min(best[depth], row[typed.count]))
    }
}
