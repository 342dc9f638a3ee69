// Page numbers, cursors and links as values, without a server.

import Testing

@testable import LyceumSources

@Suite("Paging styles") struct PagingStyleTests {
    private let base = "https://api.example/v1/jobs"

    @Test("offset, page number, cursor and link write the next page's URL")
    func urls() {
        let size = PagingStyle.Size(name: "limit", count: 50)
        let third = PageRequest(offset: 100, limit: 50)
        let query = [("state", "open & shut")]
        #expect(
            PagingStyle.offset(parameter: "offset", size: size).url(base, query: query, page: third)
                == base + "?state=open%20%26%20shut&limit=50&offset=100"
        )
        #expect(
            PagingStyle.pageNumber(parameter: "page", first: 1, size: size).url(base, query: [], page: third)
                == base + "?page=3&limit=50"
        )
        let cursor = PagingStyle.cursor(parameter: "after", member: "meta.next", size: nil)
        #expect(cursor.url(base, query: [], page: PageRequest()) == base)
        #expect(cursor.url(base, query: [], page: PageRequest(next: "a=b")) == base + "?after=a%3Db")
        let link = PagingStyle.link(member: nil, size: size)
        #expect(link.url(base, query: query, page: PageRequest(next: base + "?p=2")) == base + "?p=2")
        #expect(link.url(base, query: [], page: PageRequest()) == base + "?limit=50")
    }

    @Test("cursors are followed to the end, one page after another")
    func cursors() {
        var walk = PagingStyle.cursor(parameter: "c", member: "next", size: nil).walk()
        var visited: [String?] = []
        while let page = walk.next() {
            visited.append(page.next)
            #expect(walk.next() == nil)
            let next = visited.count < 4 ? "c\(visited.count)" : visited.count == 4 ? "" : "never"
            walk.received(page, PageSummary(records: [visited.count], next: next))
        }
        #expect(visited == [nil, "c1", "c2", "c3"])
        #expect(walk.end == .complete)
    }

    @Test("a cursor that leads back ends the reading, which is not complete")
    func circle() {
        var walk = PagingStyle.link(member: nil, size: nil).walk()
        var pages = 0
        while let page = walk.next() {
            pages += 1
            walk.received(page, PageSummary(records: [pages], next: pages % 2 == 0 ? base + "?p=1" : base + "?p=2"))
        }
        #expect(pages == 3)
        #expect(walk.end == .unstable)
    }

    @Test(
        "a Link header gives the target of rel=next",
        arguments: [
            (
                #"<https://a.example/x?p=2>; rel="next", <https://a.example/x?p=9>; rel="last""#,
                "https://a.example/x?p=2"
            ),
            (#"<https://a.example/x?p=1>; rel="prev", </x?p=3>; title="a, \"b\"; c"; rel="NEXT last""#, "/x?p=3"),
            ("<x?p=4>;rel=next", "x?p=4"),
            (#"<https://a.example/x>; rel="last""#, nil),
            ("rubbish, <unclosed; rel=next", nil),
        ] as [(String, String?)]
    )
    func linkHeader(value: String, target: String?) {
        #expect(LinkHeader.target("next", in: [value]) == target)
    }

    @Test("a link is resolved, and never leads to another server")
    func resolving() {
        #expect(LinkHeader.resolve("?p=2", against: base) == base + "?p=2")
        #expect(LinkHeader.resolve("/v1/jobs?p=2", against: base) == base + "?p=2")
        #expect(LinkHeader.resolve(base + "?p=2", against: base) == base + "?p=2")
        #expect(LinkHeader.resolve("https://evil.example/", against: base) == nil)
        #expect(LinkHeader.resolve("//evil.example/x", against: base) == nil)
        #expect(LinkHeader.resolve("http://api.example/v1/jobs", against: base) == nil)
        #expect(LinkHeader.resolve("https://api.example:444/v1/jobs", against: base) == nil)
    }
}
