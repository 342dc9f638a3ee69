// What the words of a request do in a search: syntax, typing errors, synonyms, highlights, explanations.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct UnderstandingTests {
    let folder: IndexFolder
    let jobs: LyceumSearch.Collection

    init() throws {
        folder = try IndexFolder()
        let language = LanguageResources(
            synonyms: [SynonymRule("nurse", ["caregiver"], weight: 0.5), SynonymRule("coder", ["developer"])],
            phrases: ["data engineer"]
        )
        let writer = try SnapshotWriter(directory: folder.url, language: language)
        let collection = try writer.collection(.jobs)
        for job in Campus.jobs { try collection.add(job) }
        try collection.add(try Campus.job("J7", "Engineer of Data Centres", description: "Data in, engineer out."))
        try collection.add(try Campus.job("J8", "Caregiver", company: "Mercy"))
        jobs = try #require(
            try Snapshot.open(directory: folder.url, version: try writer.finish().version).collection("jobs")
        )
    }

    func ids(_ query: String, _ change: (inout SearchRequest) -> Void = { _ in }) throws -> Set<String> {
        var request = SearchRequest(query: query, limit: 100, mode: .keyword)
        change(&request)
        return Set(try jobs.search(request).hits.map(\.id))
    }

    @Test("quotes, fields and signs are conditions; words are wishes")
    func syntax() throws {
        #expect(try ids("data engineer") == ["J1", "J2", "J6", "J7"])
        #expect(try ids("\"data engineer\"") == ["J1", "J2", "J6"])
        #expect(try ids("title:\"data engineer\"") == ["J1", "J2"])
        #expect(try ids("data engineer -senior") == ["J1", "J6", "J7"])
        #expect(try ids("-data") == ["J3", "J4", "J5", "J8"])
        #expect(try ids("title:data nurse") == ["J1", "J2", "J6", "J7"])
        #expect(try ids("develop*") == ["J3"])
        #expect(try ids("data spark") { $0.matching = .all } == ["J1"])
        #expect(try ids("regist") { $0.isUnfinished = true } == ["J5"])
        #expect(try ids("\"unclosed -") { $0.forgivesTypos = false } == [])
    }

    @Test("conditions hold in hybrid and vector search too, where meaning alone finds nothing more")
    func conditions() throws {
        for mode in [SearchRequest.Mode.hybrid, .vector] {
            #expect(try ids("\"data engineer\"") { $0.mode = mode } == ["J1", "J2", "J6"])
            #expect(try ids("engineer -data") { $0.mode = mode } == [])
        }
    }

    @Test("words that no document has are forgiven typing errors, unless that is switched off")
    func typos() throws {
        #expect(try ids("anaylst") == ["J6"])
        #expect(try ids("anaylst") { $0.forgivesTypos = false } == [])
        #expect(try ids("C+") { $0.forgivesTypos = true }.contains("J3") == false)
    }

    @Test("synonyms count less than the word itself, one way, and can be switched off")
    func synonyms() throws {
        let found = try jobs.search(SearchRequest(query: "nurse", mode: .keyword)).hits.map(\.id)
        #expect(found == ["J5", "J8"])
        #expect(try ids("nurse") { $0.usesSynonyms = false } == ["J5"])
        #expect(try ids("caregiver") == ["J8"])
        #expect(try ids("coder") == ["J3"])
    }

    @Test(
        "each part of an explanation adds up to the score",
        arguments: [
            "data engineer", "\"data engineer\" spark", "anaylst nurse", "coder linux", "develop* data -senior",
            "title:data python",
        ]
    )
    func explanations(_ query: String) throws {
        for mode in [SearchRequest.Mode.keyword, .hybrid] {
            let request = SearchRequest(query: query, explain: true, mode: mode)
            let hits = try jobs.search(request).hits
            #expect(!hits.isEmpty)
            for hit in hits {
                let explanation = try #require(hit.explanation)
                let words = explanation.keyword?.terms.reduce(0) { $0 + $1.contribution } ?? 0
                #expect(abs(words - (explanation.keyword?.contribution ?? 0)) < 1e-4, "\(hit.id): \(explanation)")
                let sum = words + (explanation.vector?.contribution ?? 0) + explanation.exactTitle
                #expect(abs(sum - hit.score) < 1e-4, "\(hit.id): \(explanation)")
            }
        }
    }

    @Test("an explanation says which terms were not typed")
    func via() throws {
        func via(_ query: String, _ id: String) throws -> [String: String?] {
            let hit = try jobs.search(SearchRequest(query: query, explain: true, mode: .keyword)).hits.first {
                $0.id == id
            }
            let terms = try #require(hit?.explanation?.keyword?.terms)
            return Dictionary(terms.map { ($0.term, $0.via) }) { first, _ in first }
        }
        #expect(try via("coder", "J3") == ["develop": "synonym"])
        #expect(try via("anaylst", "J6") == ["analyst": "typo"])
        #expect(try via("data engineer", "J1") == ["data": nil, "engin": nil, "data engin": "unit"])
        #expect(try via("\"data engineer\"", "J1") == ["\"data engin\"": "phrase"])
    }

    @Test("highlights mark what was found, escape the text, and can be cropped")
    func highlights() throws {
        func marked(_ query: String, _ options: HighlightOptions) throws -> [String: [String]] {
            let request = SearchRequest(
                query: query,
                filter: "company = \"Globex\"",
                mode: .keyword,
                highlight: options
            )
            return try #require(try jobs.search(request).hits.first { $0.id == "J6" }).highlights
        }
        #expect(try marked("analysts", HighlightOptions())["title"] == ["Data <mark>Analyst</mark>"])
        #expect(try marked("\"data engineer\"", HighlightOptions())["title"] == nil)
        let crop = HighlightOptions(fields: ["description"], preTag: "[", postTag: "]", cropLength: 4)
        #expect(try marked("\"data engineer\"", crop)["description"] == ["…every [data] [engineer] of…"])
        let request = SearchRequest(query: "data", highlight: HighlightOptions(fields: ["nothing"]))
        #expect(throws: SearchError.self) { try jobs.search(request) }
        let json = String(
            decoding: try jobs.search(
                SearchRequest(
                    query: "nurse",
                    mode: .keyword,
                    fields: [],
                    highlight: HighlightOptions(fields: ["title"])
                )
            ).json(),
            as: UTF8.self
        )
        #expect(json.contains(#""highlights":{"title":["Registered <mark>Nurse</mark>"]}"#))
    }

    @Test("the quick way to the best documents gives what going through all matches gives")
    func quickWay() throws {
        for query in ["data", "data engineer python", "\"data engineer\" -senior", "develop*", "-data"] {
            var quick = SearchRequest(query: query, limit: 3, mode: .keyword)
            // A facet makes every match be looked at.
            let slow = SearchRequest(query: query, facets: ["company"], limit: 3, mode: .keyword)
            let all = try jobs.search(slow)
            let counted = try jobs.search(quick)
            #expect(counted.hits.map(\.id) == all.hits.map(\.id) && counted.hits.map(\.score) == all.hits.map(\.score))
            #expect(counted.total == all.total && counted.isTotalExact)
            quick.total = .none
            let uncounted = try jobs.search(quick)
            #expect(uncounted.hits.map(\.id) == all.hits.map(\.id))
            #expect(!uncounted.isTotalExact && uncounted.total <= all.total)
            if all.total > 3 {
                var next = quick
                next.cursor = counted.nextCursor
                #expect(next.cursor != nil)
                let rest = try jobs.search(next).hits.map(\.id)
                #expect(Set(rest).isDisjoint(with: all.hits.map(\.id)))
            }
        }
    }
}
