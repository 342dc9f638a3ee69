// The two web interfaces, over HTTP.

import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import LyceumSandbox

/// Serves the sample campus while `body` runs.
private func withServer(
    lifetimes: CampusServer.Lifetimes = .init(),
    gate: RequestGate? = nil,
    _ body: (TestClient, CampusServer) async throws -> Void
) async throws {
    let server = try CampusServer(campus: try await SampleCampus.get(), lifetimes: lifetimes, gate: gate)
    let port = try await server.start()
    let client = TestClient(host: "127.0.0.1", port: port)
    client.connect()
    do {
        try await body(client, server)
    } catch {
        try? await client.shutdown()
        await server.stop()
        throw error
    }
    try await client.shutdown()
    await server.stop()
}

extension TestClient.Response {
    fileprivate var text: String { body.map { String(buffer: $0) } ?? "" }
    fileprivate var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }
}

extension TestClient {
    fileprivate func execute(
        uri: String,
        method: HTTPRequest.Method,
        headers: HTTPFields,
        body: ByteBuffer?
    ) async throws -> Response {
        try await execute(Request(uri, method: method, headers: headers, body: body))
    }

    fileprivate func workdayToken(secret: String = CampusCredentials.demo.workdayClientSecret.reveal()) async throws
        -> Response
    {
        let form =
            "grant_type=refresh_token&client_id=\(CampusCredentials.demo.workdayClientID)&client_secret=\(secret)"
            + "&refresh_token=\(CampusCredentials.demo.workdayRefreshToken.reveal())"
        return try await execute(
            uri: "/ccx/oauth2/campus/token",
            method: .post,
            headers: [.contentType: "application/x-www-form-urlencoded"],
            body: ByteBuffer(string: form)
        )
    }

    fileprivate func bearer() async throws -> String {
        try #require(try await workdayToken().object["access_token"] as? String)
    }

    fileprivate func get(_ uri: String, token: String) async throws -> Response {
        try await execute(uri: uri, method: .get, headers: [.authorization: "Bearer \(token)"], body: nil)
    }

    fileprivate func signIn() async throws -> String {
        let credentials = CampusCredentials.demo
        let body = """
            {"credentials":{"personalAccessTokenName":"\(credentials.tableauTokenName)",
            "personalAccessTokenSecret":"\(credentials.tableauTokenSecret.reveal())","site":{"contentUrl":"campus"}}}
            """
        let answer = try await execute(
            uri: "/api/3.24/auth/signin",
            method: .post,
            headers: [.accept: "application/json"],
            body: ByteBuffer(string: body)
        )
        let object = try #require(answer.object["credentials"] as? [String: Any])
        return try #require(object["token"] as? String)
    }

    fileprivate func tableau(_ path: String, session: String) async throws -> Response {
        try await execute(
            uri: "/api/3.24/sites/\(TableauCatalog.site)/\(path)",
            method: .get,
            headers: [.accept: "application/json", .tableauAuth: session],
            body: nil
        )
    }
}

@Suite("The Workday-compatible interface")
struct WorkdayServerTests {
    private static let students = "/ccx/api/studentCore/v1/campus/students"

