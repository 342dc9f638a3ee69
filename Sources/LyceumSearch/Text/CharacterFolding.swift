// Folding of single characters: compatibility forms, case and diacritics.

import Foundation

/// What a Unicode scalar means to the analyzer.
enum FoldedScalar {
    /// Ends a word.
    case separator
    /// Belongs to the word before it and leaves no trace: combining marks, joiners, soft hyphens.
    case ignored
    /// Letters and digits, folded, as UTF-8.
    case word([UInt8])
    /// A word of its own: an ideograph or kana, written without spaces.
    case ideograph([UInt8])

    /// The folding of a scalar: NFKD, marks dropped, lowercased, with the Latin letters that do not decompose spelt out.
    static func of(_ scalar: Unicode.Scalar) -> FoldedScalar {
        if scalar.value < UInt32(latin.count) { return latin[Int(scalar.value)] }
        return fold(scalar)
    }

    /// Everything below U+0250 folded beforehand: Latin with diacritics is common enough to matter.
    private static let latin: [FoldedScalar] = (0..<0x250).map { value in
        Unicode.Scalar(UInt32(value)).map(fold) ?? .separator
    }

    private static func fold(_ scalar: Unicode.Scalar) -> FoldedScalar {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .spacingMark, .modifierSymbol:
            // A spacing grave or acute (U+0060, U+00B4) is punctuation; real marks belong to the letter before.
            return scalar.properties.generalCategory == .modifierSymbol ? .separator : .ignored
        default: break
        }
        var bytes: [UInt8] = []
        for part in String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars {
            switch part.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber:
                for lower in part.properties.lowercaseMapping.unicodeScalars
                where lower.properties.generalCategory != .nonspacingMark {
                    bytes.append(contentsOf: (undecomposed[lower] ?? String(lower)).utf8)
                }
            default: continue
            }
        }
        guard !bytes.isEmpty else { return .separator }
        return isUnspaced(scalar.value) ? .ideograph(bytes) : .word(bytes)
    }

    /// Latin letters that Unicode does not decompose, as readers without them on the keyboard type them.
    private static let undecomposed: [Unicode.Scalar: String] = [
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i",
        "ĸ": "k",
        "ŋ": "n", "ŧ": "t", "ſ": "s", "ς": "σ",
    ]

    /// Scripts written without spaces, where each character stands as a word.
    private static func isUnspaced(_ value: UInt32) -> Bool {
        switch value {
        case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: true
        default: false
        }
    }
}
