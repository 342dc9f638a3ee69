// Who may take which route.

import Foundation
import Hummingbird
import HummingbirdTesting
import LyceumAccess
import LyceumAudit
import LyceumCore
import Testing

@testable import LyceumServer

@Suite("Access")
struct AccessTests {
    /// Every guarded route with the roles it is for, written down apart from the policy; none of the others may take it.
    static let guarded: [(method: HTTPRequest.Method, path: String, roles: Set<Role>)] = [
        (.get, "/v1/students/search", [.adviser, .registrar, .employer, .analyst]),
        (.post, "/v1/students/search", [.adviser, .registrar, .employer, .analyst]),
        (.get, "/v1/students/suggestions?q=a", [.adviser, .registrar]),
        (.get, "/v1/students/S-1", [.student, .adviser, .registrar, .employer]),
        (.get, "/v1/students/S-1/recommendations/jobs", [.student, .adviser, .registrar]),
        (.get, "/v1/students/S-1/recommendations/courses", [.student, .adviser, .registrar]),
        (.get, "/v1/jobs/J-1/students", [.adviser, .registrar, .employer]),
        (.post, "/v1/recommendations/jobs", [.student, .adviser, .registrar]),
        (.post, "/v1/recommendations/courses", [.student, .adviser, .registrar]),
        (.get, "/v1/runs", [.registrar, .analyst, .auditor, .administrator]),
        (.get, "/v1/runs/20261123T081502Z-3f9a1c", [.registrar, .analyst, .auditor, .administrator]),
        (.get, "/metrics", [.administrator]),
        (.get, "/v1/audit", [.auditor]),
        (.get, "/v1/students/S-1/disclosures", [.student, .registrar, .auditor]),
        (.get, "/v1/keys", [.administrator]),
        (.post, "/v1/keys", [.administrator]),
        (.delete, "/v1/keys/nobody", [.administrator]),
        (.get, "/v1/me", Set(Role.allCases)),
    ]
    static let open = [
        "/", "/assets/app.css", "/assets/app.js", "/favicon.svg", "/openapi.json", "/health/live", "/health/ready",
        "/v1/jobs/search", "/v1/jobs/J-1", "/v1/jobs/J-1/similar", "/v1/jobs/suggestions?q=a", "/v1/courses/search",
        "/v1/courses/AAA-2013J", "/v1/courses/AAA-2013J/similar", "/v1/courses/suggestions?q=a",
    ]

    @Test("each guarded route answers the roles it is for and no other", arguments: guarded)
    func matrix(method: HTTPRequest.Method, path: String, roles: Set<Role>) async throws {
        let record = TestRecord()
        try await withServer(record: record, runs: StubRuns()) { client in
            for role in Role.allCases {
                let answer = try await client.send(method, path, TestKeys.headers(role))
                if roles.contains(role) {
                    let isDone =
                        [.ok, .created].contains(answer.status)
                        || path.hasSuffix("/nobody") && answer.status == .notFound
                    #expect(isDone, "\(role) \(path): \(answer.text)")
                } else {
                    #expect(answer.status == .forbidden, "\(role) \(path): \(answer.text)")
                    #expect(!answer.text.contains("ada@"))
                }
            }
            let anonymous = try await client.send(method, path)
            try anonymous.problem("credential-required", .unauthorized)
            #expect(anonymous.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
            #expect(anonymous.headers[.cacheControl] == "no-store")
        }
    }

