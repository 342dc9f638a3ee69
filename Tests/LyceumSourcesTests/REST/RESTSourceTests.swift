// A REST interface read by configuration alone, in every style of paging and authorization.

import Foundation
import Logging
import LyceumCore
import Synchronization
import Testing

@testable import LyceumSources

@Suite("Any REST interface") struct RESTSourceTests {
    private static let count = 137

    /// A board of jobs that pages as its path says.
    private func board(fault: @escaping @Sendable (StubRequest) -> StubResponse? = { _ in nil }) async throws
        -> FaultServer
    {
        let address = Mutex("")
        let server = try await FaultServer { request in
            if let answer = fault(request) { return answer }
            if request.path == "/token" { return .json(#"{"access_token":"oauth-token","expires_in":60}"#) }
            let size = Int(request.query["limit"] ?? request.query["per_page"] ?? "20") ?? 20
            func rows(_ from: Int) -> String {
                (from..<max(from, min(from + size, Self.count))).map {
                    #"{"ref":{"id":"j\#($0)"},"name":"Job \#($0)","tags":["a","b"],"places":[{"city":"Leeds"},{"city":"York"}]}"#
                }.joined(separator: ",")
            }
            switch request.path {
            case "/v1/offset":
                let from = Int(request.query["offset"] ?? "0") ?? 0
                return .json(#"{"meta":{"count":\#(Self.count)},"result":{"items":[\#(rows(from))]}}"#)
            case "/v1/page":
                let from = ((Int(request.query["page"] ?? "1") ?? 1) - 1) * size
                return .json(#"{"meta":{"count":\#(Self.count)},"result":{"items":[\#(rows(from))]}}"#)
            case "/v1/cursor":
                let from = Int(request.query["after"] ?? "0") ?? 0
                let next = from + size < Self.count ? "\"\(from + size)\"" : "null"
                return .json(#"{"meta":{"next":\#(next)},"result":{"items":[\#(rows(from))]}}"#)
            case "/v1/link":
                let from = Int(request.query["from"] ?? "0") ?? 0
                let link = "<\(address.withLock { $0 })/v1/link?from=\(from + size)&limit=\(size)>; rel=\"next\""
                return .json(
                    #"{"result":{"items":[\#(rows(from))]}}"#,
                    headers: from + size < Self.count ? ["Link": link] : [:]
                )
            case "/v1/all":
                let all = (0..<Self.count).map { #"{"ref":{"id":"j\#($0)"},"name":"Job \#($0)"}"# }
                return .json(#"{"result":{"items":[\#(all.joined(separator: ","))]}}"#)
            default: return StubResponse(status: 404)
            }
        }
        address.withLock { $0 = server.url }
        return server
    }

    private func source(
        _ server: FaultServer,
        path: String,
        paging: PagingStyle,
        _ authentication: RESTConfiguration.Authentication = .none
    ) throws -> RESTSource {
        let table = RESTConfiguration.Table(
            path: path,
            query: ["state": "open"],
            records: "result.items",
            total: "meta.count",
            paging: paging,
            key: ["job_id"],
            columns: ["job_id": ["ref.id"], "title": ["name"], "tags": ["tags"], "place": ["places[].city"]],
            jsonColumns: ["tags"]
        )
        return try RESTSource(
            RESTConfiguration(
                name: "board",
                url: try #require(URL(string: server.url + "/v1/")),
                authentication: authentication,
                headers: ["X-Client": "lyceum"],
                requestsPerSecond: 0,
                tables: ["board_jobs": table]
            ),
            policy: RetryPolicy(base: .milliseconds(2)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func extract(_ source: RESTSource, into sink: RecordingSink) async throws -> Extraction {
        let dataset = try #require(try await source.datasets().first)
        #expect(dataset.table == "board_jobs" && dataset.key == ["job_id"])
        return try await source.extract(ExtractRequest(dataset: dataset), into: sink)
    }

    private static let pagings: [(String, PagingStyle)] = [
        ("offset", .offset(parameter: "offset", size: .init(name: "limit", count: 10))),
        ("page", .pageNumber(parameter: "page", first: 1, size: .init(name: "per_page", count: 25))),
        ("cursor", .cursor(parameter: "after", member: "meta.next", size: .init(name: "limit", count: 30))),
        ("link", .link(member: nil, size: .init(name: "limit", count: 50))), ("all", .none),
    ]

    @Test("every record comes once, however the collection is cut", arguments: RESTSourceTests.pagings)
    func everyStyle(path: String, style: PagingStyle) async throws {
        let server = try await board()
        let source = try source(server, path: path, paging: style)
        let sink = RecordingSink()
        let result = try await extract(source, into: sink)
        #expect(result.rows == Int64(Self.count) && result.isComplete)
        #expect(Set(await sink.values("job_id")) == Set((0..<Self.count).map { "j\($0)" }))
        let row = try #require(await sink.rows.first { $0["job_id"] == "j7" })
        #expect(row["title"] == "Job 7")
        if path != "all" { #expect(row["tags"] == #"["a","b"]"# && row["place"] == "Leeds; York") }
        #expect(server.requests.allSatisfy { $0.headers["x-client"] == "lyceum" })
        #expect(server.requests[0].query["state"] == "open")
        #expect(await source.check().allSatisfy(\.ok))
        await source.close()
    }

    @Test("faults on the way change nothing", arguments: RESTSourceTests.pagings)
    func faults(path: String, style: PagingStyle) async throws {
        let asked = Counter()
        let server = try await board { _ in
            switch asked.add() % 5 {
            case 1: StubResponse(status: 503)
            case 3: StubResponse(body: Array(#"{"result":{"items":["#.utf8))
            default: nil
            }
        }
        let source = try source(server, path: path, paging: style)
        let sink = RecordingSink()
        let result = try await extract(source, into: sink)
        #expect(result.rows == Int64(Self.count) && result.isComplete)
        #expect(await sink.rows.count == Self.count)
    }

    @Test("Basic, a token in any header and OAuth prove who asks")
    func authorization() async throws {
        let server = try await board()
        let oauth = OAuthConfiguration(
            tokenURL: server.url + "/token",
            grant: .clientCredentials,
            clientID: "c",
            clientSecret: Secret("s")
        )
        let cases: [(RESTConfiguration.Authentication, String, String)] = [
            (.basic(user: "u", password: Secret("p")), "authorization", "Basic dTpw"),
            (.token(header: "X-Api-Key", prefix: "", token: Secret("key-1")), "x-api-key", "key-1"),
            (
                .token(header: "Authorization", prefix: "Bearer ", token: Secret("pat-1")), "authorization",
                "Bearer pat-1"
            ),
            (.oauth(oauth), "authorization", "Bearer oauth-token"),
        ]
        for (authentication, header, value) in cases {
            let source = try source(server, path: "all", paging: .none, authentication)
            _ = try await extract(source, into: RecordingSink())
            #expect(server.requests.last?.headers[header] == value)
        }
    }

    @Test("a link to another server is not followed")
    func foreignLink() async throws {
        let server = try await board { _ in
            .json(
                #"{"result":{"items":[{"ref":{"id":"j1"}}]}}"#,
                headers: ["Link": "<https://evil.example/>; rel=next"]
            )
        }
        let source = try source(server, path: "link", paging: .link(member: nil, size: nil))
        await #expect {
            _ = try await extract(source, into: RecordingSink())
        } throws: {
            ($0 as? SourceError)?.code == .rejected && "\($0)".contains("another server")
        }
        #expect(server.requests.count == 1)
    }

    @Test("a key that is none of the columns is a configuration error")
    func badKey() {
        #expect {
            _ = try RESTSource(
                RESTConfiguration(
                    name: "board",
                    url: try #require(URL(string: "https://x.example")),
                    tables: ["t": .init(path: "x", key: ["id"], columns: ["name": ["name"]])]
                )
            )
        } throws: {
            ($0 as? SourceError)?.code == .configuration && "\($0)".contains("'id'")
        }
    }
}
