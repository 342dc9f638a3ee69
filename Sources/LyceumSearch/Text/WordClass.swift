// What part a character plays in finding the words of a text.

/// The word-break class of a character, after the Word_Break property of Unicode Standard Annex #29, "Unicode Text
/// Segmentation", section 4, reduced to what decides where a searchable word begins and ends.
///
/// Tailored as the annex allows: a colon does not join letters (`field:word`), a point joins letters only in
/// abbreviations and known names, and what is neither letter nor digit makes no word.
enum WordClass: UInt8 {
    /// Ends a word and is none: spaces, punctuation, symbols, emoji.
    case other
    /// A letter of an alphabet: joins with letters and digits.
    case letter
    case digit
    /// Joins with its own kind only.
    case katakana
    /// The underscore and its like: joins with all of the above.
    case connector
    /// Belongs to the character before it: marks, joiners, soft hyphens, variation selectors.
    case extend
    case apostrophe
    case point
    case comma
    /// Signs that join letters: middle dot, hyphenation point, gershayim.
    case middle
    /// A word of its own: ideographs, hiragana, and the scripts written without spaces.
    case single

    /// The class of a character. O(1).
    @inline(__always)
    static func of(_ scalar: Unicode.Scalar) -> WordClass {
        let value = Int(scalar.value)
        if value < tableSize { return WordClass(rawValue: table[value]).unsafelyUnwrapped }
        return beyondTable(scalar)
    }

    private static let tableSize = 0x3000
    /// The classes below U+3000, worked out when the first text beyond ASCII comes.
    nonisolated(unsafe) private static let table: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: tableSize)
        for value in 0..<tableSize {
            table[value] = (Unicode.Scalar(UInt32(value)).map(classify) ?? .other).rawValue
        }
        return UnsafePointer(table)
    }()

    private static func beyondTable(_ scalar: Unicode.Scalar) -> WordClass {
        switch scalar.value {
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFD: .single
        case 0xAC00...0xD7A3: .letter
        default: classify(scalar)
        }
    }

    private static func classify(_ scalar: Unicode.Scalar) -> WordClass {
        switch scalar.value {
        case 0x27, 0x2019, 0xFF07: return .apostrophe
        case 0x2E, 0x2024, 0xFE52, 0xFF0E: return .point
        case 0x2C, 0xFE50, 0xFF0C, 0x060C, 0x066C: return .comma
        case 0xB7, 0x0387, 0x055F, 0x05F4, 0x2027: return .middle
        case 0x200B: return .other
        // Katakana with its length mark and halfwidth forms; the middle dot U+30FB separates.
        case 0x3031...0x3035, 0x309B...0x309C, 0x30A0...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF, 0x32D0...0x32FE,
            0x3300...0x3357, 0xFF66...0xFF9D:
            return .katakana
        // Halfwidth voicing marks stand behind their kana.
        case 0xFF9E, 0xFF9F: return .extend
        default: break
        }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark, .format: return .extend
        case .connectorPunctuation: return .connector
        case .decimalNumber: return .digit
        default: break
        }
        if properties.isGraphemeExtend { return .extend }
        if properties.isIdeographic || isUnspaced(scalar.value) { return .single }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber,
            .otherNumber:
            return .letter
        default: return properties.isAlphabetic && !properties.isEmojiPresentation ? .letter : .other
        }
    }

    /// Hiragana, and Thai, Lao, Myanmar, Khmer and Tai scripts, which leave no spaces between words.
    private static func isUnspaced(_ value: UInt32) -> Bool {
        switch value {
        case 0x3041...0x309F, 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x1950...0x19DF, 0x1A20...0x1AAF,
            0xA9E0...0xA9FF, 0xAA60...0xAADF, 0x1B000...0x1B16F:
            true
        default: false
        }
    }
}
