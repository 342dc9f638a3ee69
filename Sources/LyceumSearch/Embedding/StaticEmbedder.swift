// The learned embedding model: a sum of word vectors, fast enough to embed every query and document.

import Foundation

/// Embeds text by summing the vectors of its words and of its pairs of neighbouring words, learned beforehand.
///
/// The table was distilled from the sentence encoder all-MiniLM-L6-v2 and trained contrastively on job titles and skills
/// (`scripts/train-embeddings` says on what). A word the table does not have is cut into pieces, the longest first from
/// the left, as WordPiece does. `physician` and `doctor` come out alike; the order of words matters only within pairs.
///
/// Words are runs of letters and digits without case and marks; `+` and `#` are words of their own.
public struct StaticEmbedder: Embedder {
    private let model: StaticModel

    /// The name and checksum of the model file; a snapshot built with another one is not opened.
    public var version: String { model.version }
    /// The length of a vector.
    public var dimensions: Int { model.dimensions }

    /// Words beyond this many are left out: a sum of thousands of words tells nothing more.
    private static let maximumWords = 512
    /// Longer words are no words.
    private static let maximumWordLength = 64

    /// Opens a model file.
    ///
    /// - Throws: ``SearchError`` with code `damaged_model` or `io`.
    public init(_ url: URL) throws {
        model = try StaticModel(url)
    }

    /// The model that comes with the library; opened once.
    ///
    /// - Throws: ``SearchError`` with code `damaged_model` or `io`.
    public static func bundled() throws -> StaticEmbedder { try opened.get() }

    private static let opened = Result { try StaticEmbedder(bundledFile) }

    /// The model file that comes with the library.
    static var bundledFile: URL { Bundle.module.bundleURL.appending(path: "Model/static.lycmodel") }

    /// The vector of a text, of length 1, or all zero when the text has no word. Linear time, one allocation.
    public func embed(_ text: String) -> [Float] {
        var text = text
        return [Float](unsafeUninitializedCapacity: dimensions) { vector, count in
            vector.initialize(repeating: 0)
            count = dimensions
            guard let sum = vector.baseAddress else { return }
            text.withUTF8 { add($0, to: sum) }
            var length: Float = 0
            for index in 0..<count { length += vector[index] * vector[index] }
            guard length > 0 else { return }
            let factor = 1 / length.squareRoot()
            for index in 0..<count { vector[index] *= factor }
        }
    }

    // MARK: Words

    private func add(_ bytes: UnsafeBufferPointer<UInt8>, to sum: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.maximumWordLength) { word in
            var sentence = Sentence(model: model, sum: sum, word: word)
            var position = 0
            while position < bytes.count, sentence.count < Self.maximumWords {
                let byte = bytes[position]
                if byte < 0x80 {
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                        sentence.append(byte)
                    case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                        sentence.append(byte | 0x20)
                    case UInt8(ascii: "+"), UInt8(ascii: "#"):
                        sentence.endWord()
                        sentence.append(byte)
                        sentence.endWord()
                    default:
                        sentence.endWord()
                    }
                    position &+= 1
                } else {
                    // The rare case: decode the run of non-ASCII bytes and fold its characters one by one.
                    var end = position
                    while end < bytes.count, bytes[end] >= 0x80 { end &+= 1 }
                    for scalar in String(decoding: bytes[position..<end], as: UTF8.self).unicodeScalars {
                        sentence.append(folding: scalar)
                    }
                    position = end
                }
            }
            sentence.endWord()
        }
    }
}

/// The words of one text on their way into the sum.
private struct Sentence {
    let model: StaticModel
    let sum: UnsafeMutablePointer<Float>
    let word: UnsafeMutableBufferPointer<UInt8>
    private var length = 0
    private var isTooLong = false
    /// The row of the word before, where it has one of its own.
    private var previous: Int?
    private(set) var count = 0

    init(model: StaticModel, sum: UnsafeMutablePointer<Float>, word: UnsafeMutableBufferPointer<UInt8>) {
        self.model = model
        self.sum = sum
        self.word = word
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        if length < word.count {
            word[length] = byte
            length &+= 1
        } else {
            isTooLong = true
        }
    }

    /// Letters and digits without case and marks; marks leave no trace; all else ends the word.
    mutating func append(folding scalar: Unicode.Scalar) {
        for part in String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars {
            switch part.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber:
                for byte in part.properties.lowercaseMapping.utf8 { append(byte) }
            case .nonspacingMark, .enclosingMark, .spacingMark: break
            default: endWord()
            }
        }
    }

    mutating func endWord() {
        guard length > 0 else { return }
        defer {
            length = 0
            isTooLong = false
        }
        count &+= 1
        guard !isTooLong else {
            previous = nil
            return
        }
        let whole = UnsafeBufferPointer(rebasing: word[..<length])
        guard let row = model.row(whole, isContinuation: false) else {
            previous = nil
            return addPieces(of: whole)
        }
        model.add(row: row, to: sum)
        if let previous, let pair = model.row(left: previous, right: row) { model.add(row: pair, to: sum) }
        previous = row
    }

    /// Greedy longest match from the left; a word with a part that no piece matches adds nothing.
    private func addPieces(of word: UnsafeBufferPointer<UInt8>) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: word.count) { rows in
            var count = 0
            var start = 0
            while start < word.count {
                var end = word.count
                var found: Int?
                while end > start {
                    let piece = UnsafeBufferPointer(rebasing: word[start..<end])
                    found = model.row(piece, isContinuation: start > 0)
                    if found != nil { break }
                    end &-= 1
                }
                guard let found else { return }
                rows[count] = found
                count &+= 1
                start = end
            }
            for index in 0..<count { model.add(row: rows[index], to: sum) }
        }
    }
}
