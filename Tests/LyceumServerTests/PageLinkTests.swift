// The way from one page of an answer to the next, by its link.

import Foundation
import Hummingbird
import HummingbirdTesting
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("Links to the next page")
struct PageLinkTests {
    @Test(
        "following the links of a search goes through every hit once and ends",
        arguments: ["", "&q=Nurse", "&facets=company&offset=2"]
    )
    func search(extra: String) async throws {
        let index = try StudentIndex(PolicyTests.students)
        try await withServer(snapshots: index.folder()) { client in
            let path = "/v1/jobs/search?limit=2&filter=company%20%3D%20%22Acme%22" + extra
            let whole = try await client.get(path.replacing("limit=2", with: "limit=100"))
            #expect(whole.headers[.link] == nil)
            let expected = try ids(whole)
            #expect(expected.count >= 3)
            var (found, next, pages): ([String], String?, Int) = ([], path, 0)
            while let target = next, pages < 20 {
                let page = try await client.get(target)
                #expect(page.status == .ok, "\(page.text)")
                let cursor = try page.object()["next_cursor"] as? String
                found += try ids(page)
                next = try Self.target(page)
                #expect((next == nil) == (cursor == nil))
                pages += 1
            }
            #expect(found == expected)
            #expect(pages > 1)
            let body = try await client.post("/v1/jobs/search", #"{"limit":3}"#)
            #expect(body.headers[.link] == nil)
        }
    }

    @Test("following the links of the audit record goes through every entry once")
    func audit() async throws {
        try await withServer { client in
            for _ in 0..<7 { try await client.getWithKey("/v1/students/S-1").expect(.ok) }
            var (found, next): ([Int], String?) = ([], "/v1/audit?action=read&limit=3")
            while let target = next {
                let page = try await client.getWithKey(target, as: .auditor)
                let entries = try #require(try page.object()["entries"] as? [[String: Any]])
                found += entries.compactMap { $0["sequence"] as? Int }
                next = try Self.target(page)
                try #require(found.count < 100)
            }
            #expect(found.count == 7 && found == found.sorted() && Set(found).count == 7)
        }
    }

    @Test("a link quotes nothing: what was sought stands escaped in it")
    func escaping() {
        let query = QueryString(pairs: [("q", "a>; rel=\"x\"\r\nä+ %"), ("filter", "a = \"b\"")])
        var response = Response(status: .ok)
        response.linkNext(query, of: "/v1/jobs/search")
        let expected =
            "</v1/jobs/search?q=a%3E%3B%20rel%3D%22x%22%0D%0A%C3%A4%2B%20%25&filter=a%20%3D%20%22b%22>; rel=\"next\""
        #expect(response.headers[.link] == expected)
    }

    private static func target(_ response: TestResponse) throws -> String? {
        guard let link = response.headers[.link] else { return nil }
        let match = try #require(link.wholeMatch(of: /<(\/[^>]*)>; rel="next"/))
        return String(match.output.1)
    }

    private func ids(_ response: TestResponse) throws -> [String] {
        let hits = try #require(try response.object()["hits"] as? [[String: Any]])
        return hits.compactMap { $0["id"] as? String }
    }
}
