// The server on a real search snapshot, written to disk by the index.

import Foundation
import Hummingbird
import HummingbirdTesting
import LyceumSearch
import Testing

@testable import LyceumServer

@Suite("On a real snapshot")
struct SnapshotTests {
    @Test("a search over HTTP finds, filters, counts facets and returns documents byte for byte")
    func search() async throws {
        try await withCampus { client, campus in
            let answer = try await client.get(
                "/v1/jobs/search?q=engineer&filter=location%20=%20%22Boston%22&facets=skills,location&limit=3&explain=true"
            )
            answer.expect(.ok)
            let result = try answer.object()
            let hits = try #require(result["hits"] as? [[String: Any]])
            #expect(hits.count == 3)
            for hit in hits {
                let id = try #require(hit["id"] as? String)
                let stored = try #require(campus.jobs[id])
                #expect(answer.text.contains("\"document\":\(stored)"))
                #expect(stored.contains("\"location\":\"Boston\""))
                #expect(hit["explain"] is [String: Any])
            }
            let facets = try #require(result["facets"] as? [String: [[String: Any]]])
            #expect(Set(facets.keys) == ["skills", "location"])
            #expect(facets["location"]?.compactMap { $0["value"] as? String } == ["Boston"])
            #expect(facets["location"]?.first?["count"] as? Int == result["total"] as? Int)
        }
    }

    @Test("the same search by GET and by POST gives the same hits")
    func getAndPost() async throws {
        try await withCampus { client, _ in
            let get = try await client.get(
                "/v1/jobs/search?q=nurse%20engineer&filter=salary_min%3E%3D40000&filter=skills=SQL&sort=-salary_min&limit=7"
            ).object()
            let post = try await client.post(
                "/v1/jobs/search",
                #"{"q":"nurse engineer","filter":["salary_min>=40000","skills=SQL"],"sort":["-salary_min"],"limit":7}"#
            ).object()
            let ids = { (result: [String: Any]) in
                (result["hits"] as? [[String: Any]])?.compactMap { $0["id"] as? String }
            }
            #expect(ids(get)?.count == 7)
            #expect(ids(get) == ids(post))
            #expect(get["total"] as? Int == post["total"] as? Int)
        }
    }

    @Test("filters that repeat are AND-ed, also where one of them is an OR")
    func filtersAreJoined() async throws {
        try await withCampus { client, campus in
            let answer = try await client.get(
                "/v1/jobs/search?filter=location=Boston%20OR%20location=Austin&filter=skills=SQL&limit=0"
            ).object()
            let expected = campus.jobs.values.filter {
                ($0.contains("\"Boston\"") || $0.contains("\"Austin\"")) && $0.contains("\"SQL\"")
            }
            #expect(answer["total"] as? Int == expected.count)
        }
    }

    @Test(
        "paging over HTTP gives every document exactly once",
        arguments: ["", "q=engineer", "sort=-salary_min", "q=nurse&filter=skills=SQL"]
    )
    func paging(query: String) async throws {
        try await withCampus { client, _ in
            var seen: [String] = []
            var total = -1
            var cursor: String?
            for _ in 0..<100 {
                let path = "/v1/jobs/search?limit=7&\(query)" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await client.get(path).object()
                total = try #require(page["total"] as? Int)
                seen += try #require(page["hits"] as? [[String: Any]]).compactMap { $0["id"] as? String }
                cursor = page["next_cursor"] as? String
                if cursor == nil { break }
            }
            #expect(total > 14)
            #expect(seen.count == total)
            #expect(Set(seen).count == total)
        }
    }

