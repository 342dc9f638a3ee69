// Synonyms and units: how they are kept and what they make of a query.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct LanguageTablesTests {
    func tables(_ resources: LanguageResources) throws -> LanguageTables {
        var segment = SegmentWriter()
        try LanguageTables.add(resources, to: &segment)
        let memory = SegmentMemory()
        try segment.write(to: memory.create("language.bin"))
        return try LanguageTables(try SegmentReader(try memory.read("language.bin")))
    }

    func parse(_ text: String, _ resources: LanguageResources, _ change: (inout QueryOptions) -> Void = { _ in }) throws
        -> ParsedQuery
    {
        var options = QueryOptions()
        change(&options)
        var parser = QueryParser(textFields: ["title", "company"], tables: try tables(resources))
        let words = QueryParserTests.words + " rn physicians doctors swe machine engineers job"
        return parser.parse(text, options: options, vocabulary: TestVocabulary(words))
    }

    @Test("a synonym is an alternative to its words and counts less")
    func synonyms() throws {
        let rules = LanguageResources(synonyms: [
            SynonymRule("RN", ["Registered Nurses"], weight: 0.5), SynonymRule("swe", ["Software Engineer"]),
        ])
        #expect(try parse("RN", rules).query.short == "best(rn, \"regist@0 nurs@1\"^0.5)")
        #expect(
            try parse("senior RN python", rules).query.short == "(senior | best(rn, \"regist@0 nurs@1\"^0.5) | python)"
        )
        let parsed = try parse("title:swe", rules)
        #expect(parsed.query.short == "best(0:swe, 0:\"softwar@0 engin@1\"^0.5)")
        #expect(parsed.parts.first?.expansions == [.synonym("softwar engin", weight: 0.5)])
        // One way only.
        #expect(try parse("registered nurse", rules).query.short == "(regist | nurs)")
        // Not within quotes, not for what is excluded, not when told not to.
        #expect(try parse("\"swe\" -rn", rules).query.short == "swe -rn")
        #expect(try parse("swe", rules) { $0.usesSynonyms = false }.query.short == "swe")
    }

    @Test("mutual synonyms find each other; several words are one key")
    func mutual() throws {
        let rules = LanguageResources(synonyms: SynonymRule.mutual(["physician", "doctor"]))
        #expect(try parse("doctors", rules).query.short == "best(doctor, physician^0.8)")
        #expect(try parse("physician", rules).query.short == "best(physician, doctor^0.8)")
        let long = LanguageResources(synonyms: [SynonymRule("software developer", ["software engineer", "swe"])])
        #expect(
            try parse("senior software developers", long).query.short
                == "(senior | best((softwar | develop), \"softwar@0 engin@1\"^0.5, swe^0.5))"
        )
        #expect(
            try parse("software developers", long) { $0.matching = .all }.query.short
                == "best((softwar & develop), \"softwar@0 engin@1\"^0.5, swe^0.5)"
        )
    }

    @Test("alternatives that no document has are not searched")
    func unknownAlternatives() throws {
        let rules = LanguageResources(synonyms: [SynonymRule("swe", ["unheard of", "engineer"])])
        #expect(try parse("swe", rules).query.short == "best(swe, engin^0.5)")
    }

    @Test("a phrase of the dictionary is one more term beside its words")
    func units() throws {
        let resources = LanguageResources(phrases: ["machine learning", "Machine Learning Engineer", "python"])
        let parsed = try parse("senior machine learning python", resources)
        #expect(parsed.query.short == "(senior | machin | learn | machin learn^0.5 | python)")
        #expect(parsed.parts[2].expansions == [.unit("machin learn")])
        #expect(
            try parse("machine learning engineers", resources).query.short
                == "(machin | learn | engin | machin learn engin^0.5)"
        )
        #expect(
            try parse("machine learning", resources) { $0.matching = .all }.query.short
                == "((machin & learn) | machin learn^0.5)"
        )
        #expect(try parse("machine", resources).query.short == "machin")
        #expect(try parse("machine learning", resources) { $0.usesUnits = false }.query.short == "(machin | learn)")
    }

    @Test("units and synonyms of the same words go together")
    func both() throws {
        let resources = LanguageResources(
            synonyms: [SynonymRule("machine learning", ["data analysis"])],
            phrases: ["machine learning"]
        )
        #expect(
            try parse("machine learning data", resources).query.short
                == "(best((machin | learn | machin learn^0.5), \"data@0 analysi@1\"^0.5) | data)"
        )
    }

    @Test("texts are analysed with their phrases as terms at the first word's position")
    func indexing() throws {
        let tables = try tables(
            LanguageResources(phrases: ["machine learning", "machine learning engineer", "bachelor of arts", "node.js"])
        )
        func tokens(_ text: String, _ stopWords: StopWordTreatment = .keep) -> [String] {
            var analyzer = Analyzer(stopWords: stopWords, units: tables.units)
            var found: [String] = []
            analyzer.tokens(of: text) {
                found.append(
                    "\(String(decoding: $0.term, as: UTF8.self))@\($0.position)[\($0.start)..<\($0.end)]\($0.isOverlap ? "+" : "")"
                )
            }
            return found
        }
        #expect(
            tokens("Machine learning engineers") == [
                "machin learn@0[0..<16]+", "machin learn engin@0[0..<26]+", "machin@0[0..<7]", "learn@1[8..<16]",
                "engin@2[17..<26]",
            ]
        )
        #expect(tokens("machine. learning").count == 3)
        #expect(
            tokens("a bachelor of arts", .leaveOut) == [
                "bachelor of art@1[2..<18]+", "bachelor@1[2..<10]", "art@3[14..<18]",
            ]
        )
        #expect(tokens("").isEmpty)
    }

    @Test("chains and cycles of synonyms do not grow: the tree is bounded by the query")
    func blowUp() throws {
        // Every word has eight alternatives that have eight alternatives each, and so on in circles.
        let words = (0..<64).map { "python\($0)" }
        let rules = words.indices.flatMap { index in
            [
                SynonymRule(words[index], (1...8).map { words[(index + $0) % 64] }),
                SynonymRule("\(words[index]) \(words[(index + 1) % 64])", (9...20).map { words[(index + $0) % 64] }),
            ]
        }
        let tables = try tables(LanguageResources(synonyms: rules))
        var parser = QueryParser(textFields: [], tables: tables)
        let start = ContinuousClock.now
        let parsed = parser.parse(
            (0..<40).flatMap { _ in words }.joined(separator: " "),
            vocabulary: TestVocabulary(words.joined(separator: " "))
        )
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(parsed.query.leafCount <= SearchRequest.maximumTerms + QueryParser.maximumAlternatives)
    }

    @Test("what cannot be a rule is refused or left out")
    func limits() throws {
        #expect(throws: SearchError.self) {
            try tables(LanguageResources(synonyms: [SynonymRule("a", ["b"], weight: 2)]))
        }
        #expect(throws: SearchError.self) {
            try tables(LanguageResources(synonyms: [SynonymRule("a", ["b"], weight: .nan)]))
        }
        let odd = try tables(
            LanguageResources(
                synonyms: [SynonymRule("", ["b"]), SynonymRule("a", []), SynonymRule("same", ["Same"])],
                phrases: ["", "one", String(repeating: "x ", count: 9)]
            )
        )
        #expect(odd.synonyms.count == 0 && odd.units.count == 0)
    }

    @Test("a damaged table is refused or answers, never crashes")
    func damage() throws {
        var generator = SeededGenerator(seed: freshSeed())
        var segment = SegmentWriter()
        try LanguageTables.add(
            LanguageResources(
                synonyms: SynonymRule.mutual(["physician", "doctor", "general practitioner"]),
                phrases: ["machine learning", "data analysis"]
            ),
            to: &segment
        )
        let memory = SegmentMemory()
        try segment.write(to: memory.create("language.bin"))
        let bytes = Array(try memory.read("language.bin").bytes)
        for round in 0..<400 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(
                    in: 0...255,
                    using: &generator
                )
            }
            if round % 5 == 0 { damaged = Array(damaged.prefix(Int.random(in: 0..<damaged.count, using: &generator))) }
            let file = MappedFile("damaged.bin", holding: damaged)
            guard let reader = try? SegmentReader(file), let tables = try? LanguageTables(reader) else {
                continue
            }
            var parser = QueryParser(textFields: [], tables: tables)
            _ = parser.parse("physician doctor machine learning data analysis", vocabulary: TestVocabulary("doctor"))
            var analyzer = Analyzer(units: tables.units)
            _ = analyzer.terms(of: "physician doctor machine learning data analysis")
        }
    }
}

extension TextQuery {
    var leafCount: Int {
        switch self {
        case .term, .prefix, .fuzzy: 1
        case .phrase(let terms, _, _, _): terms.count
        case .best(let nodes), .any(let nodes), .all(let nodes): nodes.reduce(0) { $0 + $1.leafCount }
        case .excluding(let node, let others): others.reduce(node.leafCount) { $0 + $1.leafCount }
        case .everything: 0
        }
    }
}
