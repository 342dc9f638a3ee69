// How many terminal columns a text takes, and cutting a text to a number of columns.

/// Measures text as a terminal shows it: East Asian wide characters and emoji take two columns, combining marks none.
enum DisplayWidth {
    /// The columns that a text takes on one line.
    static func of(_ text: some StringProtocol) -> Int {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
        return text.reduce(0) { $0 + of($1) }
    }

    /// The columns that one character (grapheme cluster) takes: the widest of its scalars, two when it asks for emoji form.
    static func of(_ character: Character) -> Int {
        var widest = 0
        for scalar in character.unicodeScalars {
            if scalar.value == 0xFE0F, widest == 1 { return 2 }
            widest = max(widest, of(scalar))
        }
        return widest
    }

    /// A text that takes at most `columns` columns; when something had to go, the last column shows `…`.
    static func truncated(_ text: String, to columns: Int) -> String {
        guard columns > 0 else { return "" }
        if of(text) <= columns { return text }
        var taken = 0
        var kept = ""
        for character in text {
            let width = of(character)
            if taken + width > columns - 1 { break }
            taken += width
            kept.append(character)
        }
        while kept.last == " " { kept.removeLast() }
        return kept + "…"
    }

    /// A text filled up with blanks to `columns` columns; longer texts stay as they are.
    static func padded(_ text: String, to columns: Int, alignment: Alignment = .left) -> String {
        let missing = columns - of(text)
        guard missing > 0 else { return text }
        let blanks = String(repeating: " ", count: missing)
        return alignment == .left ? text + blanks : blanks + text
    }

    /// A text broken at blanks into lines of at most `columns` columns; a longer word stands on a line of its own, uncut.
    static func wrapped(_ text: String, to columns: Int) -> [String] {
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            var taken = 0
            for word in paragraph.split(separator: " ") {
                let width = of(word)
                if taken > 0, taken + 1 + width > columns {
                    lines.append(line)
                    line = ""
                    taken = 0
                }
                if taken > 0 {
                    line += " "
                    taken += 1
                }
                line += word
                taken += width
            }
            lines.append(line)
        }
        return lines
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x20 || (0x7F..<0xA0).contains(value) { return 0 }
        if value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if (0x1160...0x11FF).contains(value) { return 0 }
        if scalar.properties.isEmojiPresentation { return 2 }
        return wide.contains { $0.contains(value) } ? 2 : 1
    }

    /// The blocks of Unicode's EastAsianWidth classes W and F, less the emoji, which their own property tells.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
        0x16FE0...0x18CFF, 0x1AFF0...0x1B2FB, 0x20000...0x3FFFD,
    ]
}

/// Which side of a column a text leans on.
enum Alignment: Sendable {
    /// Words.
    case left
    /// Numbers.
    case right
}
