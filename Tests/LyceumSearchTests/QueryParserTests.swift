// What a query's text is understood as.

import Foundation
import Testing

@testable import LyceumSearch

/// A dictionary made by hand: each term and how many documents have it.
struct TestVocabulary: TermVocabulary {
    var documentCount = 1000
    var frequencies: [String: Int]

    init(_ words: String, documentCount: Int = 1000) {
        self.documentCount = documentCount
        var analyzer = Analyzer()
        frequencies = Dictionary(analyzer.terms(of: words).map { ($0, 10) }) { first, _ in first }
    }

    func documentFrequency(of term: UnsafeBufferPointer<UInt8>) -> Int {
        frequencies[String(decoding: term, as: UTF8.self)] ?? 0
    }
}

extension TextQuery {
    /// The tree in short, for tests: `term^boost`, `"a b"`, `a*`, `a~2`, `(a | b)`, `(a & b)`, `best(a, b)`.
    var short: String {
        func text(_ bytes: [UInt8], _ fields: FieldMask, _ boost: Float, _ mark: String = "") -> String {
            let field = fields == .all ? "" : "\(fields.rawValue.trailingZeroBitCount):"
            return field + String(decoding: bytes, as: UTF8.self) + mark + (boost == 1 ? "" : "^\(boost)")
        }
        switch self {
        case .term(let term, let fields, let boost): return text(term, fields, boost)
        case .phrase(let terms, let offsets, let fields, let boost):
            let words = zip(terms, offsets).map { "\(String(decoding: $0, as: UTF8.self))@\($1)" }
            return text(Array("\"\(words.joined(separator: " "))\"".utf8), fields, boost)
        case .prefix(let term, let fields, let boost): return text(term, fields, boost, "*")
        case .fuzzy(let term, let edits, _, let fields, let boost): return text(term, fields, boost, "~\(edits)")
        case .best(let nodes): return "best(\(nodes.map(\.short).joined(separator: ", ")))"
        case .any(let nodes): return "(\(nodes.map(\.short).joined(separator: " | ")))"
        case .all(let nodes): return "(\(nodes.map(\.short).joined(separator: " & ")))"
        case .excluding(let node, let others):
            return "\(node.short) \(others.map { "-" + $0.short }.joined(separator: " "))"
        case .everything: return "everything"
        }
    }
}

@Suite struct QueryParserTests {
    static let words = """
        data engineers machine learning nurses registered software developers title company python senior full stack
        database managers C++ node.js js node C# and the of registered nursing team analysts analysis it
        """

    func parse(_ text: String, _ change: (inout QueryOptions) -> Void = { _ in }) -> ParsedQuery {
        var options = QueryOptions()
        change(&options)
        var parser = QueryParser(textFields: ["title", "company"])
        return parser.parse(text, options: options, vocabulary: TestVocabulary(Self.words))
    }

    @Test(
        "words are wishes, quotes and fields are conditions, signs exclude",
        arguments: [
            ("data engineer", "(data | engin)"),
            ("engineer", "engin"),
            ("data data engineer", "(data^2.0 | engin)"),
            ("", "everything"), ("  \n ", "everything"),
            ("???", "()"), ("\"\"", "()"),
            ("\"machine learning\"", "\"machin@0 learn@1\""),
            ("\u{201C}machine learning\u{201D}", "\"machin@0 learn@1\""),
            ("\"python\"", "python"),
            (
                "\"machine learning\" python data",
                "best((\"machin@0 learn@1\" & (python | data)), \"machin@0 learn@1\")"
            ),
            ("title:engineer", "0:engin"),
            ("company:\"data team\" python", "best((1:\"data@0 team@1\" & python), 1:\"data@0 team@1\")"),
            ("engineer -senior", "engin -senior"),
            ("-senior", "everything -senior"),
            ("data -\"machine learning\" -title:python", "data -\"machin@0 learn@1\" -0:python"),
            ("data -full-stack", "data -\"full@0 stack@1\""),
            ("data - senior", "(data | senior)"),
            ("RN - ICU", "(rn | icu)"),
            ("engin*", "best(engin, engin*^0.8)"),
            ("-engin*", "everything -engin*"),
            ("\"unclosed data", "(best(unclos, unclos~2^0.7) | data)"),
            ("skills:python", "(best(skill, skill~1^0.7) | python)"),
            ("title: data", "(titl | data)"), ("title:", "titl"), (":", "()"), ("*", "()"), ("-", "()"), ("--x", "x"),
            ("C++ C#", "(c++ | c#)"),
            ("Node.js", "best(node.js, (node^0.5 | js^0.5))"),
            ("\"node.js developer\"", "\"node.js@0 develop@2\""),
            ("ann.lee@uni.edu", "ann.lee@uni.edu"),
            ("title:data/engineer", "(0:data | 0:engin)"),
        ]
    )
    func syntax(_ text: String, _ expected: String) {
        #expect(parse(text).query.short == expected)
    }

    @Test("with all words required the tree requires them")
    func allWords() {
        #expect(parse("data engineer") { $0.matching = .all }.query.short == "(data & engin)")
        let parsed = parse("\"machine learning\" python data -senior") { $0.matching = .all }
        #expect(parsed.query.short == "(\"machin@0 learn@1\" & python & data) -senior")
    }

