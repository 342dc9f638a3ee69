// Each kind of bad request and the problem it gets.

import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import LyceumServer

@Suite("Problems")
struct ProblemTests {
    @Test(
        "an unknown path is a 404 problem",
        arguments: [
            "/v2/jobs", "/v1", "/v1/jobs", "/v1/teachers/search", "/v1/jobs/J-1/x", "/assets/", "/assets/x.js",
            "/index.html",
        ]
    )
    func unknownPath(path: String) async throws {
        try await withServer { client in
            try await client.get(path).problem("not-found", .notFound)
        }
    }

    @Test("an unknown id is a 404 problem that does not repeat the id")
    func unknownID() async throws {
        try await withServer { client in
            try await client.get("/v1/jobs/J-999").problem("no-such-job", .notFound)
            try await client.get("/v1/courses/C-999").problem("no-such-course", .notFound)
            let student = try await client.getWithKey("/v1/students/S-999")
            try student.problem("no-such-student", .notFound)
            #expect(!student.text.contains("S-999"))
            try await client.getWithKey("/v1/students/S-999/recommendations/jobs").problem("no-such-student", .notFound)
        }
    }

    @Test(
        "a method that is not allowed is a 405 that names those that are",
        arguments: [
            (.delete, "/v1/jobs/search", "GET, HEAD, POST, OPTIONS"),
            (.put, "/v1/jobs/J-1", "GET, HEAD, OPTIONS"),
            (.post, "/health/live", "GET, HEAD, OPTIONS"),
            (.post, "/", "GET, HEAD, OPTIONS"),
            (.patch, "/v1/students/S-1/recommendations/jobs", "GET, HEAD, OPTIONS"),
        ] as [(HTTPRequest.Method, String, String)]
    )
    func method(method: HTTPRequest.Method, path: String, allowed: String) async throws {
        try await withServer { client in
            let answer = try await client.executeRequest(uri: path, method: method, headers: [:], body: nil)
            try answer.problem("method-not-allowed", .methodNotAllowed)
            #expect(answer.headers[.allow] == allowed)
        }
    }

    @Test("OPTIONS says what is allowed")
    func options() async throws {
        try await withServer { client in
            let answer = try await client.executeRequest(
                uri: "/v1/jobs/search",
                method: .options,
                headers: [:],
                body: nil
            )
            #expect(answer.status == .noContent)
            #expect(answer.headers[.allow] == "GET, HEAD, POST, OPTIONS")
        }
    }

