// The Workday connector against a server that plays Workday, and its faults.

import Foundation
import Logging
import LyceumCore
import Synchronization
import Testing

@testable import LyceumSources

@Suite("Workday") struct WorkdaySourceTests {
    /// A tenant with students 0 ..< count, whose faults a test decides.
    private func tenant(
        count: Int = 250,
        fault: @escaping @Sendable (StubRequest) async -> StubResponse? = { _ in nil }
    ) async throws -> FaultServer {
        try await FaultServer { request in
            if let answer = await fault(request) { return answer }
            if request.path.hasSuffix("/token") {
                return .json(#"{"access_token":"t-\#(request.number)","token_type":"Bearer","expires_in":"3600"}"#)
            }
            return Self.page(request, ids: Array(0..<count))
        }
    }

    private static func page(_ request: StubRequest, ids: [Int], total: Int? = nil) -> StubResponse {
        let offset = Int(request.query["offset"] ?? "0") ?? 0
        let limit = min(100, Int(request.query["limit"] ?? "20") ?? 20)
        let data = ids.dropFirst(offset).prefix(limit).map {
            #"{"id":"w\#($0)","studentId":"\#($0)","firstName":"F\#($0)","skills":["Python"],"program":{"id":"p1","descriptor":"Physics"}}"#
        }
        return .json(#"{"total":\#(total ?? ids.count),"data":[\#(data.joined(separator: ","))]}"#)
    }

    private func source(
        _ server: FaultServer,
        timeout: Double = 10,
        _ change: (inout WorkdayConfiguration) -> Void = { _ in }
    ) throws -> WorkdaySource {
        var configuration = WorkdayConfiguration(
            name: "workday",
            host: try #require(URL(string: server.url)),
            tenant: "campus",
            clientID: "client",
            clientSecret: Secret("hush-hush-42"),
            refreshToken: Secret("refresh-43"),
            requestsPerSecond: 0,
            timeoutSeconds: timeout
        )
        change(&configuration)
        var policy = RetryPolicy()
        policy.base = .milliseconds(5)
        policy.cap = .milliseconds(50)
        return try WorkdaySource(
            configuration,
            policy: policy,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func extract(_ source: WorkdaySource, into sink: RecordingSink, fingerprint: String? = nil) async throws
        -> Extraction
    {
        let dataset = try #require(try await source.datasets().first { $0.table == "workday_students" })
        return try await source.extract(ExtractRequest(dataset: dataset, fingerprint: fingerprint), into: sink)
    }

    private func expectComplete(_ result: Extraction, _ sink: RecordingSink, count: Int = 250) async {
        #expect(result.rows == Int64(count))
        #expect(result.isComplete)
        #expect(Set(await sink.values("workday_id").compactMap { $0 }).count == count)
    }

    @Test("all pages become rows, with one token for all requests")
    func wholeCollection() async throws {
        let server = try await tenant()
        let source = try source(server)
        let sink = RecordingSink()
        let result = try await extract(source, into: sink)
        await expectComplete(result, sink)
        let row = try #require(await sink.rows.first { $0["workday_id"] == "w7" })
        #expect(row["student_id"] == "7" && row["program"] == "Physics" && row["program_id"] == "p1")
        #expect(row["skills"] == #"["Python"]"#)
        #expect(server.requests.count { $0.path == "/ccx/oauth2/campus/token" } == 1)
        #expect(server.requests.count { $0.path == "/ccx/api/studentCore/v1/campus/students" } == 3)
        let token = try #require(server.requests.first { $0.method == "POST" })
        #expect(token.headers["authorization"] == "Basic " + Data("client:hush-hush-42".utf8).base64EncodedString())
        #expect(token.body == "grant_type=refresh_token&refresh_token=refresh-43")
        await source.close()
    }

    @Test("client credentials are a grant too")
    func clientCredentials() async throws {
        let server = try await tenant(count: 1)
        let source = try source(server) { $0.grant = .clientCredentials }
        _ = try await extract(source, into: RecordingSink())
        #expect(server.requests.first?.body == "grant_type=client_credentials")
    }

    @Test(
        "429, 500, 503, broken connections, cut bodies and pages that are not JSON are tried again",
        arguments: [
            "429", "429-seconds", "500", "503", "cut", "malformed",
        ]
    )
    func transientFaults(fault: String) async throws {
        let failed = Mutex<Set<String>>([])
        let server = try await tenant { request in
            guard request.method == "GET", failed.withLock({ $0.insert(request.query["offset"] ?? "").inserted }) else {
                return nil
            }
            switch fault {
            case "429": return .text("slow down", status: 429)
            case "429-seconds": return StubResponse(status: 429, headers: ["Retry-After": "0"])
            case "500": return .text("oops", status: 500)
            case "503": return .text("later", status: 503)
            case "cut":
                return StubResponse(
                    body: Array(#"{"total":250,"data":[{"id":"w1"},{"id":"w2"}]}"#.utf8),
                    isTruncated: true
                )
            default: return .json(#"{"total":250,"data":[{"id":"w1"},{"id":"#)
            }
        }
        let source = try source(server)
        let sink = RecordingSink()
        let result = try await extract(source, into: sink)
        await expectComplete(result, sink)
        #expect(server.requests.count { $0.method == "GET" } == 6)
    }

    @Test("a token that ends in the middle is renewed once, and the request sent again")
    func expiredToken() async throws {
        let expired = Mutex(true)
        let server = try await tenant { request in
            guard request.query["offset"] == "99",
                expired.withLock({ old in
                    defer { old = false }; return old
                })
            else { return nil }
            return .json(#"{"error":"invalid_token"}"#, status: 401)
        }
        let source = try source(server)
        let sink = RecordingSink()
        let result = try await extract(source, into: sink)
        await expectComplete(result, sink)
        #expect(server.requests.count { $0.method == "POST" } == 2)
    }

    @Test("credentials that are refused are not tried again, and are not shown")
    func refusedCredentials() async throws {
        let server = try await tenant { request in
            request.method == "POST" ? .json(#"{"error":"invalid_client"}"#, status: 401) : nil
        }
        let source = try source(server)
        await #expect {
            _ = try await extract(source, into: RecordingSink())
        } throws: { error in
            guard let error = error as? SourceError else { return false }
            return error.code == .unauthorized && !"\(error)".contains("hush-hush")
                && !"\(error)".contains("refresh-43")
        }
        #expect(server.requests.count == 1)
    }

    @Test("a token that is never accepted ends after one renewal")
    func neverAccepted() async throws {
        let server = try await tenant { $0.method == "GET" ? .text("no", status: 401) : nil }
        let source = try source(server)
        await #expect { _ = try await extract(source, into: RecordingSink()) } throws: {
            ($0 as? SourceError)?.code == .unauthorized
        }
        #expect(server.requests.count { $0.method == "GET" } == 2)
        #expect(server.requests.count { $0.method == "POST" } == 2)
    }

    @Test("a missing domain permission is not tried again, and the resource is named")
    func forbidden() async throws {
        let server = try await tenant {
            $0.method == "GET" ? .json(#"{"error":"permission denied"}"#, status: 403) : nil
        }
        let source = try source(server)
        await #expect { _ = try await extract(source, into: RecordingSink()) } throws: { error in
            guard let error = error as? SourceError else { return false }
            return error.code == .forbidden && error.message.contains("studentCore/students")
        }
        #expect(server.requests.count { $0.method == "GET" } == 1)
    }

    @Test("a page that stays malformed ends in an error with its URL and byte")
    func staysMalformed() async throws {
        let server = try await tenant { $0.query["offset"] == "198" ? .json(#"{"total":250,"data":[{"id":}]}"#) : nil }
        let source = try source(server)
        await #expect { _ = try await extract(source, into: RecordingSink()) } throws: { error in
            guard let error = error as? SourceError else { return false }
            return error.code == .malformed && error.message.contains("byte 27")
                && error.location?.contains("offset=198") == true
        }
        #expect(server.requests.count { $0.query["offset"] == "198" } == RetryPolicy().maximumAttempts)
    }

    @Test("rows that move between pages are all found, by reading again")
    func shiftingRows() async throws {
        let reads = Counter()
        let server = try await tenant { request in
            guard request.method == "GET" else { return nil }
            // After the first page a row is inserted in front of all others.
            let ids = reads.add() == 1 ? Array(0..<250) : [999] + Array(0..<250)
            return Self.page(request, ids: ids)
        }
        let source = try source(server) { $0.concurrency = 1 }
        let sink = RecordingSink()
        let result = try await extract(source, into: sink)
        await expectComplete(result, sink, count: 251)
    }

    @Test("a collection that never holds still is delivered, and absences are no deletions")
    func unstable() async throws {
        let reads = Counter()
        let server = try await tenant { request in
            guard request.method == "GET" else { return nil }
            return Self.page(request, ids: Array(-reads.add()..<250))
        }
        let source = try source(server)
        let result = try await extract(source, into: RecordingSink())
        #expect(!result.isComplete)
        #expect(result.rows >= 250)
    }

    @Test("a record without an id is set aside, a repeated one comes once, one that differs comes again")
    func oddRecords() async throws {
        let server = try await tenant { request in
            guard request.method == "GET" else { return nil }
            return .json(
                #"{"total":5,"data":[{"id":"a"},{"id":"a"},{"id":null,"firstName":"X"},{"firstName":"Y"},{"id":"a","firstName":"Z"}]}"#
            )
        }
        let source = try source(server)
        let sink = RecordingSink()
        let result = try await extract(source, into: sink)
        #expect(result.rows == 2)
        #expect(result.rejected == 2)
        #expect(await sink.rejected.map(\.text) == [#"{"id":null,"firstName":"X"}"#, #"{"firstName":"Y"}"#])
        #expect(await sink.rejected.first?.location.contains("byte 41") == true)
    }

    @Test("unknown members are kept, and new ones and changed types are noted once")
    func drift() async throws {
        let body = Mutex(#"{"total":1,"data":[{"id":"a","studentId":"7"}]}"#)
        let server = try await tenant { $0.method == "GET" ? .json(body.withLock { $0 }) : nil }
        let source = try source(server)
        let first = try await extract(source, into: RecordingSink())
        body.withLock { $0 = #"{"total":1,"data":[{"id":"a","studentId":7,"nickname":"Z","skills":"Python"}]}"# }
        let sink = RecordingSink()
        let second = try await extract(source, into: sink, fingerprint: first.fingerprint)
        #expect(await sink.rows.first?["_extra"] == #"{"nickname":"Z"}"#)
        #expect(
            second.drift.contains(
                SchemaDrift(
                    table: "workday_students",
                    column: "student_id",
                    kind: .retyped,
                    detail: "string is now number"
                )
            )
        )
        #expect(
            second.drift.contains(
                SchemaDrift(table: "workday_students", column: "skills", kind: .retyped, detail: "holds string")
            )
        )
        #expect(second.drift.contains { $0.column == "nickname" && $0.kind == .added })
        #expect(second.drift.contains { $0.column == "email" && $0.kind == .missing })
        let third = try await extract(source, into: RecordingSink(), fingerprint: second.fingerprint)
        #expect(!third.drift.contains { $0.column == "nickname" || $0.column == "student_id" })
    }

    @Test("a reference gives its descriptor wherever a value is expected, and ordinary members are no drift")
    func references() async throws {
        let server = try await tenant { request in
            guard request.method == "GET" else { return nil }
            return .json(
                #"{"total":1,"data":[{"id":"p","descriptor":"x","academicUnit":{"id":"u","descriptor":"Physics"},"level":"BSc"}]}"#
            )
        }
        let source = try source(server)
        let dataset = try #require(try await source.datasets().first { $0.table == "workday_academic_programs" })
        let sink = RecordingSink()
        let result = try await source.extract(ExtractRequest(dataset: dataset), into: sink)
        let row = try #require(await sink.rows.first)
        #expect(row["department"] == "Physics" && row["level"] == "BSc" && row["title"] == "x")
        #expect(row["_extra"] == #"{"academicUnit.id":"u"}"#)
        #expect(result.drift.allSatisfy { $0.kind == .missing })
    }

    @Test("a server that does not answer in time is an error that says so")
    func timeout() async throws {
        let server = try await tenant { request in
            request.method == "GET" ? StubResponse(body: [], delay: .seconds(30)) : nil
        }
        let source = try source(server, timeout: 0.1)
        await #expect { _ = try await extract(source, into: RecordingSink()) } throws: {
            ($0 as? SourceError)?.code == .timeout
        }
    }

    @Test("no server is an error that says so")
    func noServer() async throws {
        let configuration = WorkdayConfiguration(
            name: "workday",
            host: try #require(URL(string: "http://127.0.0.1:1")),
            tenant: "campus",
            clientID: "c",
            clientSecret: Secret("s"),
            refreshToken: Secret("r"),
            requestsPerSecond: 0
        )
        var policy = RetryPolicy()
        policy.maximumAttempts = 2
        policy.base = .milliseconds(1)
        let source = try WorkdaySource(configuration, policy: policy, logger: Logger(label: "test"))
        await #expect { _ = try await extract(source, into: RecordingSink()) } throws: { error in
            if (error as? SourceError)?.code != .unreachable { Issue.record("\(error)") }
            return (error as? SourceError)?.code == .unreachable
        }
        let findings = await source.check()
        #expect(findings.count == 1 && !findings[0].ok && findings[0].howToMend != nil)
    }

    @Test("the rate that is configured is the rate that is used")
    func rate() async throws {
        let server = try await tenant(count: 1_200)
        let source = try source(server) {
            $0.requestsPerSecond = 20
            $0.concurrency = 8
        }
        let start = ContinuousClock.now
        _ = try await extract(source, into: RecordingSink())
        // 13 requests at 20 a second, of which 4 may go at once.
        let seconds = (ContinuousClock.now - start).inSeconds
        #expect(seconds > 0.4)
    }

    @Test("150,000 records take a few seconds at most")
    func volume() async throws {
        let record = String(repeating: "x", count: 1_000)
        let page =
            "["
            + (0..<100).map {
                #"{"id":"%\#($0)","title":"Analyst","jobDescription":"\#(record)","primaryLocation":{"descriptor":"Leeds"}}"#
            }
            .joined(separator: ",") + "]"
        let shape = WorkdayFields.shape(try #require(Contract.of("workday_job_postings")))
        let bytes = Array(page.utf8)
        let start = ContinuousClock.now
        var builder = try TextBatchBuilder(columns: shape.tree.columns + ["_extra"])
        for _ in 0..<150 {
            let page = try JSONPage(bytes, shape: shape, rows: "data", location: "test")
            for record in page.records { _ = try builder.append(record.values + [record.extra]) }
        }
        let seconds = (ContinuousClock.now - start).inSeconds
        print("15,000 records of 1.1 KB: \(seconds) s")
        // A tenth of the volume, in a build without optimisation.
        #expect(seconds < 20)
    }
}
