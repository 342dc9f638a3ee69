// Who may read what.

import Foundation
import Hummingbird
import HummingbirdTesting
import LyceumCore
import Testing

@testable import LyceumServer

@Suite("Access")
struct AccessTests {
    static let guarded: [(path: String, scope: APIKey.Scope)] = [
        ("/v1/students/search", .students), ("/v1/students/S-1", .students),
        ("/v1/students/S-1/recommendations/jobs", .students),
        ("/v1/students/S-1/recommendations/courses", .students),
        ("/v1/runs", .runs), ("/v1/runs/20261123T081502Z-3f9a1c", .runs), ("/metrics", .metrics),
    ]
    static let open = [
        "/", "/assets/app.css", "/assets/app.js", "/favicon.svg", "/openapi.json", "/health/live", "/health/ready",
        "/v1/jobs/search", "/v1/jobs/J-1", "/v1/courses/search", "/v1/courses/AAA-2013J",
    ]

    @Test("without a key, what is guarded answers 401 with a challenge", arguments: guarded)
    func withoutKey(path: String, scope: APIKey.Scope) async throws {
        try await withServer { client in
            let answer = try await client.get(path)
            try answer.problem("key-required", .unauthorized)
            #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
            #expect(answer.headers[.cacheControl] == "no-store")
        }
    }

    @Test("the table of what is guarded here has every guarded route, and the open one every open route")
    func tablesAreComplete() throws {
        let table = try routeTable()
        for route in table.routes where route.method == .get {
            let given = Self.guarded.first { route.matches($0.path.split(separator: "/")) }
            let isSearch = route.template.hasSuffix("/search")
            if let scope = route.scope {
                #expect(given?.scope == scope, "\(route.template) is guarded by \(scope) and not tested")
            } else if !isSearch {
                #expect(Self.open.contains { route.matches($0.split(separator: "/")) }, "\(route.template)")
            }
        }
        // Nothing about students may ever be open.
        for route in table.routes where route.template.contains("students") {
            #expect(route.scope == .students, "\(route.template)")
        }
    }

    @Test("what is open needs no key", arguments: open)
    func openPaths(path: String) async throws {
        try await withServer(keys: []) { client in
            try await client.get(path).expect(.ok)
        }
    }

    @Test("each scope opens its own routes and no others", arguments: APIKey.Scope.allCases)
    func scopes(scope: APIKey.Scope) async throws {
        let (key, text) = APIKey.generate(name: "one", scopes: [scope])
        try await withServer(keys: [everything.key, key], runs: StubRuns()) { client in
            for (path, needed) in Self.guarded {
                let answer = try await client.get(path, [.xAPIKey: text.reveal()])
                if needed == scope {
                    #expect(answer.status == .ok, "\(path)")
                } else {
                    try answer.problem("scope-missing", .forbidden)
                }
            }
        }
    }

    @Test("a search by POST is guarded as the one by GET")
    func post() async throws {
        try await withServer { client in
            try await client.post("/v1/students/search", "{}").problem("key-required", .unauthorized)
            let headers: HTTPFields = [.xAPIKey: everything.text.reveal()]
            try await client.post("/v1/students/search", "{}", headers: headers).expect(.ok)
        }
    }

    @Test("HEAD is guarded as GET")
    func head() async throws {
        try await withServer { client in
            let answer = try await client.executeRequest(
                uri: "/v1/students/S-1",
                method: .head,
                headers: [:],
                body: nil
            )
            #expect(answer.status == .unauthorized)
        }
    }

    @Test(
        "a key that is wrong, malformed or in the wrong scheme is refused",
        arguments: [
            "Bearer wrong", "Bearer ", "Bearer", "bearer", "", "Basic YTpi",
            "Bearer \(String(repeating: "x", count: 600))",
        ]
    )
    func wrongKey(header: String) async throws {
        try await withServer { client in
            let answer = try await client.get("/v1/students/S-1", [.authorization: header])
            #expect(answer.status == .unauthorized)
            #expect(!answer.text.contains("ada@"))
        }
    }

    @Test("a prefix of a key, and a key with a letter more, are refused")
    func nearMisses() async throws {
        let key = everything.text.reveal()
        try await withServer { client in
            for near in [String(key.dropLast()), key + "x", key.uppercased(), " ", everything.key.sha256] {
                try await client.get("/v1/students/S-1", [.xAPIKey: near]).expect(.unauthorized)
            }
            try await client.get("/v1/students/S-1", [.xAPIKey: key]).expect(.ok)
        }
    }

    @Test("an expired key is refused, one that expires later is not")
    func expiry() throws {
        let now = Date()
        let (old, oldText) = APIKey.generate(name: "old", expires: now)
        let (new, newText) = APIKey.generate(name: "new", expires: now.addingTimeInterval(1))
        let authenticator = Authenticator(keys: [old, new], now: { now })
        #expect(throws: Problem.self) {
            try authenticator.authorize([.xAPIKey: oldText.reveal()], for: .students)
        }
        #expect(try authenticator.authorize([.xAPIKey: newText.reveal()], for: .students) == "new")
    }

    @Test("with no key configured nobody may read student data, and the answer says how to configure one")
    func noKeys() async throws {
        try await withServer(keys: []) { client in
            for headers in [[:], [.xAPIKey: ""], [.xAPIKey: "anything"]] as [HTTPFields] {
                let problem = try await client.get("/v1/students/search?q=a", headers)
                    .problem("no-keys-configured", .unauthorized)
                #expect((problem["detail"] as? String)?.contains("server.api_keys") == true)
            }
        }
    }

    @Test("a caller without a key cannot tell a student who exists from one who does not")
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

    @Test("a generated key matches its own hash, has 256 bits, and prints as redacted")
    func generation() throws {
        let (key, text) = APIKey.generate(name: "a")
        #expect(try APIKey(name: "a", sha256: key.sha256) == key)
        #expect(try APIKey(name: "a", sha256: key.sha256.uppercased()) == key)
        #expect(key.sha256 == ContentHash.of(text.reveal()))
        #expect(text.reveal().utf8.count == 47)
        #expect("\(text)" == "[redacted]")
        #expect(APIKey.generate(name: "a").key != key)
    }

    @Test("a hash that is none is refused", arguments: ["", "ab", String(repeating: "g", count: 64), "ü"])
    func badHash(hash: String) {
        #expect(throws: ServerError.self) { try APIKey(name: "a", sha256: hash) }
    }

    private func routeTable() throws -> RouteTable {
        let configuration = ServerConfiguration(indexDirectory: URL(filePath: "/nonexistent"))
        let server = try Server(
            configuration: configuration,
            snapshots: StubSnapshots(),
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
