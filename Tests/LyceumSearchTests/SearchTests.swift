// What a search finds, in which order, and how pages fit together.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct SearchTests {
    let folder: IndexFolder
    let jobs: LyceumSearch.Collection

    init() throws {
        folder = try IndexFolder()
        let snapshot = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        jobs = try #require(snapshot.collection("jobs"))
    }

    func ids(_ request: SearchRequest) throws -> [String] { try jobs.search(request).hits.map(\.id) }

    @Test("a title equal to the query comes first, whatever its case")
    func exactTitle() throws {
        #expect(try ids(SearchRequest(query: "data ENGINEER")).first == "J1")
        let hit = try #require(try jobs.search(SearchRequest(query: "data engineer", explain: true)).hits.first)
        #expect(hit.explanation?.exactTitle == Fusion.titleBonus)
    }

    @Test(
        "filters choose the documents",
        arguments: [
            ("skills = \"python\"", ["J1", "J2", "J6"]),
            ("skills IN [\"c++\", \"C\"]", ["J3", "J4"]),
            ("NOT EXISTS location", ["J4"]),
            ("location = 'zürich'", ["J5"]),
            ("location = 'ZÜRICH'", ["J5"]),
            ("salary_min >= 90000 AND company != globex", ["J1"]),
            ("salary_max BETWEEN 80000 AND 120000", ["J1", "J6"]),
            ("posting_date < 2026-01-01", ["J3"]),
            ("posting_date = 2026-02", ["J2"]),
            ("posting_date >= \"2026-01-15T00:00:01Z\"", ["J2"]),
            ("status = closed OR (company = Mercy AND NOT skills = SQL)", ["J4", "J5"]),
            ("EXISTS description", ["J6"]),
            ("salary_min != 90000 and salary_min < 1e5", ["J6"]),
        ]
    )
    func filters(_ filter: String, _ expected: [String]) throws {
        #expect(try ids(SearchRequest(filter: filter)) == expected)
    }

    @Test("facets count the filtered matches, the most frequent first")
    func facets() throws {
        let result = try jobs.search(SearchRequest(filter: "status = open", facets: ["skills", "company"]))
        #expect(result.facets["skills"]?.first == FacetCount(value: "Python", count: 3))
        #expect(result.facets["company"]?.map(\.count) == [2, 1, 1, 1])
        #expect(result.total == 5)
    }

    @Test("technical names are told apart")
    func technicalNames() throws {
        #expect(try ids(SearchRequest(query: "c++", mode: .keyword)) == ["J3"])
        #expect(try ids(SearchRequest(query: "C", mode: .keyword)) == ["J4"])
    }

    @Test("documents without a word of the query are found by their meaning")
    func meaning() throws {
        let folder = try IndexFolder()
        let titles = ["Software Developer", "Registered Nurse", "Truck Driver", "Machine Learning Engineer"]
        let documents = try titles.enumerated().map { try Campus.job("T\($0)", $1) }
        let snapshot = try Campus.snapshot(in: folder, [(.jobs, documents)])
        let jobs = try #require(snapshot.collection("jobs"))
        for (query, expected) in [("application programmer", "T0"), ("hospital caregiver", "T1"), ("trucker", "T2")] {
            #expect(try jobs.search(SearchRequest(query: query)).hits.first?.id == expected, "\(query)")
            #expect(try jobs.search(SearchRequest(query: query, mode: .keyword)).hits.isEmpty)
        }
    }

    @Test("the parts of an explanation add up to the score", arguments: SearchRequest.Mode.allCases)
    func explanations(_ mode: SearchRequest.Mode) throws {
        let result = try jobs.search(SearchRequest(query: "senior data engineers", explain: true, mode: mode))
        #expect(!result.hits.isEmpty)
        for hit in result.hits {
            let explanation = try #require(hit.explanation)
            let terms = explanation.keyword?.terms.reduce(0) { $0 + $1.contribution } ?? 0
            let sum = terms + (explanation.vector?.contribution ?? 0) + explanation.exactTitle
            #expect(abs(sum - hit.score) < 1e-4)
        }
    }

    @Test("sorting by a field puts missing values last in both directions")
    func sorting() throws {
        #expect(try ids(SearchRequest(sort: [SortKey("salary_min")])) == ["J6", "J1", "J2", "J3", "J4", "J5"])
        #expect(try ids(SearchRequest(sort: [SortKey("-salary_min")])) == ["J2", "J1", "J6", "J3", "J4", "J5"])
        #expect(try ids(SearchRequest(sort: [SortKey("company"), SortKey("-posting_date")])).first == "J1")
    }

    @Test("a document is returned by its id as it was indexed")
    func documentByID() throws {
        let data = try #require(jobs.document(id: "J5"))
        #expect(String(decoding: data, as: UTF8.self) == Campus.jobs[4].json)
        #expect(jobs.document(id: "J9") == nil)
    }

    @Test("a result as JSON carries what the contract names")
    func json() throws {
        let result = try jobs.search(SearchRequest(query: "data", facets: ["company"], limit: 1, explain: true))
        let object = try #require(try JSONSerialization.jsonObject(with: result.json()) as? [String: Any])
        #expect(Set(object.keys) == ["total", "hits", "facets", "took_us", "next_cursor"])
        let hit = try #require((object["hits"] as? [[String: Any]])?.first)
        #expect(Set(hit.keys) == ["id", "score", "document", "explain"])
        #expect((hit["document"] as? [String: Any])?["title"] != nil)
    }
}