    @Test(
        "a query parameter that cannot be read is a 400 that names it",
        arguments: [
            ("limit=ten", "limit", "bad-parameter"), ("limit=-1", "limit", "bad-parameter"),
            ("limit=101", "limit", "bad-parameter"), ("limit=1.5", "limit", "bad-parameter"),
            ("limit=99999999999999999999", "limit", "bad-parameter"), ("limit=", "limit", "bad-parameter"),
            ("offset=-1", "offset", "bad-parameter"), ("offset=10001", "offset", "bad-parameter"),
            ("explain=perhaps", "explain", "bad-parameter"),
            ("explain=", "explain", "bad-parameter"), ("highlight=1", "highlight", "bad-parameter"),
            ("q=a&q=b", "q", "bad-parameter"),
            ("q=%00", "q", "bad-parameter"), ("fliter=a", "fliter", "unknown-parameter"),
            ("cursor=a&offset=1", "cursor", "bad-parameter"), ("Q=a", "Q", "unknown-parameter"),
            ("facets=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "facets", "bad-parameter"),
            ("sort=a,b,c,d,e", "sort", "bad-parameter"),
        ]
    )
    func parameter(query: String, name: String, code: String) async throws {
        try await withServer { client in
            let problem = try await client.get("/v1/jobs/search?\(query)").problem(code, .badRequest)
            #expect(problem["parameter"] as? String == name)
        }
    }

    @Test("a query that is too long is refused, one of the full length is not")
    func longQuery() async throws {
        try await withServer { client in
            let full = String(repeating: "a", count: 1000)
            try await client.get("/v1/jobs/search?q=\(full)").expect(.ok)
            try await client.get("/v1/jobs/search?q=\(full)a").problem("bad-parameter", .badRequest)
            // Characters are counted, as JSON Schema counts them, and not bytes.
            let accented = String(repeating: "é", count: 1000)
            try await client.post("/v1/jobs/search", #"{"q":"\#(accented)"}"#).expect(.ok)
            try await client.post("/v1/jobs/search", #"{"q":"\#(accented)é"}"#).problem("bad-parameter", .badRequest)
        }
    }

    @Test("routes without parameters refuse a query", arguments: ["/v1/jobs/J-1?x=1", "/v1/courses/AAA-2013J?q=a"])
    func noParameters(path: String) async throws {
        try await withServer { client in
            try await client.get(path).problem("unknown-parameter", .badRequest)
        }
    }

    @Test("a bad filter is a 400 with the position")
    func badFilter() async throws {
        try await withServer { client in
            let problem = try await client.get("/v1/jobs/search?filter=broken").problem("bad-filter", .badRequest)
            #expect(problem["parameter"] as? String == "filter")
            #expect(problem["position"] as? Int == 1)
        }
    }

    @Test(
        "a body that is not a JSON object is a 400",
        arguments: ["", "{", "[]", "null", "\"q\"", "{\"q\":}", "{\"q\":\"a\"} x", "\u{FEFF}", "{'q':'a'}", "NaN"]
    )
    func badJSON(body: String) async throws {
        try await withServer { client in
            try await client.post("/v1/jobs/search", body).problem("bad-json", .badRequest)
        }
    }

    @Test(
        "a member of the wrong type is a 400 that names it",
        arguments: [
            (#"{"q":1}"#, "q"), (#"{"limit":"10"}"#, "limit"), (#"{"limit":1.5}"#, "limit"),
            (#"{"filter":{"a":1}}"#, "filter"), (#"{"filter":[1]}"#, "filter"), (#"{"explain":"yes"}"#, "explain"),
            (#"{"facets":7}"#, "facets"), (#"{"limit":1000}"#, "limit"), (#"{"offset":1,"cursor":"x"}"#, "cursor"),
            (#"{"limit":1e400}"#, "limit"),
        ]
    )
    func wrongType(body: String, name: String) async throws {
        try await withServer { client in
            let answer = try await client.post("/v1/jobs/search", body)
            #expect(answer.status == .badRequest)
            // A number beyond every type may be refused as bad JSON instead.
            if !body.contains("1e400") {
                #expect(try answer.problem("bad-parameter", .badRequest)["parameter"] as? String == name)
            }
        }
    }

    @Test("an unknown member is refused and named")
    func unknownMember() async throws {
        try await withServer { client in
            let problem = try await client.post("/v1/jobs/search", #"{"query":"a"}"#)
                .problem("unknown-parameter", .badRequest)
            #expect(problem["parameter"] as? String == "query")
        }
    }

    @Test(
        "a body that is not JSON by its type is a 415",
        arguments: [
            nil, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16",
            "application/jsonp",
        ]
    )
    func mediaType(type: String?) async throws {
        try await withServer { client in
            try await client.post("/v1/jobs/search", "{}", type: type)
                .problem("unsupported-media-type", .unsupportedMediaType)
        }
    }

    @Test("JSON types with UTF-8 are taken", arguments: ["application/json", "Application/JSON; charset=UTF-8"])
    func goodMediaType(type: String) async throws {
        try await withServer { client in
            try await client.post("/v1/jobs/search", "{}", type: type).expect(.ok)
        }
    }

    @Test("a body over the limit is a 413, whether or not it says its length")
    func tooLarge() async throws {
        try await withServer(limits: .init(bodyBytes: 100)) { client in
            let body = #"{"q":"\#(String(repeating: "a", count: 100))"}"#
            try await client.post("/v1/jobs/search", body).problem("body-too-large", .contentTooLarge)
        }
    }

    @Test("a target over the limit is a 414")
    func longTarget() async throws {
        try await withServer { client in
            let long = String(repeating: "a", count: 9000)
            try await client.get("/v1/jobs/search?q=\(long)").problem("target-too-long", .uriTooLong)
            try await client.get("/\(long)").problem("target-too-long", .uriTooLong)
        }
    }

    @Test("before the first snapshot, search answers 503 and says when to retry")
    func noSnapshot() async throws {
        try await withServer(snapshots: StubSnapshots(nil)) { client in
            for path in ["/v1/jobs/search", "/v1/jobs/J-1", "/health/ready"] {
                let answer = try await client.get(path)
                try answer.problem("no-snapshot", .serviceUnavailable)
                #expect(answer.headers[.retryAfter] == "5")
            }
            try await client.get("/health/live").expect(.ok)
        }
    }

    @Test("an unforeseen failure is a 500 that tells the caller nothing of it")
    func unforeseen() async throws {
        let log = LogLines()
        try await withServer(log: log) { client in
            let answer = try await client.get("/v1/jobs/search?q=explode")
            try answer.problem("internal", .internalServerError)
            #expect(!answer.text.contains("ada@"))
        }
        #expect(log.text.contains("Unforeseen"))
        #expect(!log.text.contains("ada@"))
    }

    @Test("runs answer 503 where there is no ledger, 404 for an unknown run and the run where there is one")
    func runs() async throws {
        try await withServer { client in
            try await client.getWithKey("/v1/runs").problem("runs-unavailable", .serviceUnavailable)
        }
        try await withServer(runs: StubRuns()) { client in
            try await client.getWithKey("/v1/runs").expect(text: "{\"runs\":[\(StubRuns.json)]}")
            try await client.getWithKey("/v1/runs/\(StubRuns.id)").expect(text: StubRuns.json)
            for id in ["20261123T081502Z-000000", "x", "..", "%2e%2e%2fledger.sqlite"] {
                try await client.getWithKey("/v1/runs/\(id)").problem("no-such-run", .notFound)
            }
        }
    }
}
