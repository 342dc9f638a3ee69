// Reports and WQL of the Workday connector against a server that plays Workday.

import ADBC
import Arrow
import CryptoExtras
import Foundation
import Logging
import LyceumCore
import Synchronization
import Testing

@testable import LyceumSources

@Suite("Workday reports and queries") struct WorkdayReportTests {
    private func source(
        _ server: FaultServer,
        _ resources: [String: WorkdayConfiguration.Resource],
        _ change: (inout WorkdayConfiguration) -> Void = { _ in }
    ) throws -> WorkdaySource {
        var configuration = WorkdayConfiguration(
            name: "workday",
            host: try #require(URL(string: server.url)),
            tenant: "campus",
            clientID: "client",
            clientSecret: Secret("hush-hush-42"),
            refreshToken: Secret("refresh-43"),
            reportUser: "ISU_Lyceum",
            reportPassword: Secret("hush-report"),
            requestsPerSecond: 0,
            resources: resources
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

    private func extract(_ source: WorkdaySource, _ table: String, into sink: any ExtractSink) async throws
        -> Extraction
    {
        let dataset = try #require(try await source.datasets().first { $0.table == table })
        return try await source.extract(ExtractRequest(dataset: dataset), into: sink)
    }

    private static let terms = WorkdayConfiguration.Resource(
        .report(owner: "ISU_Lyceum", name: "Job Posting/Terms", prompts: ["As_Of": "2026-01-01"])
    )

    private static func row(_ number: Int) -> String {
        #"{"Job_Posting_ID":"JR-\#(number)","Application_Deadline":"2026-05-01","Salary_Minimum":"\#(number).50","Currency":"USD"}"#
    }

    private static func report(_ rows: Range<Int>) -> [UInt8] {
        Array((#"{"Report_Entry":["# + rows.map(row).joined(separator: ",") + "]}").utf8)
    }

    @Test("a report is asked for once, as the report user, and its rows land under the table's columns")
    func report() async throws {
        let server = try await FaultServer { _ in StubResponse(body: Self.report(0..<3_000)) }
        let source = try source(server, ["workday_job_posting_terms": Self.terms])
        let sink = RecordingSink()
        let result = try await extract(source, "workday_job_posting_terms", into: sink)
        #expect(result.rows == 3_000 && result.isComplete && result.rejected == 0)
        let row = try #require(await sink.rows.first { $0["job_posting_id"] == "JR-7" })
        #expect(row["salary_min"] == "7.50" && row["currency"] == "USD" && row["application_deadline"] == "2026-05-01")
        let asked = try #require(server.requests.first)
        #expect(server.requests.count == 1)
        #expect(asked.path == "/ccx/service/customreport2/campus/ISU_Lyceum/Job%20Posting%2FTerms")
        #expect(asked.query == ["format": "json", "As_Of": "2026-01-01"])
        #expect(asked.headers["authorization"] == "Basic " + Data("ISU_Lyceum:hush-report".utf8).base64EncodedString())
        await source.close()
    }

    @Test(
        "a report that breaks off or is not JSON is asked for again, and no row comes twice",
        arguments: ["cut", "malformed", "500"]
    )
    func interrupted(fault: String) async throws {
        let asked = Counter()
        let server = try await FaultServer { _ in
            guard asked.add() < 3 else { return StubResponse(body: Self.report(0..<5_000)) }
            switch fault {
            case "cut": return StubResponse(body: Self.report(0..<5_000), isTruncated: true)
            case "malformed":
                return StubResponse(body: Self.report(0..<4_000).dropLast(2) + Array(#",{"Job_Posting_ID":}]}"#.utf8))
            default: return StubResponse(status: 500)
            }
        }
        let source = try source(server, ["workday_job_posting_terms": Self.terms])
        let sink = RecordingSink()
        let result = try await extract(source, "workday_job_posting_terms", into: sink)
        #expect(result.isComplete && result.rows == 5_000)
        #expect(await sink.rows.count == 5_000)
        #expect(Set(await sink.values("job_posting_id")).count == 5_000)
        #expect(server.requests.count == 3)
    }

    @Test("a report that never comes whole is an error, so that nothing is taken for deleted")
    func neverWhole() async throws {
        let server = try await FaultServer { _ in StubResponse(body: Self.report(0..<500), isTruncated: true) }
        let source = try source(server, ["workday_job_posting_terms": Self.terms])
        await #expect {
            _ = try await extract(source, "workday_job_posting_terms", into: RecordingSink())
        } throws: {
            ($0 as? SourceError)?.code == .interrupted
        }
        #expect(server.requests.count == RetryPolicy().maximumAttempts)
    }

    @Test("a row without its key is set aside with its place")
    func withoutKey() async throws {
        let server = try await FaultServer { _ in
            StubResponse(body: Array(#"{"Report_Entry":[{"Currency":"USD"},{"Job_Posting_ID":"JR-1"}]}"#.utf8))
        }
        let source = try source(server, ["workday_job_posting_terms": Self.terms])
        let sink = RecordingSink()
        let result = try await extract(source, "workday_job_posting_terms", into: sink)
        #expect(result.rows == 1 && result.rejected == 1)
        let rejected = try #require(await sink.rejected.first)
        #expect(rejected.text == #"{"Currency":"USD"}"# && rejected.location.hasSuffix("byte 17"))
        #expect(rejected.reason.contains("job_posting_id"))
    }

    @Test("a report that may not be read says what to share")
    func forbidden() async throws {
        let server = try await FaultServer { _ in StubResponse(status: 403) }
        let source = try source(server, ["workday_job_posting_terms": Self.terms])
        await #expect {
            _ = try await extract(source, "workday_job_posting_terms", into: RecordingSink())
        } throws: {
            ($0 as? SourceError)?.code == .forbidden && "\($0)".contains("share the report")
        }
        let findings = await source.check()
        #expect(findings.count == 1 && !findings[0].ok)
    }

    @Test("WQL is posted with limit and offset, page after page")
    func query() async throws {
        let server = try await FaultServer { request in
            if request.path.hasSuffix("/token") { return .json(#"{"access_token":"t","expires_in":3600}"#) }
            let offset = Int(request.query["offset"] ?? "") ?? 0
            let limit = Int(request.query["limit"] ?? "") ?? 0
            let rows = (0..<2_500).dropFirst(offset).prefix(limit).map {
                #"{"workdayId":{"id":"w\#($0)","descriptor":"W \#($0)"},"studentId":"\#($0)"}"#
            }
            return .json(#"{"total":2500,"data":[\#(rows.joined(separator: ","))]}"#)
        }
        let resource = WorkdayConfiguration.Resource(
            .wql(query: #"SELECT workdayId, studentId FROM students WHERE name = "O'Neil""#),
            fields: ["workday_id": ["workdayId.id"]]
        )
        let source = try source(server, ["workday_students": resource])
        let sink = RecordingSink()
        let result = try await extract(source, "workday_students", into: sink)
        #expect(result.rows == 2_500 && result.isComplete)
        #expect(Set(await sink.values("workday_id").compactMap { $0 }).count == 2_500)
        let asked = server.requests.filter { $0.path == "/ccx/api/wql/v1/campus/data" }
        #expect(asked.count == 3 && asked.allSatisfy { $0.method == "POST" })
        #expect(asked[0].body == #"{"query":"SELECT workdayId, studentId FROM students WHERE name = \"O'Neil\""}"#)
        #expect(asked[0].headers["content-type"] == "application/json")
        #expect(Set(asked.compactMap { $0.query["limit"] }) == ["1000"])
    }

    @Test("the JWT grant gives the token for every request")
    func jwtGrant() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let server = try await FaultServer { request in
            request.path.hasSuffix("/token")
                ? .json(#"{"access_token":"t","expires_in":3600}"#) : .json(#"{"total":1,"data":[{"id":"w1"}]}"#)
        }
        let students = try #require(WorkdayConfiguration.defaultResources["workday_students"])
        let source = try source(server, ["workday_students": students]) {
            $0.grant = .jwtBearer
            $0.clientSecret = nil
            $0.privateKey = Secret(key.pemRepresentation)
            $0.subject = "ISU_Lyceum"
        }
        let result = try await extract(source, "workday_students", into: RecordingSink())
        #expect(result.rows == 1)
        #expect(server.requests[0].body.hasPrefix("grant_type=urn%3Aietf"))
        #expect(server.requests[1].headers["authorization"] == "Bearer t")
    }

    @Test("a report does not sit in memory, whatever its size")
    func memory() async throws {
        // 32 MB by default; LYCEUM_REPORT_MB asks for more, and for a look at the whole process's memory.
        let asked = Int(ProcessInfo.processInfo.environment["LYCEUM_REPORT_MB"] ?? "")
        let megabytes = asked ?? 32
        let note = Array((#"","Currency":"USD","Note":""# + String(repeating: "lorem ipsum ", count: 80) + #""}"#).utf8)
        let rowsPerPiece = 250
        let pieces = megabytes * 1_000_000 / (rowsPerPiece * 1_020)
        let sent = Mutex(0)
        let server = try await FaultServer { _ in
            StubResponse(generated: { number in
                guard number < pieces else { return number == pieces ? Array("]}".utf8) : nil }
                var bytes = Array((number == 0 ? #"{"Report_Entry":["# : ",").utf8)
                for row in 0..<rowsPerPiece {
                    if row > 0 { bytes.append(UInt8(ascii: ",")) }
                    bytes += Array(#"{"Job_Posting_ID":"JR-\#(number * rowsPerPiece + row)"#.utf8)
                    bytes += note
                }
                sent.withLock { $0 += rowsPerPiece }
                return bytes
            })
        }
        let source = try source(server, ["workday_job_posting_terms": Self.terms])
        // What the server has sent and the sink has not got is somewhere in between: in this process's memory.
        let sink = LagSink(sent: { sent.withLock { $0 } })
        let before = try residentBytes()
        let start = ContinuousClock.now
        let result = try await extract(source, "workday_job_posting_terms", into: sink)
        let seconds = (ContinuousClock.now - start).inSeconds
        #expect(result.isComplete && result.rows == Int64(pieces * rowsPerPiece))
        #expect(await sink.rows == pieces * rowsPerPiece)
        let lag = await sink.mostRowsBetween * 1_020 / 1_000_000
        print("report of \(megabytes) MB: at most \(lag) MB between server and sink, \(seconds) s")
        // Batches of 8 MB, one being filled and one being taken, and what the sockets hold.
        #expect(lag < 48)
        if asked != nil {
            let peak = try peakBytes()
            print("resident: \(before / 1_000_000) MB before, \(peak / 1_000_000) MB at most, server included")
            // Besides, 16 bytes a row and their table's slack are remembered of each row.
            #expect(peak - before < 100_000_000 + Int(result.rows) * 48)
        }
    }

    /// The most memory that this process has had in RAM.
    private func peakBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM") })
        return (Int(line.split(whereSeparator: \.isWhitespace)[1]) ?? 0) * 1_024
    }

    /// The memory of this process that is in RAM.
    private func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = Int(status.split(separator: " ")[1]) ?? 0
        return pages * 4_096
    }
}

/// A sink that notes how far it is behind the server.
private actor LagSink: ExtractSink {
    private(set) var rows = 0
    private(set) var mostRowsBetween = 0
    private let sent: @Sendable () -> Int

    init(sent: @escaping @Sendable () -> Int) { self.sent = sent }

    func write(_ stream: RecordBatchStream) async throws -> Int64 {
        Issue.record("reports come in batches")
        return 0
    }

    func write(_ batch: RecordBatch) async throws {
        mostRowsBetween = max(mostRowsBetween, sent() - rows)
        rows += batch.count
    }

    func reject(_ row: RejectedRow) async throws {}
}