    @Test(
        "a filter that cannot be read is a 400 that points into the caller's own text",
        arguments: [
            ("filter=salary_min%20%3E", 13), ("filter=wage%20=%201", 1), ("filter=skills=SQL&filter=title%20~%201", 7),
            ("filter=(skills=SQL", 12), ("filter=skills%20=%20%22SQL", 10),
            ("filter=GEO(position,%22Nowhere%20At%20All%22,5%20km)", 14),
        ]
    )
    func badFilter(query: String, position: Int) async throws {
        try await withCampus { client, _ in
            let problem = try await client.get("/v1/jobs/search?\(query)").problem("bad-filter", .badRequest)
            #expect(problem["parameter"] as? String == "filter")
            #expect(problem["position"] as? Int == position)
        }
    }

    @Test(
        "a cursor that is none, or is another query's, is a 400",
        arguments: ["x", "AAAA", "%F0%9F%98%80", String(repeating: "A", count: 34), ""]
    )
    func badCursor(cursor: String) async throws {
        try await withCampus { client, _ in
            try await client.get("/v1/jobs/search?cursor=\(cursor)").problem("bad-cursor", .badRequest)
            let first = try await client.get("/v1/jobs/search?q=engineer&limit=2").object()
            let other = try #require(first["next_cursor"] as? String)
            try await client.get("/v1/jobs/search?q=nurse&cursor=\(other)").problem("bad-cursor", .badRequest)
        }
    }

    @Test(
        "an unknown facet or sort key is a 400",
        arguments: ["facets=wage", "facets=title", "sort=wage", "sort=description"]
    )
    func badField(query: String) async throws {
        try await withCampus { client, _ in
            let answer = try await client.get("/v1/jobs/search?\(query)")
            try answer.problem("bad-parameter", .badRequest)
        }
    }

    @Test("documents are found by id, with whatever characters the id has")
    func documents() async throws {
        try await withCampus { client, campus in
            for (id, json) in campus.jobs.sorted(by: { $0.key < $1.key }).prefix(5) {
                try await client.get("/v1/jobs/\(id)").expect(text: json)
            }
            try await client.get("/v1/courses/M%C3%BC%2F1").expect(
                text: #"{"course_id":"Mü/1","title":"Statistics","skills":["R"]}"#
            )
            try await client.getWithKey("/v1/students/S-1").expect(.ok)
            try await client.get("/v1/students/S-1").expect(.unauthorized)
        }
    }

    @Test("recommendations come with their reasons, pass the filter and need a student who exists")
    func recommendations() async throws {
        try await withCampus { client, _ in
            let path = "/v1/students/S-1/recommendations/jobs"
            let all = try await client.getWithKey("\(path)?limit=5").object()
            let hits = try #require(all["hits"] as? [[String: Any]])
            #expect(hits.count == 5)
            for hit in hits {
                let reasons = try #require(hit["reasons"] as? [String: Any])
                #expect(reasons["matched_skills"] is [String])
                #expect(reasons["missing_skills"] as? [String] == ["Python"])
            }
            let few = try await client.getWithKey("\(path)?filter=location=Austin&filter=salary_min%3E50000").object()
            #expect(try #require(few["total"] as? Int) < #require(all["total"] as? Int))
            let courses = try await client.getWithKey("/v1/students/S-1/recommendations/courses").object()
            let first = try #require((courses["hits"] as? [[String: Any]])?.first)
            #expect(first["id"] as? String == "Mü/1")
            #expect((first["reasons"] as? [String: Any])?["closes_gaps"] as? [String] == ["R"])
            try await client.getWithKey("\(path)?filter=wage=1").problem("bad-filter", .badRequest)
            try await client.getWithKey("\(path)?q=1").problem("unknown-parameter", .badRequest)
            try await client.getWithKey("/v1/students/S-9/recommendations/jobs").problem("no-such-student", .notFound)
        }
    }

    @Test("a snapshot published while the server runs is used, and a page begun before it can be finished")
    func reload() async throws {
        try await withCampus { client, campus in
            let before = try await client.get("/v1/jobs/search?limit=2").object()
            let cursor = try #require(before["next_cursor"] as? String)
            let old = try #require(try await client.get("/health/ready").object()["snapshot"] as? String)
            try campus.publish(jobs: 3)
            try await eventually { try await client.get("/health/ready").object()["snapshot"] as? String != old }
            let after = try await client.get("/v1/jobs/search").object()
            #expect(after["total"] as? Int == 3)
            let next = try await client.get("/v1/jobs/search?limit=2&cursor=\(cursor)").object()
            #expect(next["total"] as? Int == before["total"] as? Int)
        }
    }

