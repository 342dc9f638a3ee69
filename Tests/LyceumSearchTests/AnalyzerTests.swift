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
            ("R&D with R", ["r&d", "with", "r"]),
            (".NET", [".net", "net"]),
            ("ASP.NET Core", ["asp.net", "asp", "net", "core"]),
            ("Node.js", ["node.js", "node", "js"]),
            ("5G, 3.11 and 1.2.3", ["5g", "3.11", "and", "1.2.3"]),
            ("CompTIA A+", ["comptia", "a+"]),
            ("100+ people", ["100", "peopl"]),
            ("O'Brien's bachelor’s don't", ["obrien", "bachelor", "dont"]),
            ("Zürich ZURICH Zu\u{308}rich", ["zurich", "zurich", "zurich"]),
            ("straße Łódź Œuvre", ["strass", "lodz", "oeuvr"]),
            ("full-stack e-mail_x", ["full", "stack", "e", "mail_x", "mail", "x"]),
            ("e-mail, T-SQL & X-rays", ["email", "mail", "tsql", "sql", "xray", "ray"]),
            ("CI/CD, TCP/IP and/or A/B", ["ci/cd", "ci", "cd", "tcp/ip", "tcp", "ip", "and/or", "and", "or", "a/b"]),
            ("C/C++ AT&T", ["c", "c++", "at&t", "at"]),
            ("U.S. Ph.D. e.g. B.Sc.", ["us", "phd", "eg", "bsc"]),
            ("1,000,000 and 1,5 or 12,34", ["1000000", "and", "1", "5", "or", "12", "34"]),
            ("ann.lee@uni.edu", ["ann.lee@uni.edu", "ann", "lee", "uni", "edu"]),
            ("CS101 cs-101 running101", ["cs101", "cs", "101", "running101"]),
            ("skills:Python", ["skill", "python"]),
            ("хороший й", ["хорошии", "и"]),
            ("कि की", ["कि", "की"]),
            ("がく カ\u{3099}ク ｶﾞｸ ガク", ["が", "く", "ガク", "ガク", "ガク"]),
            ("한국어 ①㎏", ["한국어", "1"]),
            ("co·lecció l’école", ["coleccio", "lecol"]),
            ("naïve\u{AD}té \u{FEFF}bom", ["naivet", "bom"]),
            ("café٣ 3½", ["cafe٣", "312"]),
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

    @Test("positions count words; whole names stand beside their parts")
    func positions() {
        var analyzer = Analyzer()
        var found: [String] = []
        analyzer.tokens(of: "The Node.js (R&D) e-mail U.S. C++ dev", startingAt: 5) { token in
            let term = String(decoding: token.term, as: UTF8.self)
            found.append("\(term)@\(token.position)[\(token.start)..<\(token.end)]\(token.isOverlap ? "+" : "")")
        }
        #expect(
            found == [
                "the@5[0..<3]", "node.js@6[4..<11]+", "node@6[4..<8]", "js@7[9..<11]", "r&d@8[13..<16]",
                "email@9[18..<24]", "mail@9[20..<24]+", "us@10[25..<28]", "c++@11[30..<33]", "dev@12[34..<37]",
            ]
        )
        #expect(analyzer.tokens(of: "one two", startingAt: 7) { _ in } == 9)
        #expect(analyzer.tokens(of: "", startingAt: 7) { _ in } == 7)
    }

    @Test("tokens say what kind they are")
    func kinds() {
        var analyzer = Analyzer()
        var kinds: [TokenKind] = []
        analyzer.tokens(of: "engineers 3.11 CS101 C# a@b.edu") { kinds.append($0.kind) }
        #expect(kinds == [.word, .number, .identifier, .name, .email, .word, .word, .word])
    }

    @Test("stop words are left out or marked, and their positions stay")
    func stopWords() {
        var without = Analyzer(stopWords: .leaveOut)
        var found: [String] = []
        without.tokens(of: "Bachelor of the Arts and IT") {
            found.append("\(String(decoding: $0.term, as: UTF8.self))@\($0.position)")
        }
        #expect(found == ["bachelor@0", "art@3", "it@5"])
        var marking = Analyzer(stopWords: .mark)
        var marked: [Bool] = []
        marking.tokens(of: "Bachelor of wills") { marked.append($0.isStopWord) }
        #expect(marked == [false, true, false])
    }

    @Test("tokens of random bytes lie in order within the text and are valid")
    func randomBytes() {
        var generator = SeededGenerator(seed: freshSeed())
        var analyzer = Analyzer()
        let pieces: [[UInt8]] = [
            "a", "Z", "7", ".", ",", "'", "-", "/", "&", "+", "#", "@", "_", " ", "ing", "net", "js", "é", "ß", "語",
            "が",
            "\u{301}", "\u{3099}", "😀", "ﷺ", "Ω", "\u{200D}", "ｶ", "ก", "½",
        ].map { Array($0.utf8) }
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...24, using: &generator) {
                if Int.random(in: 0..<12, using: &generator) == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &generator))
                } else {
                    bytes += pieces[Int.random(in: 0..<pieces.count, using: &generator)]
                }
            }
            bytes.withUnsafeBufferPointer { text in
                var last = 0
                let next = analyzer.tokens(of: text) { token in
                    #expect(token.position >= last && !token.term.isEmpty && token.term.count <= 64)
                    #expect(token.start >= 0 && token.start < token.end && token.end <= text.count)
                    #expect(String(validating: token.term, as: UTF8.self) != nil, "\(bytes)")
                    last = token.position
                }
                #expect(next >= last)
            }
        }
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
        #expect(PorterStemmer.stem(word) == expected)
    }

    @Test("stems equal those of the reference implementation, rule by rule")
    func referenceStems() {
        #expect(StemmerVectors.pairs.count > 1000)
        for (word, stem) in StemmerVectors.pairs { #expect(PorterStemmer.stem(word) == stem, "\(word)") }
    }
}