    @Test("the tables here have every route there is")
    func tablesAreComplete() async throws {
        for route in try await routeTable().routes where !route.isPage && !route.template.hasPrefix("/health") {
            func holds(_ path: String) -> Bool { route.matches(path.prefix { $0 != "?" }.split(separator: "/")) }
            let isGuarded = Self.guarded.contains { $0.method == route.method && holds($0.path) }
            let isOpen = Self.open.contains(where: holds)
            #expect(isGuarded || isOpen, "\(route.method) \(route.template) is in neither table")
            if route.template.contains("students") { #expect(isGuarded && !isOpen, "\(route.template)") }
        }
    }

    @Test("what is open needs no credential", arguments: open)
    func openPaths(path: String) async throws {
        try await withServer { client in
            try await client.get(path).expect(.ok)
        }
    }

    @Test("a credential that is not good is refused also where none is needed")
    func badOnOpen() async throws {
        try await withServer { client in
            try await client.get("/v1/jobs/J-1", [.xAPIKey: "lyc_wrong"]).problem("credential-refused", .unauthorized)
        }
    }

    @Test("a key narrowed below a route's scope does not open it")
    func scopes() async throws {
        let keys = try await TestKeys.shared.value
        let request = KeyRequest(name: "narrow", role: .registrar, scopes: [.jobs], createdBy: "test")
        let text = try await keys.store.create(request).text.reveal()
        try await withServer { client in
            let headers: HTTPFields = [.xAPIKey: text, .xPurpose: "registration"]
            try await client.get("/v1/students/S-1", headers).problem("scope-missing", .forbidden)
            try await client.get("/v1/jobs/J-1", headers).expect(.ok)
        }
    }

    @Test("a key that is revoked opens nothing from then on, one made meanwhile does")
    func revocation() async throws {
        let keys = try await TestKeys.shared.value
        let made = try await keys.store.create(KeyRequest(name: "short", role: .registrar, createdBy: "test"))
        try await withServer { client in
            let headers: HTTPFields = [.xAPIKey: made.text.reveal(), .xPurpose: "registration"]
            try await client.get("/v1/students/S-1", headers).expect(.ok)
            try await keys.store.revoke(made.record.id, by: "test")
            try await client.get("/v1/students/S-1", headers).problem("credential-refused", .unauthorized)
        }
    }

    @Test("HEAD is guarded as GET")
    func head() async throws {
        try await withServer { client in
            #expect(try await client.send(.head, "/v1/students/S-1").status == .unauthorized)
            let headers = try await TestKeys.headers(.auditor)
            #expect(try await client.send(.head, "/v1/students/S-1", headers).status == .forbidden)
        }
    }

    @Test(
        "a credential that is wrong, malformed or in the wrong scheme is refused",
        arguments: [
            "Bearer wrong", "Bearer ", "Bearer", "bearer", "Basic YTpi",
            "Bearer \(String(repeating: "x", count: 9000))",
        ]
    )
    func wrongKey(header: String) async throws {
        try await withServer { client in
            let answer = try await client.get("/v1/students/S-1", [.authorization: header, .xPurpose: "registration"])
            #expect(answer.status == .unauthorized)
            #expect(!answer.text.contains("ada@"))
        }
    }

    // MARK: - Purposes

    @Test("personal data without a declared purpose is refused, and the refusal says which there are")
    func noPurpose() async throws {
        let record = TestRecord()
        try await withServer(record: record) { client in
            for role in [Role.adviser, .registrar, .employer, .analyst] {
                let headers = try await TestKeys.headers(role, purpose: false)
                let problem = try await client.get("/v1/students/search", headers).problem(
                    "purpose-required",
                    .badRequest
                )
                #expect(problem["parameter"] as? String == "X-Purpose")
            }
            let headers = try await TestKeys.headers(.student, purpose: false)
            try await client.get("/v1/students/S-1", headers).expect(.ok)
        }
        let outcomes = try record.lines().compactMap { $0["problem"] as? String }
        #expect(outcomes.filter { $0 == "purpose-required" }.count == 4)
    }

    @Test("a purpose of another role is refused")
    func foreignPurpose() async throws {
        try await withServer { client in
            var headers = try await TestKeys.headers(.employer)
            headers[.xPurpose] = "advising"
            try await client.get("/v1/students/search", headers).problem("purpose-refused", .forbidden)
        }
    }

    // MARK: - The record

    @Test("a look at a record is in the audit record before its answer, without the student's id")
    func recorded() async throws {
        let record = TestRecord()
        try await withServer(record: record) { client in
            for path in [
                "/v1/students/S-1", "/v1/students/search?q=ada%20lovelace", "/v1/students/S-1/recommendations/jobs",
            ] {
                let before = try record.lines().count
                try await client.getWithKey(path).expect(.ok)
                #expect(try record.lines().count > before, "\(path)")
            }
        }
        let lines = try record.lines()
        let read = try #require(lines.first { $0["action"] as? String == "read" })
        #expect(read["role"] as? String == "registrar")
        #expect(read["purpose"] as? String == "registration")
        #expect((read["basis"] as? String)?.contains("99.31") == true)
        let text = try record.text()
        #expect(!text.contains("S-1") && !text.contains("lovelace"))
    }

    @Test("what is refused is in the audit record too; what is about nobody is not")
    func refusalsRecorded() async throws {
        let record = TestRecord()
        try await withServer(record: record) { client in
            try await client.getWithKey("/v1/jobs/J-1").expect(.ok)
            try await client.get("/v1/courses/search").expect(.ok)
            #expect(try record.lines().filter { $0["action"] != nil }.isEmpty)
            try await client.getWithKey("/v1/students/S-1", as: .auditor).expect(.forbidden)
        }
        let refused = try #require(try record.lines().first { $0["action"] as? String == "read" })
        #expect(refused["role"] as? String == "auditor")
    }

    @Test("without an audit record that takes entries nothing about a person leaves")
    func noRecordNoAnswer() async throws {
        let record = TestRecord()
        let audit = try await record.open()
        await audit.close()
        try await withServer(audit: audit) { client in
            for role in [Role.registrar, .auditor] {
                let answer = try await client.getWithKey("/v1/students/S-1", as: role)
                try answer.problem("audit-unavailable", .serviceUnavailable)
                #expect(!answer.text.contains("ada@"))
            }
            try await client.get("/v1/jobs/J-1").expect(.ok)
        }
    }

    // MARK: - What answers give away

    @Test("a caller without a credential cannot tell a student who exists from one who does not")
    func noOracle() async throws {
        try await withServer { client in
            let here = try await client.get("/v1/students/S-1", [.xRequestID: "the-same-id"])
            let gone = try await client.get("/v1/students/S-0", [.xRequestID: "the-same-id"])
            #expect(here.text == gone.text)
            #expect(here.status == gone.status)
        }
    }

    @Test("student data may be stored by nobody on the way")
    func noStore() async throws {
        try await withServer { client in
            for path in ["/v1/students/S-1", "/v1/students/search", "/v1/students/S-1/recommendations/jobs"] {
                let answer = try await client.getWithKey(path)
                #expect(answer.status == .ok)
                #expect(answer.headers[.cacheControl] == "no-store")
                #expect(answer.headers[.eTag] == nil)
            }
        }
    }

    private func routeTable() async throws -> RouteTable {
        let configuration = ServerConfiguration(indexDirectory: URL(filePath: "/nonexistent"))
        let server = try await Server(
            configuration: configuration,
            snapshots: StubSnapshots(),
            access: .forTests(),
            logger: LogLines().logger()
        )
        return RouteTable(server.services)
    }
}

/// A history of one run.
struct StubRuns: RunHistory {
    static let id = "20261123T081502Z-3f9a1c"
    static let json = #"{"run_id":"\#(id)","status":"succeeded"}"#
    func recentRuns(limit: Int) async throws -> [String] { Array(repeating: Self.json, count: min(limit, 1)) }
    func run(_ id: RunID) async throws -> String? { id.text == Self.id ? Self.json : nil }
}
