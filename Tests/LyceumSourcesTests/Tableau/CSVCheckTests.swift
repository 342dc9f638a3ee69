// What a broken transfer leaves of a CSV text.

import Testing

@testable import LyceumSources

@Suite("Checking CSV") struct CSVCheckTests {
    @Test(
        "well-formed text passes",
        arguments: [
            "a,b\n1,2\n", "\u{FEFF}a,b\r\n1,2\r\n", "a,b\n\"x, y\",\"say \"\"no\"\"\"\n", "a,b\n\"two\nlines\",\n",
            "a\n1\n\n",
            "a,b\n,\n", "\u{FEFF}\"a\",b\n1,2\n",
        ]
    )
    func whole(text: String) {
        #expect(CSVCheck.fault(in: Array(text.utf8)) == nil)
    }

    @Test(
        "what a transfer broke does not",
        arguments: [
            ("a,b\n1,2", "the last row has no end"), ("a,b\n1\n", "row 2 has 1 values and the heading 2"),
            ("a,b\n1,\"2\n3,4\n", "a quote is not closed"), ("", "there is no heading"),
            ("a,b\n1,2\"3\n", "a quote stands inside a value"),
            ("a,b\n\"1\"2,3\n", "a value goes on behind its closing quote"),
        ]
    )
    func broken(text: String, fault: String) {
        #expect(CSVCheck.fault(in: Array(text.utf8))?.what == fault)
    }

    @Test("a page of HTML is told from CSV")
    func html() {
        #expect(CSVCheck.fault(in: Array(" <!DOCTYPE html>\n".utf8))?.isOtherFormat == true)
    }

    @Test("every cut inside a row is noticed, wherever the pieces part")
    func cuts() {
        let text = Array("\u{FEFF}id,name,score\r\n1,\"A, B\",2\r\n2,é,\"x\"\"y\"\r\n".utf8)
        #expect(CSVCheck.fault(in: text) == nil)
        for end in text.indices.dropFirst(4) {
            let cut = Array(text[..<end])
            let isBetweenRows = cut.last == 0x0A
            #expect((CSVCheck.fault(in: cut) == nil) == isBetweenRows, "cut at \(end)")
            var check = CSVCheck()
            for byte in cut { [byte].withUnsafeBufferPointer { check.add($0) } }
            #expect(check.finish() == CSVCheck.fault(in: cut))
        }
    }
}
