// Phrases of analysed words, found by their first word and their length.

/// A frozen set of phrases, read in place from a segment: each is its words' terms joined by spaces.
///
/// Asking for a word that begins no phrase costs one probe; asking for a phrase one more for each length to try.
struct PhraseTable: Sendable {
    private let phrases: FrozenTermTable
    private let firsts: FrozenTermTable
    private let lengths: LongestLengths

    /// The greatest number of words of the phrases that begin with each first word.
    ///
    /// `@unchecked Sendable`: a read-only view of a mapped file, which the tables beside it keep alive.
    private struct LongestLengths: @unchecked Sendable {
        let values: UnsafeBufferPointer<UInt8>
    }

    /// The most words of a phrase.
    static let maximumWords = 8

    init(_ segment: SegmentReader, prefix: String) throws {
        let offsets = try segment.values("\(prefix).offsets", as: UInt32.self)
        lengths = LongestLengths(values: try segment.values("\(prefix).longest", as: UInt8.self))
        phrases = try FrozenTermTable(segment, prefix: prefix, count: max(0, offsets.count - 1))
        firsts = try FrozenTermTable(segment, prefix: "\(prefix)1", count: lengths.values.count)
    }

    var count: Int { phrases.count }

    /// The number of words of the longest phrase that begins with a word, 0 when none does. Expected O(1).
    func longest(startingWith word: UnsafeBufferPointer<UInt8>) -> Int {
        guard let number = firsts.number(of: word) else { return 0 }
        return min(Int(lengths.values[number]), Self.maximumWords)
    }

    /// The number of a phrase, nil when it is not in the table. Expected O(length).
    func number(of phrase: UnsafeBufferPointer<UInt8>) -> Int? { phrases.number(of: phrase) }

    /// The phrase of that number.
    subscript(number: Int) -> String { phrases[number] }

    /// Adds the sections of a table whose phrases get the numbers of `phrases`.
    static func add(_ prefix: String, _ phrases: TermTable, to segment: inout SegmentWriter) {
        var firsts = TermTable()
        var longest: [UInt8] = []
        for number in 0..<UInt32(phrases.count) {
            let phrase = phrases.bytes(number)
            let words = phrase.reduce(1) { $1 == ASCII.space ? $0 + 1 : $0 }
            let first = Array(phrase.prefix { $0 != ASCII.space })
            let (place, isNew) = first.withUnsafeBufferPointer { firsts.insert($0) }
            if isNew { longest.append(0) }
            longest[Int(place)] = max(longest[Int(place)], UInt8(clamping: words))
        }
        FrozenTerms.add(prefix, phrases, order: Array(0..<UInt32(phrases.count)), to: &segment)
        FrozenTerms.add("\(prefix)1", firsts, order: Array(0..<UInt32(firsts.count)), to: &segment)
        segment.add("\(prefix).longest", longest)
    }
}
