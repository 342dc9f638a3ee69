// What is kept of answers, and for whom.

import Foundation
import LyceumAccess
import Synchronization
import Testing

@testable import LyceumServer

@Suite("Answers that are kept")
struct AnswerCacheTests {
    private func key(
        _ query: String,
        _ view: LimitedSnapshots.Key? = nil,
        counts: Grant.Counts = .exact
    ) throws -> AnswerCache.Key {
        let parameters = try SearchParameters(QueryString("q=\(query)"), limits: .init())
        return AnswerCache.Key(view: view, subject: .search(.students, counts), parameters: parameters)
    }

    private func answer(_ text: String) -> SearchAnswer { SearchAnswer(json: Data(text.utf8), ids: [text]) }

    @Test("the same search is answered once, another one for itself")
    func kept() throws {
        let cache = AnswerCache(bytes: 1 << 20)
        #expect(try cache.answer(key("a")) { answer("first") }.ids == ["first"])
        #expect(try cache.answer(key("a")) { answer("second") }.ids == ["first"])
        #expect(try cache.answer(key("b")) { answer("other") }.ids == ["other"])
        #expect(try cache.answer(key("a", counts: .coarse(least: 10, step: 5))) { answer("coarse") }.ids == ["coarse"])
        #expect(cache.counts == (found: 1, made: 3))
    }

    @Test("who sees something else gets an answer of their own")
    func views() throws {
        let cache = AnswerCache(bytes: 1 << 20)
        let policy = try Policy.bundled()
        var seen: Set<String> = []
        for (number, subject) in ["S-1", "S-2"].enumerated() {
            let caller = Caller(id: "key:\(number)", role: .student, subject: subject, credential: .key("\(number)"))
            let grant = try #require(policy.grant(caller, "students"))
            let view = LimitedSnapshots.Key(.students, grant)
            #expect(!view.isWhole)
            seen.formUnion(try cache.answer(key("a", view)) { answer(subject) }.ids)
        }
        #expect(try cache.answer(key("a")) { answer("all") }.ids == ["all"])
        #expect(seen == ["S-1", "S-2"])
    }

    @Test("an error is not kept")
    func errors() throws {
        let cache = AnswerCache(bytes: 1 << 20)
        let key = try key("a")
        #expect(throws: Problem.self) { try cache.answer(key) { throw Problem.notFound } }
        #expect(cache.answer(key) { answer("found") }.ids == ["found"])
    }

    @Test("no more is kept than was allowed, what is asked for again stays, and nothing is kept of nought")
    func bounded() throws {
        let cache = AnswerCache(bytes: 64 << 10)
        let page = String(repeating: "x", count: 1024)
        for number in 0..<200 {
            _ = try cache.answer(key("\(number)")) { answer(page) }
            #expect(try cache.answer(key("often")) { answer("often") }.ids == ["often"])
        }
        #expect(cache.counts.made == 201)
        #expect(cache.keptBytes <= 64 << 10)
        _ = try cache.answer(key("0")) { answer(page) }
        #expect(cache.counts.made == 202)
        let large = String(repeating: "x", count: 40 << 10)
        for _ in 0..<2 { _ = try cache.answer(key("large")) { answer(large) } }
        #expect(cache.counts.made == 204)
        let none = AnswerCache(bytes: 0)
        #expect(try none.answer(key("a")) { answer("first") }.ids == ["first"])
        #expect(try none.answer(key("a")) { answer("second") }.ids == ["second"])
    }

    @Test("over HTTP each role gets, after all others have asked the same, what it gets where nothing is kept")
    func everyRole() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("every role: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let index = try StudentIndex((1...60).map { TestStudent("S-\($0)", using: &random) })
        let requests = [
            "/v1/students/search?limit=50", "/v1/students/search?q=data%20nurse&facets=program,skills",
            "/v1/students/search?q=SQL&limit=3", "/v1/students/search?filter=gpa%20%3E%202&sort=-gpa",
            "/v1/students/search?limit=0", "/v1/students/S-1/recommendations/jobs?explain=true",
            "/v1/students/S-1/recommendations/courses", "/v1/students/S-2/recommendations/courses",
            "/v1/jobs/search?q=engineer",
        ]
        func answers(bytes: Int, _ roles: [Role]) async throws -> [Role: [String]] {
            let folder = SnapshotFolder(directory: index.url, answerBytes: bytes)
            _ = try await folder.reloadIfChanged()
            let collected = Mutex<[Role: [String]]>([:])
            try await withServer(snapshots: folder) { client in
                for role in roles {
                    var headers = try await TestKeys.headers(role)
                    headers[.xRequestID] = "the-same-id"
                    for request in requests {
                        let answer = try await client.get(request, headers)
                        collected.withLock { $0[role, default: []].append("\(answer.status.code) \(answer.text)") }
                    }
                }
            }
            return collected.withLock { $0 }
        }
        let expected = try await answers(bytes: 0, Role.allCases)
        // Else nobody would see anything that another must not.
        #expect(Set(expected.values.map { $0[0] }).count >= 4)
        for order in [Role.allCases, Role.allCases.reversed(), Role.allCases + Role.allCases] {
            let found = try await answers(bytes: 64 << 20, order)
            for role in Role.allCases {
                let all = try #require(found[role])
                #expect(Array(all.prefix(requests.count)) == expected[role], "\(role), first of \(order)")
                #expect(Array(all.suffix(requests.count)) == expected[role], "\(role), last of \(order)")
            }
        }
    }

    @Test("over HTTP a repeated search is the same, and each is recorded")
    func recorded() async throws {
        let campus = try Campus()
        defer { campus.remove() }
        try campus.publish(jobs: 5)
        let folder = SnapshotFolder(directory: campus.index)
        _ = try await folder.reloadIfChanged()
        let record = TestRecord()
        try await withServer(record: record, snapshots: folder) { client in
            let first = try await client.getWithKey("/v1/students/search?q=biology")
            let second = try await client.getWithKey("/v1/students/search?q=biology")
            #expect(first.text == second.text)
            #expect(first.text.contains("S-1"))
            let path = "/v1/students/S-1/recommendations"
            let jobs = try await client.getWithKey("\(path)/jobs")
            #expect(try await client.getWithKey("\(path)/jobs").text == jobs.text)
            #expect(try await client.getWithKey("\(path)/courses").text != jobs.text)
            let metrics = try await client.getWithKey("/metrics", as: .administrator).text
            #expect(metrics.contains("\nlyceum_search_answers_total{known=\"yes\"} 2\n"))
            try campus.publish(jobs: 6)
            try await eventually {
                try await client.getWithKey("/metrics", as: .administrator).text
                    .contains("\nlyceum_search_answers_total{known=\"yes\"} 0\n")
            }
        }
        #expect(try record.text().split(separator: "\n").filter { $0.contains("\"search\"") }.count == 2)
        #expect(try record.text().split(separator: "\n").filter { $0.contains("\"recommend\"") }.count == 3)
    }
}
