// What holds for all pages.

import Foundation
import Hummingbird
import HummingbirdTesting
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("All pages")
struct PageRulesTests {
    @Test("every link and form of every page leads somewhere, for whoever is shown it", arguments: Role.allCases)
    func links(role: Role) async throws {
        let campus = try PageCampus()
        let key = try await campus.key(role)
        let purposes: [Role: String] = [
            .adviser: "advising", .registrar: "registration", .employer: "recruiting", .analyst: "research",
        ]
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            var queue = [try await visitor.signIn(key.text, purpose: purposes[role])]
            var seen: Set<String> = ["/"]
            var visited = 0
            while let page = queue.popLast(), visited < 40 {
                visited += 1
                #expect(page.status == .ok, "\(page.path)")
                #expect(page.response.headers[.contentSecurityPolicy] == SecurityHeaders.pagePolicy, "\(page.path)")
                #expect(page.response.headers[.cacheControl] == "no-store")
                #expect(page.response.headers[.referrerPolicy] == "same-origin")
                checkMarkup(page)
                for link in page.links
                where link.hasPrefix("/") && seen.insert(link.prefix { $0 != "#" }.description).inserted {
                    let next = try await visitor.get(link)
                    #expect(next.status == .ok, "\(page.path) leads to \(link): \(next.status)")
                    if next.response.headers[.contentType]?.hasPrefix("text/html") == true { queue.append(next) }
                }
                for match in page.text.matches(of: /href="#([^"]*)"/) {
                    #expect(page.text.contains("id=\"\(match.output.1)\""), "\(page.path) has no #\(match.output.1)")
                }
            }
            #expect(visited >= 3)
        }
    }

    /// What the policy of content would block, and what makes a page hard to use.
    private func checkMarkup(_ page: VisitedPage) {
        let text = page.text
        for inline in [" style=", " onclick=", " onload=", "<style", "javascript:"] {
            #expect(!text.contains(inline), "\(page.path) has \(inline)")
        }
        #expect(text.matches(of: /<script/).count == 1)
        #expect(text.matches(of: /<h1/).count == 1, "\(page.path)")
        #expect(text.contains("<html lang=\"en\">") && text.contains("<main id=\"main\""))
        for match in text.matches(of: /(?:src|href)="(https?:[^"]*)"/) {
            #expect(match.output.1.contains("example.invalid"), "\(page.path) names \(match.output.1)")
        }
        let ids = text.matches(of: /\sid="([^"]*)"/).map(\.output.1)
        #expect(Set(ids).count == ids.count, "\(page.path) has an id twice")
        for match in text.matches(of: /\sfor="([^"]*)"/) { #expect(ids.contains(match.output.1), "\(page.path)") }
        #expect(!text.contains("{{") && !text.contains("Optional("), "\(page.path)")
    }

    @Test("no template puts anything in unescaped")
    func templates() throws {
        let folder = try #require(Bundle.module(of: "LyceumServer")).appending(path: "Pages/Templates")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(Set(files.map { $0.deletingPathExtension().lastPathComponent }) == Set(PageTemplates.names))
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains("{{{") && !text.contains("{{&") && !text.contains("CONTENT_TYPE"), "\(file)")
        }
    }

    @Test("text is escaped by bytes, so that no accent hides a quotation mark or bracket")
    func escaping() {
        let text = PageEscaping().escapeText("<\u{338}b\u{301}>\u{301}\"\u{301}'\u{FE0F}&\u{200D}`\0é")
        let expected =
            "&lt;\u{338}b\u{301}&gt;\u{301}&quot;\u{301}&#39;\u{FE0F}&amp;\u{200D}&#96;\u{FFFD}é"
        #expect(Array(text.utf8) == Array(expected.utf8))
    }

    @Test("marks are read from highlighted text, and nothing else is markup")
    func marks() {
        let text = MarkedText(highlighted: "a &lt;b&gt; <mark>c&amp;lt;</mark> d</mark><mark>e</mark>")
        #expect(
            text.parts == [
                .init(text: "a <b> ", isMarked: false), .init(text: "c&lt;", isMarked: true),
                .init(text: " d</mark>", isMarked: false), .init(text: "e", isMarked: true),
            ]
        )
        #expect(MarkedText(highlighted: "").parts.isEmpty && MarkedText(plain: "").parts.isEmpty)
    }

    @Test(
        "a problem is a page for those who ask for one, and problem+json for all others",
        arguments: [
            ("text/html", true), ("text/html,application/xhtml+xml,*/*;q=0.8", true), ("*/*", false), ("", false),
            ("application/json, text/html;q=0.5", false), ("text/html;q=0", false), ("text/html;q=x", false),
            ("application/problem+json;q=0.2, TEXT/HTML;q=0.9", true),
        ]
    )
    func accept(accept: String, isPage: Bool) async throws {
        #expect(ProblemPages.wantsPage(accept) == isPage)
        let campus = try PageCampus()
        try await campus.serve { client in
            for (path, status) in [
                ("/nothing<b>", HTTPResponse.Status.notFound), ("/jobs/none", .notFound), ("/?wage=1", .badRequest),
            ] {
                let answer = try await client.get(path, [.accept: accept])
                #expect(answer.status == status)
                let type = answer.headers[.contentType] ?? ""
                #expect(type == (isPage ? "text/html; charset=utf-8" : "application/problem+json"))
                if isPage {
                    #expect(answer.headers[.contentSecurityPolicy] == SecurityHeaders.pagePolicy)
                    #expect(answer.text.contains("<h1>") && answer.text.contains("\(status.code)"))
                    #expect(answer.text.contains(answer.headers[.xRequestID] ?? "none"))
                    #expect(!answer.text.contains("nothing<b>"))
                }
            }
        }
    }

    @Test("problems of pages keep their status and headers: 403, 404, 405, 414, 503")
    func problems() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.employer)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            try await visitor.signIn(key.text, purpose: "recruiting")
            let refused = try await visitor.get("/runs")
            #expect(refused.status == .forbidden && refused.words.contains("Sign out"))
            #expect(try await visitor.get("/jobs/none").words.contains("no such job"))
            let method = try await visitor.post("/jobs/J-1", [:])
            #expect(method.status == .methodNotAllowed && method.response.headers[.allow]?.contains("GET") == true)
            #expect(try await visitor.get("/?q=\(String(repeating: "a", count: 9000))").status == .uriTooLong)
        }
        let nothing = SnapshotFolder(directory: campus.folder.appending(path: "none"))
        try await campus.serve(snapshots: nothing) { client in
            for path in ["/", "/jobs/J-1", "/courses/C-1"] {
                let page = try await PageVisitor(client).get(path)
                #expect(page.status == .serviceUnavailable && page.words.contains("no search index yet"), "\(path)")
                #expect(page.response.headers[.retryAfter] == "5")
            }
            #expect(try await PageVisitor(client).get("/docs").status == .ok)
        }
    }

    @Test("the documentation names every operation of the contract")
    func documentation() async throws {
        let file = try #require(try PageStore()[path: "/openapi.json"])
        let document = try #require(try JSONSerialization.jsonObject(with: file.data) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        let operations = paths.flatMap { path, methods in
            methods.keys.filter { $0 != "parameters" }.map { "\($0.uppercased()) \(path) " }
        }
        let campus = try PageCampus()
        try await campus.serve { client in
            let page = try await PageVisitor(client).get("/docs")
            for operation in operations { #expect(page.words.contains(operation), "\(operation)") }
            #expect(page.words.contains("at most 1000") || page.words.contains("from 0, to 100"))
        }
    }

    @Test("nothing of who was looked for is in the log")
    func log() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.registrar)
        let log = LogLines()
        try await campus.serve(log: log) { client in
            let visitor = PageVisitor(client)
            try await visitor.signIn(key.text, purpose: "registration", to: "/students/S-1")
            _ = try await visitor.get("/?in=students&q=Lovelace")
            _ = try await visitor.get("/disclosures?student=S-1")
        }
        #expect(log.text.contains("/students/{id}"))
        for secret in ["Lovelace", "S-1\"", "student=S-1", key.text, "lyceum="] { #expect(!log.text.contains(secret)) }
    }
}

extension Bundle {
    /// The folder of a target's resources.
    fileprivate static func module(of target: String) -> URL? {
        Bundle.main.bundleURL.appending(path: "lyceum_\(target).resources")
    }
}
