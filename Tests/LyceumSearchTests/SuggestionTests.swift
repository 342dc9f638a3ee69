// Completions of what is typed and corrections of what was.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct SuggestionTests {
    let folder: IndexFolder
    let jobs: LyceumSearch.Collection

    static let titles = [
        "Data Engineer", "data engineer", "Data Engineer", "Senior Data Engineer", "Data Analyst", "Registered Nurse",
        "Software Engineer", "Software Engineer", "Ingénieur C++", "Database Administrator",
    ]

    init() throws {
        folder = try IndexFolder()
        let documents = try Self.titles.enumerated().map { index, title in
            try Campus.job("J\(index)", title, company: index < 5 ? "Acme Data" : "Bolt", skills: ["Python", "SQL"])
        }
        let snapshot = try Campus.snapshot(in: folder, [(.jobs, documents)])
        jobs = try #require(snapshot.collection("jobs"))
    }

    func texts(_ typed: String, fields: [String] = ["title"]) throws -> [String] {
        try jobs.suggestions(for: typed, fields: fields).suggestions.map { "\($0.text) \($0.count)" }
    }

    @Test("what begins a value completes it; common values come first, later words after")
    func completions() throws {
        #expect(
            try texts("dat") == [
                "Data Engineer 3", "Data Analyst 1", "Database Administrator 1", "Senior Data Engineer 1",
            ]
        )
        #expect(try texts("DATA e") == ["Data Engineer 3", "Senior Data Engineer 1"])
        #expect(try texts("data ") == ["Data Engineer 3", "Data Analyst 1", "Senior Data Engineer 1"])
        #expect(try texts("ingenieur c+") == ["Ingénieur C++ 1"])
        #expect(try texts("registered nurse ") == ["Registered Nurse 1"])
        #expect(try texts("").isEmpty && texts("??").isEmpty)
    }

    @Test("when nothing completes the whole text, its last words are completed")
    func lastWords() throws {
        #expect(try texts("remote softw") == ["remote Software Engineer 2"])
        #expect(try texts("zzz qqq www").isEmpty)
    }

    @Test("a typing error is forgiven when nothing is spelt so")
    func errors() throws {
        #expect(try texts("sofwtare") == ["Software Engineer 2"])
        #expect(try texts("registred nu") == ["Registered Nurse 1"])
        #expect(try texts("dta").isEmpty)
    }

    @Test("values of all suggested fields are offered with the field they come from")
    func fields() throws {
        let all = try jobs.suggestions(for: "py").suggestions
        #expect(all == [Suggestion(text: "Python", field: "skills", count: 10)])
        #expect(try jobs.suggestions(for: "acme").suggestions.map(\.field) == ["company"])
        #expect(throws: SearchError.self) { try jobs.suggestions(for: "x", fields: ["salary_min"]) }
        #expect(throws: SearchError.self) { try jobs.suggestions(for: "x", limit: 101) }
        #expect(try jobs.suggestions(for: "data", limit: 1).suggestions.count == 1)
    }

    @Test("unknown words are corrected, known ones and codes are not")
    func didYouMean() throws {
        #expect(try jobs.suggestions(for: "sofware enginer").didYouMean == "software engineer")
        #expect(try jobs.suggestions(for: "Dtaa, pyhton!").didYouMean == "data, python!")
        #expect(try jobs.suggestions(for: "data engineers").didYouMean == nil)
        #expect(try jobs.suggestions(for: "DA7A").didYouMean == nil)
        #expect(try jobs.suggestions(for: "xylophonist").didYouMean == nil)
    }

    @Test("live documents are completed, too, and counts add up")
    func live() throws {
        let index = try LiveIndex(directory: folder.url)
        try index.upsert(
            [#"{"job_posting_id":"L1","title":"Data Engineer"}"#, #"{"job_posting_id":"L2","title":"Data Steward"}"#],
            into: "jobs"
        )
        let found = try #require(try index.snapshot().collection("jobs")).suggestions(for: "data", fields: ["title"])
        #expect(
            found.suggestions.map { "\($0.text) \($0.count)" }.prefix(3) == [
                "Data Engineer 4", "Data Analyst 1", "Data Steward 1",
            ]
        )
    }

    @Test("names of students are not offered")
    func names() throws {
        #expect(!CollectionSchema.students.suggestionFields.contains("name"))
    }

    @Test("completions with errors equal those found by comparing every value")
    func similar() throws {
        let seed = freshSeed()
        var generator = SeededGenerator(seed: seed)
        func word() -> String {
            String(
                (0..<Int.random(in: 1...6, using: &generator)).map { _ in "abc".randomElement(using: &generator) ?? "a"
                }
            )
        }
        var writer = SuggestionWriter(fields: [0])
        for _ in 0..<400 { writer.add([["\(word()) \(word())"]]) }
        var segment = SegmentWriter()
        try writer.write(to: &segment)
        let memory = SegmentMemory()
        try segment.write(to: memory.create("x"))
        let index = try SuggestionIndex(try SegmentReader(try memory.read("x")))
        for _ in 0..<60 {
            let typed = Array(word().utf8) + Array(word().utf8)
            let edits = Int.random(in: 1...2, using: &generator)
            var found: [Int: Int] = [:]
            index.forEachSimilar(typed, edits: edits) { found[$0.value] = min(found[$0.value] ?? .max, $0.edits) }
            var expected: [Int: Int] = [:]
            for value in 0..<index.count {
                let key = Array(index.key(value))
                for start in key.indices where start == 0 || key[start - 1] == 0x20 {
                    guard key[start] == typed[0] else { continue }
                    for end in start...key.count {
                        for distance in 0...edits where EditDistance.isWithin(distance, typed, Array(key[start..<end]))
                        {
                            expected[value] = min(expected[value] ?? .max, distance)
                        }
                    }
                }
            }
            #expect(found == expected, "seed \(seed)")
            var exact: Set<Int> = []
            index.forEachMatch(Array(typed.prefix(2))) { exact.insert($0.value) }
            let same = (0..<index.count).filter { value in
                let key = Array(index.key(value))
                return key.indices.contains { (start: Int) in
                    (start == 0 || key[start - 1] == 0x20) && key[start...].starts(with: typed.prefix(2))
                }
            }
            #expect(exact == Set(same), "seed \(seed)")
        }
    }
}
