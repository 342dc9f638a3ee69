// Requests no honest user would send.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct HostileInputTests {
    let folder: IndexFolder
    let jobs: LyceumSearch.Collection

    init() throws {
        folder = try IndexFolder()
        let snapshot = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)])
        jobs = try #require(snapshot.collection("jobs"))
    }

    @Test(
        "odd queries are answered, not crashed on",
        arguments: [
            ("many words", String(repeating: "data ", count: 2000)),
            ("one long word", String(repeating: "x", count: 10_000)),
            ("nulls", "\u{0}\u{0}"), ("emoji", "😀👩‍👩‍👧"), ("quotes", "\"\"\""), ("parentheses", "(((("),
            ("marks", "a\u{301}\u{301}\u{301}"), ("SQL", "'; DROP TABLE jobs; --"), ("right to left", "\u{202E}data"),
            ("points", String(repeating: "1.", count: 5000)), ("signs", "-_-"),
            ("many different words", String((0..<3000).map { "t\($0)" }.joined(separator: " ").prefix(16_000))),
        ],
        SearchRequest.Mode.allCases
    )
    func queries(_ query: (name: String, text: String), _ mode: SearchRequest.Mode) throws {
        let result = try jobs.search(SearchRequest(query: query.text, facets: ["skills"], explain: true, mode: mode))
        #expect(result.total >= result.hits.count)
        #expect(try JSONSerialization.jsonObject(with: result.json()) is [String: Any])
    }

    @Test(
        "requests out of range are refused",
        arguments: [
            SearchRequest(limit: -1), SearchRequest(limit: 1001), SearchRequest(offset: -1),
            SearchRequest(offset: 100_001),
            SearchRequest(query: String(repeating: "x", count: 20_000)), SearchRequest(facets: ["title"]),
            SearchRequest(facets: ["nothing"]), SearchRequest(sort: [SortKey("skills")]),
            SearchRequest(sort: [SortKey("zzz")]),
            SearchRequest(filter: "zzz = 1"), SearchRequest(cursor: "AAAA"), SearchRequest(cursor: "*"),
            SearchRequest(cursor: String(repeating: "A", count: 5000)), SearchRequest(offset: 1, cursor: "AAAA"),
            SearchRequest(facetLimit: -1),
        ]
    )
    func refused(_ request: SearchRequest) {
        do {
            _ = try jobs.search(request)
            Issue.record("it was answered")
        } catch let error as SearchError {
            #expect(error.isCallersFault)
        } catch {
            Issue.record("another error: \(error)")
        }
    }

    @Test("a cursor is good for its own query and snapshot only")
    func foreignCursor() throws {
        let cursor = try #require(try jobs.search(SearchRequest(query: "data", limit: 1)).nextCursor)
        #expect(try jobs.search(SearchRequest(query: "data", limit: 1, cursor: cursor)).hits.count == 1)
        #expect(throws: SearchError.self) { try jobs.search(SearchRequest(query: "nurse", limit: 1, cursor: cursor)) }
        let other = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs)], version: "other")
        let again = try #require(other.collection("jobs"))
        #expect(throws: SearchError.self) { try again.search(SearchRequest(query: "data", limit: 1, cursor: cursor)) }
    }

    @Test("random cursors are refused or answered, never crashed on")
    func randomCursors() throws {
        let seed = freshSeed()
        var generator = SeededGenerator(seed: seed)
        let good = try #require(try jobs.search(SearchRequest(query: "data", limit: 1)).nextCursor)
        for _ in 0..<500 {
            var bytes = Array(good.utf8)
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 33...126, using: &generator)
            let cursor = String(decoding: bytes, as: UTF8.self)
            _ = try? jobs.search(SearchRequest(query: "data", limit: 1, cursor: cursor))
        }
    }

    @Test("no hits are asked for, and none are given")
    func limitZero() throws {
        let result = try jobs.search(SearchRequest(query: "data", facets: ["skills"], limit: 0))
        #expect(result.hits.isEmpty && result.total > 0 && result.facets["skills"]?.isEmpty == false)
    }
}