    @Test(
        "A client signs in and reads a collection by pages, every record once",
        arguments: [
            ("studentCore/v1/campus/students", "workday_students"),
            ("recruiting/v4/campus/jobPostings", "workday_job_postings"),
            ("studentAcademicFoundation/v1/campus/programsOfStudy", "workday_academic_programs"),
        ]
    )
    func paging(path: String, table: String) async throws {
        let total = Int(try #require(try await SampleCampus.get().counts[table]))
        try await withServer { client, _ async throws in
            let token = try await client.bearer()
            var read = 0
            while true {
                let page = try await client.get("/ccx/api/\(path)?limit=100&offset=\(read)", token: token)
                #expect(page.status == .ok)
                #expect(page.object["total"] as? Int == total)
                let data = try #require(page.object["data"] as? [[String: Any]])
                #expect(data.allSatisfy { $0.keys.contains("id") })
                if data.isEmpty { break }
                read += data.count
            }
            #expect(read == total)
        }
    }

    @Test("A page is twenty records unless asked otherwise, and at most a hundred")
    func limits() async throws {
        try await withServer { client, _ async throws in
            let token = try await client.bearer()
            let page = try await client.get(Self.students, token: token)
            #expect((page.object["data"] as? [Any])?.count == 20)
            let tooMuch = try await client.get(Self.students + "?limit=101", token: token)
            #expect(tooMuch.status == .badRequest && tooMuch.object["field"] as? String == "limit")
            let behind = try await client.get(Self.students + "?offset=1000000", token: token)
            #expect(behind.status == .ok && (behind.object["data"] as? [Any])?.isEmpty == true)
        }
    }

    @Test("A posting has Workday's nested members")
    func shapes() async throws {
        try await withServer { client, _ async throws in
            let page = try await client.get(
                "/ccx/api/recruiting/v4/campus/jobPostings?limit=100",
                token: try await client.bearer()
            )
            let postings = try #require(page.object["data"] as? [[String: Any]])
            let posting = try #require(postings.first { $0["primaryLocation"] is [String: Any] })
            let location = try #require(posting["primaryLocation"] as? [String: Any])
            let country = try #require(location["country"] as? [String: Any])
            #expect(location["descriptor"] is String && country["alpha3Code"] is String)
            #expect((posting["timeType"] as? [String: Any])?["descriptor"] is String)
            #expect(((posting["categories"] as? [[String: Any]])?.first)?["descriptor"] is String)
            #expect((posting["jobDescription"] as? String)?.contains("<") == true)
            #expect(postings.contains { $0["primaryLocation"] is NSNull })
        }
    }

    @Test("Without a token, or with an expired one, the answer is 401")
    func unauthorized() async throws {
        try await withServer(lifetimes: .init(workdayToken: 1)) { client, _ async throws in
            #expect(
                try await client.execute(uri: Self.students, method: .get, headers: [:], body: nil).status
                    == .unauthorized
            )
            #expect(try await client.get(Self.students, token: "made-up").status == .unauthorized)
            let answer = try await client.workdayToken()
            #expect(answer.object["expires_in"] as? Int == 1)
            let token = try #require(answer.object["access_token"] as? String)
            #expect(try await client.get(Self.students, token: token).status == .ok)
            try await Task.sleep(for: .milliseconds(1_100))
            #expect(try await client.get(Self.students, token: token).status == .unauthorized)
        }
    }

    @Test("Bad client credentials and unknown resources are refused")
    func refused() async throws {
        try await withServer { client, _ async throws in
            let refused = try await client.workdayToken(secret: "wrong")
            #expect(refused.status == .unauthorized && refused.object["error"] as? String == "invalid_client")
            let token = try await client.bearer()
            #expect(
                try await client.get("/ccx/api/studentCore/v1/elsewhere/students", token: token).status == .notFound
            )
            #expect(try await client.get("/ccx/api/studentCore/v1/campus/nothing", token: token).status == .notFound)
        }
    }

    @Test("A gate answers before the interface does")
    func gate() async throws {
        try await withServer(gate: { $0.uri.path.hasSuffix("/students") ? .init(status: .tooManyRequests) : nil }) {
            client,
            _ async throws in
            let token = try await client.bearer()
            #expect(try await client.get(Self.students, token: token).status == .tooManyRequests)
        }
    }

    @Test("A port that is taken is an error that names it")
    func portTaken() async throws {
        try await withServer { _, server async throws in
            let other = try CampusServer(campus: server.campus, port: try #require(server.port))
            let error = await #expect(throws: SandboxError.self) { try await other.start() }
            #expect(error?.code == .server && error?.location?.hasSuffix(":\(server.port ?? 0)") == true)
        }
    }
}