    @Test("a damaged snapshot is logged once and the old one stays in use")
    func damaged() async throws {
        let log = LogLines()
        try await withCampus(log: log) { client, campus in
            try campus.pretendVersion("no-such-version")
            try await eventually { log.text.contains("search snapshot not loaded") }
            try await client.get("/health/ready").expect(.ok)
            try await client.get("/v1/jobs/search?q=engineer").expect(.ok)
        }
        #expect(log.all.filter { $0.contains("search snapshot not loaded") }.count == 1)
    }

    @Test("an index folder that is not there yet is waited for")
    func lateIndex() async throws {
        let campus = try Campus()
        defer { campus.remove() }
        try await withServer(snapshots: SnapshotFolder(directory: campus.index)) { client in
            try await client.get("/health/ready").problem("no-snapshot", .serviceUnavailable)
            try campus.publish(jobs: 5)
            try await eventually { try await client.get("/health/ready").status == .ok }
        }
    }

    private func withCampus(
        log: LogLines = LogLines(),
        _ test: @escaping @Sendable (any TestClientProtocol, Campus) async throws -> Void
    ) async throws {
        let campus = try Campus()
        defer { campus.remove() }
        try campus.publish(jobs: 60)
        let folder = SnapshotFolder(directory: campus.index)
        _ = try await folder.reloadIfChanged()
        try await withServer(snapshots: folder, log: log) { client in
            try await test(client, campus)
        }
    }
}

/// A small campus in a temporary folder.
struct Campus: Sendable {
    let index: URL
    let jobs: [String: String]

    init() throws {
        index = URL.temporaryDirectory.appending(path: "lyceum-server-tests-\(UUID().uuidString)")
        var jobs: [String: String] = [:]
        for number in 0..<60 {
            jobs[Self.id(number)] = Self.job(number)
        }
        self.jobs = jobs
    }

    func publish(jobs count: Int) throws {
        let writer = try SnapshotWriter(directory: index)
        let jobs = try writer.collection(.jobs)
        for number in 0..<count {
            try jobs.add(CollectionSchema.jobs.document(fromJSON: Self.job(number)))
        }
        let courses = try writer.collection(.courses)
        try courses.add(
            CollectionSchema.courses.document(fromJSON: #"{"course_id":"Mü/1","title":"Statistics","skills":["R"]}"#)
        )
        let students = try writer.collection(.students)
        try students.add(
            CollectionSchema.students.document(
                fromJSON: #"{"student_id":"S-1","academic_info":{"program":"Biology","gpa":3.5},"#
                    + #""career_info":{"interest":"data","skill_gaps":["R"]},"skills":["SQL"]}"#
            )
        )
        _ = try writer.finish()
    }

    func pretendVersion(_ version: String) throws {
        try Data("\(version)\n".utf8).write(to: index.appending(path: "CURRENT"), options: .atomic)
    }

    func remove() {
        try? FileManager.default.removeItem(at: index)
    }

    private static func id(_ number: Int) -> String { "J-\(number)" }

    private static func job(_ number: Int) -> String {
        let title = ["Data engineer", "Nurse", "Systems engineer", "Registered nurse"][number % 4]
        let place = ["Boston", "Austin", "Denver"][number % 3]
        let skills = number.isMultiple(of: 5) ? #"["Python"]"# : #"["SQL","Python"]"#
        return #"{"job_posting_id":"\#(id(number))","title":"\#(title)","location":"\#(place)","#
            + #""requirements":{"skills":\#(skills)},"compensation":{"salary_range":"\#(40_000 + number * 500) - 90000"},"#
            + #""description":"Work no. \#(number)"}"#
    }
}
