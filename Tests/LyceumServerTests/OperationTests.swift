// Headers, identity, logs, metrics, and new snapshots while running.

import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import LyceumServer

@Suite("Operation")
struct OperationTests {
    @Test(
        "every answer carries the security headers, errors too",
        arguments: ["/", "/v1/jobs/search", "/nothing", "/v1/students/S-1", "/v1/jobs/search?limit=x", "/health/live"]
    )
    func securityHeaders(path: String) async throws {
        try await withServer { client in
            let headers = try await client.get(path).headers
            #expect(headers[.xContentTypeOptions] == "nosniff")
            // A page's forms name their origin, by which they are known as its own.
            #expect(headers[.referrerPolicy] == (path == "/" ? "same-origin" : "no-referrer"))
            #expect(headers[.xFrameOptions] == "DENY")
            let policy = try #require(headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'"))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe"))
            #expect(headers[.cacheControl] != nil)
        }
    }

    @Test("the page loads only its own style and script, and nothing inline")
    func pageHasNothingInline() async throws {
        try await withServer { client in
            let page = try await client.get("/")
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.headers[.contentSecurityPolicy] == SecurityHeaders.pagePolicy)
            #expect(
                page.text.firstMatch(of: /<style|style="|<script(?![^>]*src="\/assets\/app\.js")|\son[a-z]+="/) == nil
            )
            #expect(page.text.firstMatch(of: /(?:src|href)="(?:https?:)?\/\//) == nil)
            let script = try await client.get("/assets/app.js").text
            #expect(!script.contains("innerHTML"))
            #expect(!script.contains("eval("))
            #expect(script.firstMatch(of: /https?:\/\//) == nil)
        }
    }

    @Test("a page file is not sent again to who has it", arguments: PageStore.paths.map(\.path))
    func notModified(path: String) async throws {
        try await withServer { client in
            let first = try await client.get(path)
            let tag = try #require(first.headers[.eTag])
            for header in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let second = try await client.get(path, [.ifNoneMatch: header])
                #expect(second.status == .notModified)
                #expect(second.body.readableBytes == 0)
                // The browser takes the headers of a 304 over into its copy.
                #expect(second.headers[.contentSecurityPolicy] == first.headers[.contentSecurityPolicy])
                #expect(second.headers[.cacheControl] == first.headers[.cacheControl])
            }
            try await client.get(path, [.ifNoneMatch: "\"other\""]).expect(.ok)
        }
    }

    @Test("a document is sent byte for byte, and its tag is of these bytes")
    func verbatim() async throws {
        try await withServer { client in
            let answer = try await client.get("/v1/jobs/J-1")
            #expect(answer.text == #"{"job_posting_id":"J-1", "title":"Data \u0065ngineer","n":1.50}"#)
            let tag = try #require(answer.headers[.eTag])
            try await client.get("/v1/jobs/J-1", [.ifNoneMatch: tag]).expect(.notModified)
            #expect(try await client.get("/v1/jobs/J%2F2%20%C3%A4").headers[.eTag] != tag)
            try await client.get("/v1/jobs/J%2F2%20%C3%A4").expect(text: #"{"job_posting_id":"J/2 ä","title":"Nurse"}"#)
        }
    }

    @Test("HEAD has the headers of GET and no body")
    func head() async throws {
        try await withServer { client in
            let get = try await client.get("/v1/jobs/J-1")
            let head = try await client.executeRequest(uri: "/v1/jobs/J-1", method: .head, headers: [:], body: nil)
            #expect(head.status == .ok)
            #expect(head.body.readableBytes == 0)
            #expect(head.headers[.contentLength] == get.headers[.contentLength])
            #expect(head.headers[.eTag] == get.headers[.eTag])
        }
    }

    @Test(
        "a well-formed request id is taken over, any other is replaced",
        arguments: [
            ("abcdefgh", true), ("01HXYZ-abc_def.9", true), (String(repeating: "a", count: 64), true), ("short", false),
            (String(repeating: "a", count: 65), false), ("with space", false), ("forged\\nline", false),
            ("ünïcode-id", false),
            ("", false),
        ]
    )
    func requestID(id: String, isTaken: Bool) async throws {
        try await withServer { client in
            let answered = try #require(try await client.get("/health/live", [.xRequestID: id]).headers[.xRequestID])
            #expect((answered == id) == isTaken)
            #expect(RequestIdentity.isWellFormed(answered))
        }
    }

    @Test(
        "the trace id of a traceparent is read when the header is well-formed",
        arguments: [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", true),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", false),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
            ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false), ("", false), ("---", false),
        ]
    )
    func traceparent(header: String, isRead: Bool) {
        #expect(TraceContext(header: header)?.traceID == (isRead ? "4bf92f3577b34da6a3ce929d0e0e4736" : nil))
    }

    @Test("fresh ids are whole and never the same, whoever asks at the same time")
    func freshIDs() async {
        let ids = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<8 { group.addTask { (0..<500).map { HexadecimalID.fresh(bytes: $0 % 2 == 0 ? 8 : 16) } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 4000)
        #expect(ids.allSatisfy { [16, 32].contains($0.utf8.count) && $0.utf8.allSatisfy(HexadecimalID.isDigit) })
        // Each digit stands at each place about as often as any other.
        let firsts = Dictionary(grouping: ids, by: \.first).mapValues(\.count)
        #expect(firsts.count == 16 && firsts.values.allSatisfy { (150...350).contains($0) })
    }

    @Test("the access log has the route's template, never the target, a query or a student")
    func accessLog() async throws {
        let log = LogLines()
        try await withServer(log: log) { client in
            _ = try await client.getWithKey("/v1/students/S-1?")
            _ = try await client.getWithKey("/v1/students/search?q=secretword")
            _ = try await client.get("/secretpath")
            _ = try await client.executeRequest(
                uri: "/v1/jobs/search",
                method: HTTPRequest.Method("SECRETMETHOD") ?? .get,
                headers: [:],
                body: nil
            )
        }
        let lines = log.all.filter { $0.contains("\"message\":\"request\"") }
        #expect(lines.count == 4)
        for secret in [
            "S-1", "secret", "SECRET", try await TestKeys.shared.value.texts[.registrar] ?? "?",
        ] { #expect(!log.text.contains(secret)) }
        let first = try #require(lines.first)
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(first.utf8)) as? [String: Any])
        #expect(fields["route"] as? String == "/v1/students/{id}")
        #expect(fields["status"] as? Int == 200)
        #expect(fields["us"] as? Int != nil)
        #expect(first.hasSuffix("}\n"))
    }

    @Test("a log line stays one line, whatever is logged")
    func oneLine() throws {
        let log = LogLines()
        log.logger().info("a\nb\"\\\u{2028}\u{1}", metadata: ["k\n": ["x": [.string("\r\n")]]])
        #expect(log.all.count == 1)
        #expect(log.text.filter { $0.isNewline }.count == 1)
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(log.text.utf8)) as? [String: Any])
        #expect(fields["message"] as? String == "a\nb\"\\\u{2028}\u{1}")
    }

    @Test("metrics count by route, method and class, and bucket by time")
    func metrics() async throws {
        try await withServer { client in
            for _ in 0..<3 { _ = try await client.get("/v1/jobs/J-1") }
            _ = try await client.get("/v1/jobs/J-9")
            _ = try await client.get("/nothing")
            let text = try await client.getWithKey("/metrics", as: .administrator).text
            #expect(text.contains(#"lyceum_http_requests_total{route="/v1/jobs/{id}",method="GET",status="2xx"} 3"#))
            #expect(text.contains(#"lyceum_http_requests_total{route="/v1/jobs/{id}",method="GET",status="4xx"} 1"#))
            #expect(text.contains(#"lyceum_http_requests_total{route="none",method="GET",status="4xx"} 1"#))
            #expect(text.contains(#"lyceum_http_request_duration_seconds_count{route="/v1/jobs/{id}"} 4"#))
            #expect(text.contains(#"lyceum_http_request_duration_seconds_bucket{route="/v1/jobs/{id}",le="+Inf"} 4"#))
            #expect(text.contains("lyceum_http_requests_in_flight 1\n"))
            #expect(text.contains(#"lyceum_snapshot_documents{collection="jobs"} 2"#))
        }
    }

    @Test("every line of the metrics is a comment or a sample, buckets only grow, and units are seconds")
    func metricsFormat() throws {
        let metrics = ServerMetrics()
        for microseconds in [1, 250, 251, 3_000, 99_000_000] {
            metrics.requestBegan()
            metrics.requestEnded(route: "/r", method: .get, status: 200, microseconds: microseconds)
        }
        let lines = metrics.text(snapshot: StubBackend()).split(separator: "\n")
        for line in lines {
            #expect(
                line.wholeMatch(of: /# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.]+/)
                    != nil,
                "\(line)"
            )
        }
        let buckets = lines.filter { $0.contains("_bucket") }.compactMap {
            $0.split(separator: " ").last.flatMap { Int($0) }
        }
        #expect(buckets == buckets.sorted())
        #expect(buckets.first == 2)
        #expect(buckets.last == 5)
        #expect(ServerMetrics.seconds(2_500) == "0.0025")
        #expect(ServerMetrics.seconds(10_000_000) == "10")
        #expect(ServerMetrics.seconds(0) == "0")
    }

    @Test("a new snapshot is taken up without a restart, and one that cannot be read leaves the old one in use")
    func reload() async throws {
        let snapshots = StubSnapshots()
        let log = LogLines()
        try await withServer(snapshots: snapshots, log: log) { client in
            #expect(try await client.get("/health/ready").object()["snapshot"] as? String == "v1")
            snapshots.publish(.failure(Unforeseen()))
            try await eventually { log.text.contains("search snapshot not loaded") }
            #expect(try await client.get("/health/ready").object()["snapshot"] as? String == "v1")
            snapshots.publish(.success(StubBackend(version: "v2")))
            try await eventually { try await client.get("/health/ready").object()["snapshot"] as? String == "v2" }
        }
        #expect(log.all.filter { $0.contains("search snapshot not loaded") }.count == 1)
    }

    @Test("a configuration that cannot work is refused", arguments: [-1, 65_536])
    func badPort(port: Int) async throws {
        let access = try await ServerAccess.forTests()
        let configuration = ServerConfiguration(port: port, indexDirectory: URL(filePath: "/nonexistent"))
        #expect(throws: ServerError.self) {
            try Server(
                configuration: configuration,
                snapshots: StubSnapshots(),
                access: access,
                logger: LogLines().logger()
            )
        }
    }
}