@Suite("The Tableau-compatible interface")
struct TableauServerTests {
    @Test("A client signs in, finds a workbook by name, its view, and reads the data as CSV")
    func data() async throws {
        let campus = try await SampleCampus.get()
        try await withServer { client, _ async throws in
            let session = try await client.signIn()
            for (name, header, table) in [
                (
                    "student_analytics",
                    "Student Id,Performance Score,Engagement Level,Learning Style,Assessments Submitted,Mean Days Early,Last Activity",
                    "tableau_student_analytics"
                ),
                ("job_market_trends", "Occupation,Month,Postings,Share,Growth", "tableau_job_market_trends"),
            ] {
                let list = try await client.tableau("workbooks?filter=name:eq:\(name)", session: session)
                let workbooks = try #require(
                    (list.object["workbooks"] as? [String: Any])?["workbook"] as? [[String: Any]]
                )
                #expect(workbooks.count == 1)
                let id = try #require(workbooks[0]["id"] as? String)
                let views = try await client.tableau("workbooks/\(id)/views", session: session)
                let view = try #require(
                    ((views.object["views"] as? [String: Any])?["view"] as? [[String: Any]])?.first?["id"] as? String
                )
                let answer = try await client.tableau("views/\(view)/data", session: session)
                #expect(answer.headers[.contentType]?.hasPrefix("text/csv") == true)
                let text = answer.text
                #expect(text.hasPrefix("\u{FEFF}\(header)\r\n"))
                let lines = text.components(separatedBy: "\r\n")
                #expect(lines.last == "")
                #expect(lines.dropLast().allSatisfy { !$0.contains("\n") })
                #expect(lines.count - 2 == Int(campus.counts[table] ?? 0))
                let columns = header.split(separator: ",").count
                #expect(lines.dropLast().allSatisfy { Self.fields($0) == columns })
            }
        }
    }

    /// Counts the fields of a line, quotes considered.
    private static func fields(_ line: String) -> Int {
        var isQuoted = false
        var count = 1
        for character in line {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted { count += 1 }
        }
        return isQuoted ? -1 : count
    }

    @Test("A second sign-in ends the first session with 401002; signing out ends the second")
    func sessions() async throws {
        try await withServer { client, _ async throws in
            let first = try await client.signIn()
            #expect(try await client.tableau("workbooks", session: first).status == .ok)
            let second = try await client.signIn()
            let ended = try await client.tableau("workbooks", session: first)
            #expect(ended.status == .unauthorized)
            #expect((ended.object["error"] as? [String: Any])?["code"] as? String == "401002")
            #expect(try await client.tableau("workbooks", session: second).status == .ok)
            let out = try await client.execute(
                uri: "/api/3.24/auth/signout",
                method: .post,
                headers: [.tableauAuth: second],
                body: nil
            )
            #expect(out.status == .noContent)
            #expect(try await client.tableau("workbooks", session: second).status == .unauthorized)
        }
    }

    @Test("A wrong secret is 401001, unknown views and sites are 404, in XML unless JSON is asked for")
    func errors() async throws {
        try await withServer { client, _ async throws in
            let body =
                "<tsRequest><credentials personalAccessTokenName=\"x\" personalAccessTokenSecret=\"y\"><site contentUrl=\"\"/></credentials></tsRequest>"
            let refused = try await client.execute(
                uri: "/api/3.24/auth/signin",
                method: .post,
                headers: [:],
                body: ByteBuffer(string: body)
            )
            #expect(refused.status == .unauthorized && refused.text.contains("<error code=\"401001\"><summary>"))
            let session = try await client.signIn()
            let view = try await client.tableau("views/none/data", session: session)
            #expect(
                view.status == .notFound && (view.object["error"] as? [String: Any])?["code"] as? String == "404011"
            )
            let site = try await client.execute(
                uri: "/api/3.24/sites/none/views",
                method: .get,
                headers: [.tableauAuth: session],
                body: nil
            )
            #expect(site.status == .notFound && site.headers[.contentType]?.hasPrefix("application/xml") == true)
            let page = try await client.tableau("views?pageSize=5000", session: session)
            #expect(page.status == .badRequest)
        }
    }

    @Test("Tableau's own Python client signs in, pages through workbooks and views, and reads their data")
    func officialClient() async throws {
        let python = repository.appending(path: ".lyceum/python/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: python) else {
            Issue.record("Python with tableauserverclient is missing at .lyceum/python: run scripts/setup --tests")
            return
        }
        try await withServer { _, server async throws in
            let script = repository.appending(path: "Tests/Fixtures/tableau_client.py").path
            let (status, output) = try await Self.run(
                python,
                [script, try #require(server.url).absoluteString],
                environment: server.credentials.environment.merging(["TABLEAU_SITE": server.credentials.tableauSite]) {
                    $1
                }
            )
            #expect(status == 0, "\(output)")
            let campus = server.campus
            #expect(
                output.contains("student_analytics \(campus.counts["tableau_student_analytics"] ?? 0)"),
                "\(output)"
            )
            #expect(
                output.contains("job_market_trends \(campus.counts["tableau_job_market_trends"] ?? 0)"),
                "\(output)"
            )
            #expect(output.contains("views 2 in 2 pages"), "\(output)")
        }
    }

    private static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String]
    ) async throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { process in
                let output = pipe.fileHandleForReading.readDataToEndOfFile()
                continuation.resume(returning: (process.terminationStatus, String(decoding: output, as: UTF8.self)))
            }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }
}
