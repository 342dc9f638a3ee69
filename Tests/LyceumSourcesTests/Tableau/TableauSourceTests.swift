// The Tableau connector against a server that plays Tableau, sessions and their end included.

import Foundation
import Logging
import LyceumCore
import Synchronization
import Testing

@testable import LyceumSources

@Suite("Tableau") struct TableauSourceTests {
    /// A site whose newest session is the only one, as with real tokens.
    final class Site: Sendable {
        let session = Mutex(0)
        let csv: Mutex<String>
        let endSessionAtData = Mutex(false)
        let errorCode = Mutex("401002")

        init(_ csv: String) { self.csv = Mutex(csv) }

        func answer(_ request: StubRequest) -> StubResponse {
            if request.path.hasSuffix("/auth/signin") {
                guard request.body.contains("\"personalAccessTokenSecret\":\"hush-hush-42\"") else {
                    return .json(#"{"error":{"code":"401001","summary":"Signin Error"}}"#, status: 401)
                }
                let number = session.withLock {
                    $0 += 1; return $0
                }
                return .json(#"{"credentials":{"token":"s\#(number)","site":{"id":"site-1"},"user":{"id":"u"}}}"#)
            }
            guard request.headers["x-tableau-auth"] == "s\(session.withLock { $0 })" else {
                return .json(#"{"error":{"code":"401002","summary":"Invalid authentication token"}}"#, status: 401)
            }
            switch request.path {
            case "/api/3.24/auth/signout": return StubResponse(status: 204)
            case "/api/3.24/sites/site-1/workbooks":
                return .json(
                    #"{"pagination":{"pageNumber":"1","pageSize":"100","totalAvailable":"2"},"workbooks":{"workbook":[{"id":"w0","name":"other"},{"id":"w1","name":"student_analytics"}]}}"#
                )
            case "/api/3.24/sites/site-1/workbooks/w1/views":
                return .json(#"{"views":{"view":[{"id":"v1","name":"Analytics"},{"id":"v2","name":"Second"}]}}"#)
            case "/api/3.24/sites/site-1/views/v1/data":
                if endSessionAtData.withLock({ end in
                    defer { end = false }; return end
                }) {
                    session.withLock { $0 += 1 }
                    // Who does not ask for JSON gets XML.
                    let code = errorCode.withLock { $0 }
                    return .text(
                        "<tsResponse><error code=\"\(code)\"><summary>gone</summary></error></tsResponse>",
                        status: 401
                    )
                }
                return .text(csv.withLock { $0 })
            default: return .json(#"{"error":{"code":"404000","summary":"Not Found"}}"#, status: 404)
            }
        }
    }

    private static let csv = """
        \u{FEFF}Student Id,Performance Score,Engagement Level,Learning Style,Assessments Submitted,Mean Days Early,Last Activity
        11391,82.4,"High, steady",Visual,5,1.2,2014-05-01
        28400,66.4,Low,"the ""quiet"" one",5,-0.2,
        """

    private func source(_ server: FaultServer, secret: String = "hush-hush-42") throws -> TableauSource {
        let configuration = TableauConfiguration(
            name: "tableau",
            server: try #require(URL(string: server.url + "/")),
            tokenName: "etl",
            tokenSecret: Secret(secret),
            requestsPerSecond: 0,
            timeoutSeconds: 10
        )
        var policy = RetryPolicy()
        policy.base = .milliseconds(5)
        return try TableauSource(
            configuration,
            policy: policy,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func request(_ source: TableauSource, _ table: String = "tableau_student_analytics") async throws
        -> ExtractRequest
    {
        ExtractRequest(dataset: try #require(try await source.datasets().first { $0.table == table }))
    }

    @Test("a view's data becomes rows under names in snake_case, numbers as they are written")
    func viewData() async throws {
        let site = Site(Self.csv)
        let server = try await FaultServer { site.answer($0) }
        let source = try source(server)
        let sink = RecordingSink()
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 2 && result.isComplete && result.drift.isEmpty)
        #expect(await sink.rows.first { $0["student_id"] == "11391" }?["engagement_level"] == "High, steady")
        #expect(
            await sink.rows.first { $0["student_id"] == "28400" } == [
                "student_id": "28400", "performance_score": "66.4", "engagement_level": "Low",
                "learning_style": "the \"quiet\" one",
                "assessments_submitted": "5", "mean_days_early": "-0.2",
            ]
        )
        await source.close()
        #expect(server.requests.last?.path == "/api/3.24/auth/signout")
        #expect(server.requests.count { $0.path.hasSuffix("/signin") } == 1)
    }

    @Test("a session that ends leads to one more sign-in")
    func endedSession() async throws {
        let site = Site(Self.csv)
        site.endSessionAtData.withLock { $0 = true }
        let server = try await FaultServer { site.answer($0) }
        let source = try source(server)
        let result = try await source.extract(request(source), into: RecordingSink())
        #expect(result.rows == 2)
        #expect(server.requests.count { $0.path.hasSuffix("/signin") } == 2)
    }

    @Test("any other 401 does not")
    func other401() async throws {
        let site = Site(Self.csv)
        site.endSessionAtData.withLock { $0 = true }
        site.errorCode.withLock { $0 = "401003" }
        let server = try await FaultServer { site.answer($0) }
        let source = try source(server)
        await #expect { _ = try await source.extract(request(source), into: RecordingSink()) } throws: {
            ($0 as? SourceError)?.code == .unauthorized
        }
        #expect(server.requests.count { $0.path.hasSuffix("/signin") } == 1)
    }

    @Test("a token that is refused is not tried again, and is not shown")
    func refusedToken() async throws {
        let site = Site(Self.csv)
        let server = try await FaultServer { site.answer($0) }
        let source = try source(server, secret: "wrong-word-43")
        await #expect { _ = try await source.extract(request(source), into: RecordingSink()) } throws: { error in
            (error as? SourceError)?.code == .unauthorized && !"\(error)".contains("wrong-word")
        }
        #expect(server.requests.count == 1)
        let findings = await source.check()
        #expect(findings.count == 1 && !findings[0].ok)
    }

    @Test("a missing workbook is an error that names it, and check finds it")
    func missingWorkbook() async throws {
        let site = Site(Self.csv)
        let server = try await FaultServer { site.answer($0) }
        let source = try source(server)
        await #expect {
            _ = try await source.extract(request(source, "tableau_job_market_trends"), into: RecordingSink())
        } throws: { error in
            guard let error = error as? SourceError else { return false }
            return error.code == .notFound && error.message.contains("job_market_trends")
        }
        #expect(await source.check().map(\.ok) == [true, false, true])
    }

    @Test("a ragged row is set aside with its line, and the rest is loaded")
    func raggedRow() async throws {
        let site = Site("Student Id,Performance Score\n1,2\n3\n4,5\n")
        let server = try await FaultServer { site.answer($0) }
        let source = try source(server)
        let sink = RecordingSink()
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 2 && result.rejected == 1)
        #expect(await sink.rejected.first?.text == "3")
        #expect(await sink.rejected.first?.location.hasSuffix(":3") == true)
        #expect(!result.isComplete)
        #expect(result.drift.count { $0.kind == .missing } == 5)
    }

    @Test("a view without its key is an error that lists what it has")
    func missingKey() async throws {
        let site = Site("Pupil,Score\n1,2\n")
        let server = try await FaultServer { site.answer($0) }
        let source = try source(server)
        await #expect { _ = try await source.extract(request(source), into: RecordingSink()) } throws: { error in
            guard let error = error as? SourceError else { return false }
            return error.code == .schema && error.message.contains("pupil, score")
        }
    }
}
