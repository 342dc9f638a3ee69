// The metrics as Prometheus takes them, and traces.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("Metrics and traces")
struct MetricsTests {
    /// What `promtool check metrics` and Prometheus' own parser insist on.
    private func check(_ text: String) throws {
        #expect(text.hasSuffix("\n"))
        var types: [String: String] = [:]
        var helped: Set<String> = []
        var finished: Set<String> = []
        var current = ""
        var seen: Set<String> = []
        var buckets: [String: [(bound: Double, count: Double)]] = [:]
        var totals: [String: Double] = [:]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if let help = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/) {
                #expect(helped.insert(String(help.1)).inserted, "\(line)")
                continue
            }
            if let type = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
                let name = String(type.1)
                #expect(helped.contains(name), "help comes first: \(line)")
                #expect(types.updateValue(String(type.2), forKey: name) == nil, "\(line)")
                #expect(!finished.contains(name), "a family is in one piece: \(line)")
                finished.insert(current)
                current = name
                if type.2 == "counter" { #expect(name.hasSuffix("_total"), "\(line)") }
                if type.2 != "counter" { #expect(!name.hasSuffix("_total"), "\(line)") }
                continue
            }
            let sample = try #require(
                line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|NaN|\+Inf)/),
                "\(line)"
            )
            let name = String(sample.1)
            let labels = String(sample.2 ?? "")
            let value = try #require(Double(sample.3))
            if !labels.isEmpty {
                #expect(
                    labels.wholeMatch(of: /([a-z_]+="(?:[^"\\\n]|\\[\\"n])*")(,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*/)
                        != nil,
                    "\(line)"
                )
            }
            #expect(seen.insert("\(name){\(labels)}").inserted, "twice: \(line)")
            let isPart =
                types[current] == "histogram" && ["_bucket", "_sum", "_count"].contains { name == current + $0 }
            #expect(isPart || (name == current && types[current] != "histogram"), "outside its family: \(line)")
            if name.hasSuffix("_bucket"), let bound = labels.firstMatch(of: /,le="([^"]+)"/) {
                let key = current + labels.replacing(/,le="[^"]+"/, with: "")
                buckets[key, default: []].append((bound.1 == "+Inf" ? .infinity : Double(bound.1) ?? .nan, value))
            }
            if name.hasSuffix("_count"), isPart { totals[current + labels] = value }
        }
        #expect(Set(types.keys) == helped)
        for (key, list) in buckets {
            #expect(list.map(\.bound) == list.map(\.bound).sorted(), "\(key)")
            #expect(list.map(\.count) == list.map(\.count).sorted(), "\(key)")
            #expect(list.last?.bound == .infinity, "\(key)")
            #expect(list.last?.count == totals[key], "\(key)")
        }
    }

    @Test("the metrics of a server that has done this and that are well-formed", .timeLimit(.minutes(5)))
    func wellFormed() async throws {
        let files = try TLSFiles()
        let authority = try TestAuthority()
        try authority.pair().write(to: files)
        let snapshots = StubSnapshots()
        snapshots.publish(.success(StubBackend()))
        try await RunningServer.run(snapshots: snapshots) {
            $0.tls = TLSSettings(certificate: files.certificate, privateKey: files.key)
        } _: { server in
            let url = "https://localhost:\(server.port)"
            try await RunningServer.withClient(.init(tlsConfiguration: authority.client())) { client in
                for path in ["/v1/jobs/J-1", "/v1/jobs/none", "/nothing", "/v1/jobs/search?q=explode", "/"] {
                    _ = try await RunningServer.get(url + path, over: client)
                }
                let text = try await RunningServer.get("\(url)/metrics", over: client).text
                try check(text)
                for line in [
                    #"lyceum_http_requests_total{route="/v1/jobs/search",method="GET",status="5xx"} 1"#,
                    #"lyceum_http_requests_total{route="none",method="GET",status="4xx"} 1"#,
                    "lyceum_http_requests_in_flight 1", "lyceum_connections 1", "lyceum_http_overloaded 0",
                    "lyceum_snapshot_loads_total 1",
                ] { #expect(text.contains("\n\(line)\n"), "\(line)") }
                for name in [
                    "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
                    "lyceum_tls_certificate_expiry_timestamp_seconds",
                ] {
                    let sample = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
                    let value = sample?.split(separator: " ").last.flatMap { Double($0) }
                    #expect(try #require(value, "\(name)") > 0)
                }
            }
        }
    }

    @Test("a label with quotes, backslashes and line breaks stays one label")
    func escaping() throws {
        var text = PrometheusText()
        text.family("a", .gauge, "Help\nwith a \\ and a break.")
        text.sample("a", [("b", "x\"y\\z\n")], "1")
        #expect(text.text == "# HELP a Help\\nwith a \\\\ and a break.\n# TYPE a gauge\na{b=\"x\\\"y\\\\z\\n\"} 1\n")
        try check(text.text)
    }

    @Test("a snapshot's age counts from when it was built")
    func age() throws {
        let built = try #require(ServerMetrics.moment(ofVersion: "20260131T101500Z-5f3a9c04"))
        #expect(built == Date(timeIntervalSince1970: 1_769_854_500))
        #expect(ServerMetrics.moment(ofVersion: "v1") == nil)
        #expect(ServerMetrics.moment(ofVersion: "20269931T101500Z-5f3a9c04") == nil)
        var backend = StubBackend()
        backend.version = "20260131T101500Z-5f3a9c04"
        let text = ServerMetrics().text(snapshot: backend, now: built.addingTimeInterval(90))
        #expect(text.contains("\nlyceum_snapshot_age_seconds 90\n"))
    }

    @Test("a trace is gone on with in a span of our own, and a broken one is replaced")
    func traces() async throws {
        let log = LogLines()
        let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        try await withServer(log: log) { client in
            var spans: Set<Substring> = ["00f067aa0ba902b7"]
            for _ in 0..<3 {
                let answer = try #require(
                    try await client.get("/health/live", [.traceparent: given]).headers[.traceparent]
                )
                let parts = answer.split(separator: "-")
                #expect(parts[1] == "4bf92f3577b34da6a3ce929d0e0e4736")
                #expect(parts[3] == "01")
                #expect(spans.insert(parts[2]).inserted)
                #expect(TraceContext(header: answer) != nil)
            }
            var traces: Set<Substring> = []
            for header in [
                nil, "", "00-abc", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "ff" + given.dropFirst(2),
            ] {
                var headers = HTTPFields()
                headers[.traceparent] = header
                let answer = try #require(try await client.get("/health/live", headers).headers[.traceparent])
                #expect(TraceContext(header: answer) != nil)
                #expect(traces.insert(answer.split(separator: "-")[1]).inserted)
            }
            var twice = HTTPFields()
            twice.append(HTTPField(name: .traceparent, value: given))
            twice.append(HTTPField(name: .traceparent, value: given))
            let answer = try #require(try await client.get("/health/live", twice).headers[.traceparent])
            #expect(!answer.contains("4bf92f3577b34da6a3ce929d0e0e4736"))
        }
        let lines = log.all.filter { $0.contains("\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"") }
        #expect(lines.count == 3)
    }

    @Test("the access log has the caller that a route has found out, the time taken and the bytes sent")
    func accessLog() async throws {
        let log = LogLines()
        let services = try await Server(
            configuration: ServerConfiguration(
                port: 0,
                indexDirectory: URL(filePath: "/nonexistent"),
                limits: .patient
            ),
            snapshots: StubSnapshots(),
            access: .forTests(),
            logger: log.logger()
        ).services
        let router = Router(context: ServerContext.self)
        router.add(middleware: EdgeMiddleware(table: RouteTable(services), services: services))
        router.get("/health/live") { _, context in
            var context = context
            context.caller = Caller(id: "key:k1", role: .registrar, credential: .key("k1"))
            return Response.json("{}")
        }
        try await Application(responder: EdgeResponder(inner: router.buildResponder())).test(.router) { client in
            try await client.get("/health/live").expect(.ok)
        }
        let line = try #require(log.all.first { $0.contains("\"message\":\"request\"") })
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(fields["caller"] as? String == "key:k1")
        #expect(fields["bytes"] as? Int == 2)
        #expect(fields["us"] as? Int != nil)
        #expect(fields["route"] as? String == "/health/live")
        #expect((fields["span_id"] as? String)?.count == 16)
    }
}
