// What is marked in a text, and that nothing of it is lost or let through.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct HighlighterTests {
    static let brackets = HighlightOptions(preTag: "[", postTag: "]")

    func highlight(_ query: String, _ text: String, _ options: HighlightOptions = Self.brackets, field: Int? = nil)
        -> String
    {
        var parser = QueryParser(textFields: ["title", "company"])
        let parsed = parser.parse(query, vocabulary: TestVocabulary(QueryParserTests.words))
        var highlighter = Highlighter(parsed.query, options: options)
        return highlighter.highlight(text, field: field).text
    }

    @Test(
        "what the query found is marked as it is written in the text",
        arguments: [
            ("engineer", "Data Engineering and ENGINEERS", "Data [Engineering] and [ENGINEERS]"),
            ("data engineer", "The data-engineer's data", "The [data]-[engineer&#39;s] [data]"),
            ("\"machine learning\"", "machine, learning machine", "[machine], [learning] machine"),
            ("\"machine learning\"", "learning the machine", "learning the machine"),
            ("data -senior", "senior data", "senior [data]"),
            ("engin*", "Engineers and Engines", "[Engineers] and [Engines]"),
            ("pyhton", "Python 3", "[Python] 3"),
            ("C++", "C and C++ and c++11", "C and [C++] and [c++]11"),
            ("node.js", "Node.js nodes", "[Node.js] [nodes]"),
            ("fullstack", "a full stack team, fullstack", "a [full] [stack] team, [fullstack]"),
            ("zurich", "Zürich ZU\u{308}RICH", "[Zürich] [ZU\u{308}RICH]"),
            ("数据", "大数据", "大[数][据]"),
            ("data", "", ""), ("", "data", "data"),
            ("data", "<b>data</b> & \"co\" 'x'", "&lt;b&gt;[data]&lt;/b&gt; &amp; &quot;co&quot; &#39;x&#39;"),
        ]
    )
    func marks(_ query: String, _ text: String, _ expected: String) {
        #expect(highlight(query, text) == expected)
    }

    @Test("a word asked for in one field is marked only there")
    func fields() {
        #expect(highlight("title:engineer", "Engineer", field: 0) == "[Engineer]")
        #expect(highlight("title:engineer", "Engineer", field: 1) == "Engineer")
        #expect(highlight("title:\"data engineer\"", "Data Engineer", field: 1) == "Data Engineer")
    }

    @Test("synonyms and units are marked by their own words")
    func synonyms() throws {
        var segment = SegmentWriter()
        let resources = LanguageResources(
            synonyms: [SynonymRule("swe", ["software developer"])],
            phrases: ["machine learning"]
        )
        try LanguageTables.add(resources, to: &segment)
        let memory = SegmentMemory()
        try segment.write(to: memory.create("language.bin"))
        let tables = try LanguageTables(try SegmentReader(try memory.read("language.bin")))
        var parser = QueryParser(textFields: [], tables: tables)
        let parsed = parser.parse("swe machine learning", vocabulary: TestVocabulary(QueryParserTests.words + " swe"))
        var highlighter = Highlighter(parsed.query, options: Self.brackets, tables: tables)
        #expect(
            highlighter.highlight("Software Developers, not developers").text
                == "[Software] [Developers], not developers"
        )
        #expect(highlighter.highlight("machine learning, learning").text == "[machine learning], [learning]")
    }

    @Test("a long text is cropped around the densest matches")
    func crops() {
        let text = "one two data three four five six data engineer seven eight nine ten"
        var options = Self.brackets
        options.cropLength = 4
        #expect(highlight("data engineer", text, options) == "…six [data] [engineer] seven…")
        options.cropLength = 6
        #expect(highlight("one", text, options) == "[one] two data three four five…")
        #expect(
            highlight("ten", text, options)
                == "…engineer seven eight nine [ten]".replacing("engineer", with: "data engineer")
        )
        #expect(highlight("nothing", text, options) == "one two data three four five…")
        options.cropLength = 100
        #expect(highlight("one", text, options) == "[one]" + text.dropFirst(3))
        options.cropLength = 0
        #expect(highlight("engineer", text, options) == "…[engineer]…")
    }

    @Test("tags are given as they are and the text is not escaped where that is not wanted")
    func options() {
        let raw = HighlightOptions(preTag: "<em class=\"x\">", postTag: "</em>", escapesHTML: false)
        #expect(highlight("data", "<data>", raw) == "<<em class=\"x\">data</em>>")
    }

    /// HTML's escapes undone byte by byte: a mark after `;` must not hide it.
    static func unescaped(_ text: String) -> [UInt8] {
        let escapes = ["&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#39;": "'"]
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let first = rest.first {
            let escape = escapes.first { rest.starts(with: $0.key.utf8) }
            bytes += escape.map { Array($0.value.utf8) } ?? [first]
            rest = rest.dropFirst(escape?.key.utf8.count ?? 1)
        }
        return bytes
    }

    @Test("without tags and escapes every text comes out as it went in")
    func nothingLost() {
        var generator = SeededGenerator(seed: freshSeed())
        let pieces = [
            "data", "Engineers", "machine learning", " ", ", ", "<", "&", ">", "\"", "'", "C++", "node.js", "é", "語",
            "\u{301}",
            "a@b.edu", "e-mail", "😀", "\u{0}", "ing", "_", "U.S.", "1,000", "&amp;",
        ]
        let queries = [
            "data engineer", "\"machine learning\" node.js", "engin* dta", "é 語 email", "a@b.edu 1000 us", "-data", "",
        ]
        var parser = QueryParser(textFields: [])
        let vocabulary = TestVocabulary(QueryParserTests.words)
        for _ in 0..<8000 {
            let text = (0..<Int.random(in: 0...16, using: &generator))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined()
            let query = queries[Int.random(in: 0..<queries.count, using: &generator)]
            let tree = parser.parse(query, vocabulary: vocabulary).query
            var plain = Highlighter(tree, options: HighlightOptions(preTag: "", postTag: ""))
            let escaped = plain.highlight(text).text
            #expect(!escaped.utf8.contains { "<>\"'".utf8.contains($0) }, "\(text)")
            #expect(Self.unescaped(escaped) == Array(text.utf8), "\(query): \(text)")
            var marked = Highlighter(tree, options: HighlightOptions(preTag: "\u{1}", postTag: "\u{2}", cropLength: 3))
            let cropped = marked.highlight(text)
            #expect(cropped.text.utf8.count { $0 == 1 } == cropped.matches)
            #expect(cropped.text.utf8.count { $0 == 2 } == cropped.matches)
        }
    }

    @Test(
        "edit distance counts a transposition once",
        arguments: [
            ("pyhton", "python", 1), ("enginer", "engineer", 1), ("abcd", "badc", 2), ("ca", "abc", 3), ("", "ab", 2),
            ("same", "same", 0), ("kitten", "sitting", 3),
        ]
    )
    func editDistance(_ a: String, _ b: String, _ distance: Int) {
        for limit in 0...4 {
            #expect(EditDistance.isWithin(limit, Array(a), Array(b)) == (distance <= limit))
            #expect(EditDistance.isWithin(limit, Array(b), Array(a)) == (distance <= limit))
        }
    }
}
