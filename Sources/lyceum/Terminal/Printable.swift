// Data made safe to print: a terminal obeys control characters, so data must not bring any.

/// Makes text from outside harmless on a terminal.
enum Printable {
    /// The text on one line: line breaks and tabs become blanks, other control characters and the marks that turn the
    /// writing direction become `�`, so that no data can move the cursor, change colours or disguise what is shown.
    static func line(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x2028, 0x2029: clean.append(" ")
            case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: clean.append("\u{FFFD}")
            default: clean.append(scalar)
            }
        }
        return String(clean)
    }
}
