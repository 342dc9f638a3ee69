// Marks in a text what a query found in it.

/// How matches are marked in the texts of hits.
public struct HighlightOptions: Sendable, Hashable {
    /// The fields to highlight, by name; empty means all text fields.
    public var fields: [String]
    /// What is put before a match; given as it is, unlike the text.
    public var preTag: String
    /// What is put after a match.
    public var postTag: String
    /// How many words of a long text are shown around its matches; nil shows all of it.
    public var cropLength: Int?
    /// What stands for text that was cropped.
    public var cropMarker: String
    /// Whether `&`, `<`, `>` and quotes of the text are escaped for HTML.
    public var escapesHTML: Bool

    /// Makes options: `<mark>` around matches, the text escaped, nothing cropped.
    public init(
        fields: [String] = [],
        preTag: String = "<mark>",
        postTag: String = "</mark>",
        cropLength: Int? = nil,
        cropMarker: String = "…",
        escapesHTML: Bool = true
    ) {
        self.fields = fields
        self.preTag = preTag
        self.postTag = postTag
        self.cropLength = cropLength
        self.cropMarker = cropMarker
        self.escapesHTML = escapesHTML
    }
}

/// Marks in texts the words by which a query found them: exact, stemmed, synonyms, corrections and completions.
///
/// Words of a phrase are marked only where they stand together. What is excluded marks nothing. Keep one a thread and
/// reuse it for all hits of a query.
struct Highlighter {
    private let terms: MatchedTerms
    private let options: HighlightOptions
    private var analyzer: Analyzer
    /// Words of the text being read, and whether each is marked.
    private var words: [Word] = []

    private struct Word {
        var start: Int
        var end: Int
        var position: Int
        var isMarked = false
    }

    init(_ query: TextQuery, options: HighlightOptions = HighlightOptions(), tables: LanguageTables? = nil) {
        terms = MatchedTerms(query)
        self.options = options
        analyzer = Analyzer(units: terms.hasUnits ? tables?.units : nil)
    }

    /// A text with its matches marked, and how many stretches were.
    struct Highlighted: Hashable, Sendable {
        var text: String
        var matches: Int
    }

    /// Marks the matches of a text. Linear in its length, but for fuzzy terms, each of which is compared with the words.
    ///
    /// - Parameters:
    ///   - text: the field's text.
    ///   - field: the field's position among the schema's text fields; nil for a text of no field.
    mutating func highlight(_ text: String, field: Int? = nil) -> Highlighted {
        var text = text
        return text.withUTF8 { highlight($0, field) }
    }

    private mutating func highlight(_ bytes: UnsafeBufferPointer<UInt8>, _ field: Int?) -> Highlighted {
        words.removeAll(keepingCapacity: true)
        var ranges: [Range<Int>] = []
        var sequence: [(term: [UInt8], position: Int, start: Int, end: Int)] = []
        let terms = terms
        analyzer.tokens(of: bytes) { token in
            if !token.isOverlap {
                words.append(Word(start: token.start, end: token.end, position: token.position))
            }
            if terms.matches(token, field) { ranges.append(token.start..<token.end) }
            if terms.hasPhrases, token.kind != .unit {
                sequence.append((Array(token.term), token.position, token.start, token.end))
            }
        }
        if terms.hasPhrases {
            ranges += Self.phraseMatches(sequence, terms.phrases(in: field))
        }
        let marks = Self.merged(ranges)
        let window = crop(bytes.count, marks)
        return render(bytes, marks, window)
    }

    /// The words of phrases that stand in the text as they do in the phrase.
    private static func phraseMatches(
        _ tokens: [(term: [UInt8], position: Int, start: Int, end: Int)],
        _ phrases: [MatchedTerms.Phrase]
    ) -> [Range<Int>] {
        guard !phrases.isEmpty else { return [] }
        // Several tokens may share a position (`Node.js` and `node`).
        var byPosition: [Int: [Int]] = [:]
        for (index, token) in tokens.enumerated() { byPosition[token.position, default: []].append(index) }
        var ranges: [Range<Int>] = []
        for phrase in phrases {
            for token in tokens where token.term == phrase.terms[0] {
                var found: [Range<Int>] = []
                for (term, offset) in zip(phrase.terms, phrase.offsets) {
                    let candidates = byPosition[token.position + offset - phrase.offsets[0]] ?? []
                    guard let match = candidates.first(where: { tokens[$0].term == term }) else { break }
                    found.append(tokens[match].start..<tokens[match].end)
                }
                if found.count == phrase.terms.count { ranges += found }
            }
        }
        return ranges
    }

    /// Ranges in order, without overlaps.
    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            if let last = merged.last, range.lowerBound < last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    // MARK: Cropping

    /// The stretch of the text to show: the words with the most marks, the first of equals, with what is left of the
    /// length on both sides.
    private func crop(_ length: Int, _ marks: [Range<Int>]) -> Range<Int> {
        guard let wanted = options.cropLength, words.count > max(1, wanted) else { return 0..<length }
        let size = max(1, wanted)
        var marked: [Bool] = []
        marked.reserveCapacity(words.count)
        var mark = 0
        for word in words {
            while mark < marks.count, marks[mark].upperBound <= word.start { mark += 1 }
            marked.append(mark < marks.count && marks[mark].lowerBound < word.end)
        }
        var inside = 0
        var best = (count: -1, start: 0)
        for index in words.indices {
            if marked[index] { inside += 1 }
            if index >= size, marked[index - size] { inside -= 1 }
            let start = index - size + 1
            if start >= 0, inside > best.count { best = (inside, start) }
        }
        guard best.count > 0 else { return 0..<words[size - 1].end }
        // Centred: what the window has to spare goes to both sides of its marks.
        let window = best.start..<best.start + size
        guard let first = window.first(where: { marked[$0] }), let last = window.last(where: { marked[$0] }) else {
            return words[window.lowerBound].start..<words[window.upperBound - 1].end
        }
        let start = min(max(0, first - (size - (last - first + 1)) / 2), words.count - size)
        let end = start + size
        return (start == 0 ? 0 : words[start].start)..<(end == words.count ? length : words[end - 1].end)
    }

    // MARK: Output

    private func render(_ bytes: UnsafeBufferPointer<UInt8>, _ marks: [Range<Int>], _ window: Range<Int>) -> Highlighted
    {
        var out: [UInt8] = []
        out.reserveCapacity(window.count + 64)
        if window.lowerBound > 0 { out += options.cropMarker.utf8 }
        var at = window.lowerBound
        var matches = 0
        for mark in marks {
            let range = mark.clamped(to: window)
            guard !range.isEmpty else { continue }
            append(bytes[at..<range.lowerBound], to: &out)
            out += options.preTag.utf8
            append(bytes[range], to: &out)
            out += options.postTag.utf8
            at = range.upperBound
            matches += 1
        }
        append(bytes[at..<window.upperBound], to: &out)
        if window.upperBound < bytes.count { out += options.cropMarker.utf8 }
        return Highlighted(text: String(decoding: out, as: UTF8.self), matches: matches)
    }

    private func append(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, to out: inout [UInt8]) {
        guard options.escapesHTML else {
            out += bytes
            return
        }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "&"): out += "&amp;".utf8
            case UInt8(ascii: "<"): out += "&lt;".utf8
            case UInt8(ascii: ">"): out += "&gt;".utf8
            case UInt8(ascii: "\""): out += "&quot;".utf8
            case UInt8(ascii: "'"): out += "&#39;".utf8
            default: out.append(byte)
            }
        }
    }
}
