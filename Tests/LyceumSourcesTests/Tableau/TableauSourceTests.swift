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

    private func source(
        _ server: FaultServer,
        secret: String = "hush-hush-42",
        tables: [String: TableauConfiguration.Table] = TableauConfiguration.defaultTables,
        locale: String? = nil
    ) throws -> TableauSource {
        let configuration = TableauConfiguration(
            name: "tableau",
            server: try #require(URL(string: server.url + "/")),
            tokenName: "etl",
            tokenSecret: Secret(secret),
            tables: tables,
            locale: locale,
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

    @Test("two sources with one token share one session, and the last to close signs out")
    func sharedSession() async throws {
        let site = Site(Self.csv)
        let server = try await FaultServer { site.answer($0) }
        let (first, second) = (try source(server), try source(server))
        async let one = first.extract(request(first), into: RecordingSink())
        async let two = second.extract(request(second), into: RecordingSink())
        let rows = (try await one.rows, try await two.rows)
        #expect(rows == (2, 2))
        await first.close()
        #expect(!server.requests.contains { $0.path.hasSuffix("/signout") })
        #expect(try await second.extract(request(second), into: RecordingSink()).rows == 2)
        await second.close()
        #expect(server.requests.count { $0.path.hasSuffix("/signin") } == 1)
        #expect(server.requests.count { $0.path.hasSuffix("/signout") } == 1)
    }

    @Test("a cancelled extraction signs out too")
    func cancelled() async throws {
        let site = Site(Self.csv)
        let server = try await FaultServer { asked in
            var answer = site.answer(asked)
            if asked.path.hasSuffix("/data") { answer.delay = .seconds(20) }
            return answer
        }
        let source = try source(server)
        let task = Task {
            defer { Task { await source.close() } }
            _ = try await source.extract(request(source), into: RecordingSink())
        }
        while !server.requests.contains(where: { $0.path.hasSuffix("/data") }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        // In a task that is cancelled itself.
        let closing = Task { await source.close() }
        closing.cancel()
        await closing.value
        for _ in 0..<200 where !server.requests.contains(where: { $0.path.hasSuffix("/signout") }) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(server.requests.count { $0.path.hasSuffix("/signout") } == 1)
    }

    @Test("filters go to the server, commas inside values escaped")
    func filters() async throws {
        let site = Site(Self.csv)
        let server = try await FaultServer { site.answer($0) }
        var table = try #require(TableauConfiguration.defaultTables["tableau_student_analytics"])
        table.filters = ["City Name": ["Boston, MA", "Paris"], "Level": ["Low"]]
        let source = try source(server, tables: ["tableau_student_analytics": table])
        #expect(try await source.extract(request(source), into: RecordingSink()).isComplete)
        let asked = try #require(server.requests.first { $0.path.hasSuffix("/data") })
        #expect(asked.query["maxAge"] == "1")
        #expect(asked.query["vf_Level"] == "Low" || asked.query.values.contains("Low"))
        await source.close()
    }

    @Test("numbers and dates of the configured locale become plain, and what is not written in it stays")
    func localised() async throws {
        let site = Site(
            "\u{FEFF}Student Id,Performance Score,Last Activity\r\n1,\"1.082,4\",31.12.2014\r\n2,n/a,2014-05-01\r\n"
        )
        let server = try await FaultServer { site.answer($0) }
        let source = try source(server, locale: "de_DE")
        let sink = RecordingSink()
        _ = try await source.extract(request(source), into: sink)
        #expect(await sink.values("performance_score") == ["1082.4", "n/a"])
        #expect(await sink.values("last_activity") == ["2014-12-31", "2014-05-01"])
        await source.close()
    }

    @Test("damaged data is asked for again, and only a damage that comes again is the view's own")
    func damaged() async throws {
        let site = Site(Self.csv + "\n")
        let count = Mutex(0)
        let server = try await FaultServer { asked in
            guard asked.path.hasSuffix("/data"),
                count.withLock({
                    $0 += 1; return $0
                }) == 1
            else { return site.answer(asked) }
            return .text("\u{FEFF}Student Id,Performance Score\n11391,82.4\n28400")
        }
        let source = try source(server)
        let sink = RecordingSink()
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 2 && result.isComplete && count.withLock { $0 } == 2)
        site.csv.withLock { $0 = "<!DOCTYPE html><html></html>\n" }
        await #expect { _ = try await source.extract(request(source), into: sink) } throws: {
            ($0 as? SourceError)?.code == .malformed
        }
        await source.close()
    }

    @Test("a published data source is read in parts where its answer is too large, each row once")
    func parts() async throws {
        let server = try await FaultServer { asked in
            if asked.path.hasSuffix("/signin") {
                return .json(#"{"credentials":{"token":"s1","site":{"id":"site-1"},"user":{"id":"u"}}}"#)
            }
            if asked.path.hasSuffix("/datasources") {
                return .json(
                    #"{"pagination":{"pageNumber":"1","pageSize":"100","totalAvailable":"1"},"datasources":{"datasource":[{"id":"d1","name":"Students","updatedAt":"2024-12-01T06:00:00Z"}]}}"#
                )
            }
            if asked.path.hasSuffix("/read-metadata") {
                return .json(
                    #"{"data":[{"fieldCaption":"Student Id","dataType":"STRING","columnClass":"COLUMN"},{"fieldCaption":"Score","dataType":"REAL","columnClass":"COLUMN"},{"fieldCaption":"Calc","dataType":"REAL","columnClass":"CALCULATION"}]}"#
                )
            }
            guard asked.path.hasSuffix("/query-datasource") else { return StubResponse(status: 204) }
            let values = (1...4).map { "\"\($0)\"" }
            if asked.body.contains(#""fieldAlias":"value""#) {
                return .json(#"{"data":[\#(values.map { "{\"value\":\($0)}" }.joined(separator: ","))]}"#)
            }
            guard !asked.body.contains(#""exclude":true"#) else { return .json(#"{"data":[]}"#) }
            let wanted = values.filter { asked.body.contains("[\($0)") || asked.body.contains(",\($0)") }
            guard (1...2).contains(wanted.count) else {
                return .json(#"{"errorCode":"400804","message":"Response too large"}"#, status: 400)
            }
            return .json(
                #"{"data":[\#(wanted.map { "{\"student_id\":\($0),\"score\":82.5}" }.joined(separator: ","))]}"#
            )
        }
        let table = TableauConfiguration.Table(
            .query(datasource: "Students", fields: nil, splitBy: []),
            key: ["student_id"]
        )
        let source = try source(server, tables: ["tableau_student_analytics": table])
        let sink = RecordingSink()
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 4 && result.isComplete)
        #expect(await sink.values("student_id").compactMap(\.self).sorted() == ["1", "2", "3", "4"])
        #expect(await sink.values("score") == ["82.5", "82.5", "82.5", "82.5"])
        await source.close()
    }
}