    @Test("the last word of a query being typed may be unfinished, its stem may be shorter than what was typed")
    func asYouType() {
        func typed(_ text: String) -> String { parse(text) { $0.asYouType = true }.query.short }
        #expect(typed("data engineeri") == "(data | best(engineeri, engineeri*^0.8, engin^0.8, engineeri~2^0.7))")
        #expect(typed("data eng") == "(data | best(eng, eng*^0.8))")
        #expect(typed("data ") == "data")
        #expect(typed("da ") == "da")
        #expect(typed("manageme") == "best(managem, manageme*^0.8, manag^0.8, managem~2^0.7)")
        #expect(typed("data \"full") == "(data | best(full, full*^0.8))")
    }

    @Test("only unknown words are forgiven errors, by their length, and never codes, numbers, addresses or names")
    func typos() {
        #expect(parse("pyt").query.short == "pyt")
        #expect(parse("pyhton").query.short == "best(pyhton, pyhton~1^0.7)")
        #expect(parse("enginneer").query.short == "best(enginn, enginn~2^0.7)")
        for text in ["cs1015", "20245678", "ann@unii.edu", "F#", "x.js"] {
            #expect(!parse(text).query.short.contains("~"), "\(text)")
        }
        #expect(parse("pyhton") { $0.typos = .none }.query.short == "pyhton")
        #expect(parse("\"pyhton data\"").query.short == "\"pyhton@0 data@1\"")
        #expect(parse("-pyhton").query.short == "everything -pyhton")
    }

    @Test("two words typed as one and one typed as two are found")
    func splits() {
        #expect(parse("fullstack").query.short == "best(fullstack, fullstack~2^0.7, \"full@0 stack@1\"^0.7)")
        #expect(parse("data bases").query.short == "(data | best(base, base~1^0.7, databas^0.7))")
    }

    @Test("stop words are left out where the documents have none; quoted phrases keep the gap")
    func stopWords() {
        let parsed = parse("the registered nurse of \"team of analysts\"") { $0.leavesOutStopWords = true }
        #expect(parsed.query.short == "best((\"team@0 analyst@2\" & (regist | nurs)), \"team@0 analyst@2\")")
        #expect(parse("of the") { $0.leavesOutStopWords = true }.query.short == "()")
        #expect(parse("of the").query.short == "(of | the)")
    }

    @Test("parts say what they are and where they stand; the plain text has no syntax")
    func parts() {
        let parsed = parse("Data \"machine learning\" -senior title:engin*")
        #expect(parsed.parts.map(\.text) == ["Data", "\"machine learning\"", "senior", "engin"])
        #expect(parsed.parts.map(\.kind) == [.word, .phrase, .word, .prefix])
        #expect(parsed.parts.map(\.isExcluded) == [false, false, true, false])
        #expect(parsed.parts.map(\.field) == [nil, nil, nil, 0])
        #expect(parsed.parts.map(\.range) == [0..<4, 5..<23, 25..<31, 38..<43])
        #expect(parsed.plainText == "Data machine learning engin")
    }

    @Test("a query is bounded however long it is")
    func bounds() {
        let many = (0..<5000).map { "word\($0)" }.joined(separator: " ")
        guard case .any(let nodes) = parse(many).query else {
            Issue.record("not any")
            return
        }
        #expect(nodes.count == SearchRequest.maximumTerms)
        let quotes = String(repeating: "a\"", count: 8000) + String(repeating: "x -", count: 2000)
        let start = ContinuousClock.now
        _ = parse(quotes)
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test("no text makes the parser fail, and its parts lie within the text")
    func fuzz() {
        var generator = SeededGenerator(seed: freshSeed())
        let pieces = [
            "data", "engineer", "\"", "“", "”", "-", ":", "*", " ", "title:", "company:", "node.js", "C++", "é", "語",
            "\u{301}",
            "a@b.edu", ".", "/", "ing", "\u{0}", "😀", "AND", "(", "\\", "--", "**", "\n",
        ]
        var parser = QueryParser(textFields: ["title", "company"])
        let vocabulary = TestVocabulary(Self.words)
        for _ in 0..<20_000 {
            let text: String
            if Bool.random(using: &generator) {
                let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                text = String(decoding: bytes, as: UTF8.self)
            } else {
                text = (0..<Int.random(in: 0...14, using: &generator))
                    .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined()
            }
            var options = QueryOptions()
            options.matching = Bool.random(using: &generator) ? .any : .all
            options.asYouType = Bool.random(using: &generator)
            options.leavesOutStopWords = Bool.random(using: &generator)
            let parsed = parser.parse(text, options: options, vocabulary: vocabulary)
            for part in parsed.parts {
                #expect(part.range.lowerBound >= 0 && part.range.upperBound <= text.utf8.count, "\(text)")
                #expect(!part.terms.isEmpty && part.terms.allSatisfy { (1...64).contains($0.count) })
            }
            #expect(parsed == parser.parse(text, options: options, vocabulary: vocabulary), "\(text)")
        }
    }
}
