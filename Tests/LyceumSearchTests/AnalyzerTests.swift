// What text becomes before it is indexed.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct AnalyzerTests {
    @Test(
        "text is cut into folded, stemmed terms with technical names kept",
        arguments: [
            ("Data Engineers", ["data", "engin"]),
            ("C++ and C# and C", ["c++", "and", "c#", "and", "c"]),
            ("C++11, g++.", ["c++", "11", "g++"]),
            ("R&D with R", ["r", "d", "with", "r"]),
            (".NET", [".net", "net"]),
            ("ASP.NET Core", ["asp.net", "asp", "net", "core"]),
            ("Node.js", ["node.js", "node", "js"]),
            ("5G, 3.11 and 1.2.3", ["5g", "3.11", "and", "1.2.3"]),
            ("CompTIA A+", ["comptia", "a+"]),
            ("100+ people", ["100", "peopl"]),
            ("O'Brien's bachelor’s don't", ["obrien", "bachelor", "dont"]),
            ("Zürich ZURICH Zu\u{308}rich", ["zurich", "zurich", "zurich"]),
            ("straße Łódź Œuvre", ["strass", "lodz", "oeuvr"]),
            ("full-stack e-mail_x", ["full", "stack", "e", "mail", "x"]),
            ("end.Next etc.", ["end", "next", "etc"]),
            ("数据 工程", ["数", "据", "工", "程"]),
            ("ﬁnance ５Ｇ", ["financ", "5g"]),
            ("😀 🇨🇭 —", []),
            ("\u{0}a\u{0}b", ["a", "b"]),
            ("", []),
            ("Ελλάς", ["ελλασ"]),
            ("#5 ++ # .", ["5"]),
        ]
    )
    func terms(_ text: String, _ expected: [String]) {
        var analyzer = Analyzer()
        #expect(analyzer.terms(of: text) == expected)
    }

    @Test("bytes that are not UTF-8 separate words")
    func malformed() {
        var analyzer = Analyzer()
        let bytes: [UInt8] = [0x61, 0xFF, 0x62, 0xC3, 0x28, 0xE2, 0x82]
        var found: [String] = []
        bytes.withUnsafeBufferPointer { buffer in
            analyzer.terms(of: buffer) { found.append(String(decoding: $0, as: UTF8.self)) }
        }
        #expect(found == ["a", "b"])
    }

    @Test("a term is at most 64 bytes long and ends at a character")
    func longTerms() {
        var analyzer = Analyzer()
        let terms = analyzer.terms(of: String(repeating: "語a", count: 3) + " " + String(repeating: "я", count: 100))
        #expect(terms.allSatisfy { $0.utf8.count <= 64 })
        #expect(terms.last == String(repeating: "я", count: 32))
    }

    @Test("a long run of points takes no more than linear time")
    func longDottedRun() {
        var analyzer = Analyzer()
        let text = String(repeating: "1.", count: 200_000)
        let start = ContinuousClock.now
        var count = 0
        analyzer.terms(of: text) { _ in count += 1 }
        #expect(count > 1000)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test(
        "words are stemmed as Porter2 says",
        arguments: [
            ("consigned", "consign"), ("consistency", "consist"), ("knightly", "knight"), ("caresses", "caress"),
            ("ties", "tie"), ("cries", "cri"), ("gas", "gas"), ("gaps", "gap"), ("kiwis", "kiwi"), ("hopping", "hop"),
            ("hoping", "hope"), ("luxuriated", "luxuri"), ("by", "by"), ("say", "say"), ("generate", "generat"),
            ("generic", "generic"), ("communism", "communism"), ("relational", "relat"), ("sensational", "sensat"),
            ("rationalization", "ration"), ("electrical", "electr"), ("engineering", "engin"), ("analyses", "analys"),
            ("nursing", "nurs"), ("developers", "develop"), ("management", "manag"), ("skis", "ski"), ("dying", "die"),
            ("proceed", "proceed"), ("inning", "inning"), ("organization", "organiz"), ("psychologist", "psycholog"),
            ("controlling", "control"), ("added", "add"), ("egging", "egg"), ("yielding", "yield"),
        ]
    )
    func stems(_ word: String, _ expected: String) {
        var stemmer = PorterStemmer()
        var bytes = Array(word.utf8)
        stemmer.stem(&bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }
}
