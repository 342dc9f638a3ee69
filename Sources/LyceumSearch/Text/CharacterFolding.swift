// Folding of single characters: compatibility forms, case and diacritics.

import Foundation

/// Folds characters to the form in which they are indexed: NFKC, without case, without the diacritics of the
/// alphabets that readers type without them.
///
/// Each character is decomposed (NFKD), loses its diacritics, is lowercased and composed again. Diacritics are dropped
/// for Latin, Greek and Cyrillic (the combining diacritical blocks), and for Hebrew and Arabic, whose points are
/// optional; vowel signs of Indic scripts and the voicing marks of kana are letters to their readers and stay.
enum CharacterFolding {
    /// Appends the folded bytes of a character at `target`, which has room for ``maximumLength``, and returns how many
    /// there are.
    ///
    /// A character that folds to nothing, such as a combining acute, gives 0.
    @inline(__always)
    static func fold(_ scalar: Unicode.Scalar, into target: UnsafeMutablePointer<UInt8>) -> Int {
        let value = Int(scalar.value)
        if value < tableSize {
            let entry = table.entries[value]
            let source = table.bytes + Int(entry >> 8)
            let length = Int(entry & 0xFF)
            for index in 0..<length { target[index] = source[index] }
            return length
        }
        return foldBeyondTable(scalar, into: target)
    }

    /// Whether a mark stays in the term, so that the whole term has to be composed again.
    static func isKeptMark(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x300, !isDropped(scalar) else { return false }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return scalar.value == 0xFF9E || scalar.value == 0xFF9F
        }
    }

    /// A term composed again (NFKC), when marks of its own were among its characters.
    static func composed(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        Array(String(decoding: bytes, as: UTF8.self).precomposedStringWithCompatibilityMapping.utf8)
    }

    /// The most bytes one character folds to: U+FDFA becomes 18 letters.
    static let maximumLength = 64

    // MARK: Tables

    /// Latin, Greek and Cyrillic, where folding changes most characters.
    private static let tableSize = 0x530

    private struct Table {
        /// For each character, where its folded bytes begin (from bit 8) and how many they are (bits 0 to 7).
        var entries: UnsafePointer<UInt32>
        var bytes: UnsafePointer<UInt8>
    }

    nonisolated(unsafe) private static let table: Table = {
        let entries = UnsafeMutablePointer<UInt32>.allocate(capacity: tableSize)
        var all: [UInt8] = []
        for value in 0..<tableSize {
            let folded = Unicode.Scalar(UInt32(value)).map(work) ?? []
            entries[value] = UInt32(all.count) << 8 | UInt32(folded.count)
            all += folded
        }
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: all.count)
        bytes.initialize(from: all, count: all.count)
        return Table(entries: UnsafePointer(entries), bytes: UnsafePointer(bytes))
    }()

    private static func foldBeyondTable(_ scalar: Unicode.Scalar, into target: UnsafeMutablePointer<UInt8>) -> Int {
        switch scalar.value {
        // Unified ideographs, Hangul syllables and full kana are their own folding.
        case 0x3041...0x3096, 0x30A1...0x30FA, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0x20000...0x2A6DF:
            var length = 0
            for byte in UTF8.encode(scalar).unsafelyUnwrapped {
                target[length] = byte
                length += 1
            }
            return length
        default:
            let folded = work(scalar).prefix(maximumLength)
            for (index, byte) in folded.enumerated() { target[index] = byte }
            return folded.count
        }
    }

    private static func work(_ scalar: Unicode.Scalar) -> [UInt8] {
        var folded = ""
        for part in String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars where isPartOfWord(part) {
            for lower in part.properties.lowercaseMapping.unicodeScalars where !isDropped(lower) {
                folded += undecomposed[lower] ?? String(lower)
            }
        }
        return Array(folded.precomposedStringWithCompatibilityMapping.utf8)
    }

    /// A fraction or a circled number decomposes into digits and signs; only the digits are searched.
    private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
        if isDropped(scalar) { return false }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark, .connectorPunctuation:
            return true
        default: return scalar.properties.isAlphabetic
        }
    }

    /// Diacritics, joiners and other characters that leave no trace in a term.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0300...0x036F, 0x0483...0x0489, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE00...0xFE0F,
            0xFE20...0xFE2F,
            0x0591...0x05BD, 0x05BF, 0x05C1...0x05C2, 0x05C4...0x05C5, 0x05C7,
            0x0610...0x061A, 0x0640, 0x064B...0x065F, 0x0670, 0x06D6...0x06DC, 0x06DF...0x06E4, 0x06E7...0x06E8,
            0x06EA...0x06ED, 0xE0100...0xE01EF:
            true
        default: scalar.properties.generalCategory == .format
        }
    }

    /// Letters that Unicode does not decompose, as readers without them on the keyboard type them.
    private static let undecomposed: [Unicode.Scalar: String] = [
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i",
        "ĸ": "k", "ŋ": "n", "ŧ": "t", "ſ": "s", "ς": "σ",
    ]
}
