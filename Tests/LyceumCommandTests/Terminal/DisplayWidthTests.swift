// Widths of text on a terminal.

import Testing

@testable import lyceum

@Suite("Display width")
struct DisplayWidthTests {
    @Test(
        "counts columns as terminals do",
        arguments: [
            ("", 0), ("abc", 3), ("naïve", 5), ("e\u{301}", 1), ("数据", 4), ("データ", 6), ("한국", 4), ("ｗ", 2), ("😀", 2),
            ("👩‍💻", 2), ("🇩🇪", 2), ("❤\u{FE0F}", 2), ("a\u{200B}b", 2), ("─▏█", 3), ("…", 1), ("Ω≈", 2),
        ]
    )
    func width(text: String, columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
    }

    @Test(
        "cuts to the width with an ellipsis in the last column",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("abcdef", 0, ""),
            ("数据库", 6, "数据库"), ("数据库", 5, "数据…"), ("数据库", 4, "数…"), ("one two", 5, "one…"),
        ]
    )
    func truncation(text: String, columns: Int, expected: String) {
        #expect(DisplayWidth.truncated(text, to: columns) == expected)
    }

    @Test("never exceeds the width it was given, whatever the text")
    func truncationNeverExceeds() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed: seed)
        let alphabet = Array("ab c数据😀é…한\u{301}")
        for _ in 0..<500 {
            let text = String(
                (0..<Int.random(in: 0...20, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" }
            )
            let columns = Int.random(in: 0...12, using: &random)
            let cut = DisplayWidth.truncated(text, to: columns)
            #expect(DisplayWidth.of(cut) <= columns, "seed \(seed): '\(text)' at \(columns)")
        }
    }

    @Test("pads words on the right and numbers on the left")
    func padding() {
        #expect(DisplayWidth.padded("数", to: 4) == "数  ")
        #expect(DisplayWidth.padded("7", to: 3, alignment: .right) == "  7")
        #expect(DisplayWidth.padded("long", to: 2) == "long")
    }

    @Test("wraps at blanks and leaves a long word whole")
    func wrapping() {
        #expect(DisplayWidth.wrapped("one two three", to: 8) == ["one two", "three"])
        #expect(DisplayWidth.wrapped("https://example.org/long x", to: 10) == ["https://example.org/long", "x"])
        #expect(DisplayWidth.wrapped("a\nb", to: 10) == ["a", "b"])
        #expect(DisplayWidth.wrapped("", to: 10) == [""])
    }

    @Test("takes the sting out of control characters")
    func printable() {
        #expect(Printable.line("a\u{1B}[31mred\u{07}") == "a\u{FFFD}[31mred\u{FFFD}")
        #expect(Printable.line("two\nlines\tand tab") == "two lines and tab")
        #expect(Printable.line("evil\u{202E}txt") == "evil\u{FFFD}txt")
        #expect(Printable.line("ümlaut 数据") == "ümlaut 数据")
    }
}

/// A small generator whose sequence its seed decides (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
