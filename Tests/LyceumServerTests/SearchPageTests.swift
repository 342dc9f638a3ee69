// The search page without a script.

import Foundation
import Hummingbird
import HummingbirdTesting
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("Search page")
struct SearchPageTests {
    @Test("anyone searches jobs and courses, with marked words, counts and facets")
    func anyone() async throws {
        let campus = try PageCampus()
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.get("/?in=jobs&q=data+engineer")
            #expect(page.status == .ok)
            #expect(page.text.contains("<mark>Data</mark> <mark>engineer</mark>"))
            #expect(page.links.contains("/jobs/J-1"))
            #expect(page.text.contains(#"name="skills" value="SQL""#))
            #expect(!page.words.contains("Students"))
            let courses = try await visitor.get("/?in=courses&q=statisticians")
            #expect(courses.links.contains("/courses/C-2"))
            #expect(try await visitor.get("/").words.contains("47 jobs"))
        }
    }

    @Test(
        "what was chosen narrows the hits, stays chosen, and can be taken away; other values of the facet stay in sight"
    )
    func facets() async throws {
        let campus = try PageCampus()
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.get("/?in=jobs&company=Acme&salary_min_from=1000&salary_min_to=&q=")
            #expect(page.words.contains("1 job"))
            #expect(page.links.filter { $0.hasPrefix("/jobs/") } == ["/jobs/J-1"])
            #expect(page.text.contains(#"name="company" value="Acme" checked"#))
            #expect(page.text.contains(#"name="company" value="Globex""#))
            let without = try #require(
                page.links.first { $0.contains("company") == false && $0.contains("salary_min_from") }
            )
            #expect(try await visitor.get(without).words.contains("46 jobs"))
            let two = try await visitor.get("/?in=jobs&company=Acme&company=Mercy")
            #expect(two.words.contains("2 jobs"))
        }
    }

    @Test("ranges include their ends; sorting orders; pages hold every hit once")
    func rangesSortingPaging() async throws {
        let campus = try PageCampus()
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let range = try await visitor.get("/?in=jobs&salary_min_from=43000&salary_min_to=45000&sort=-salary_min")
            #expect(range.links.filter { $0.hasPrefix("/jobs/") } == ["/jobs/J-5", "/jobs/J-4", "/jobs/J-3"])
            let dates = try await visitor.get("/?in=jobs&posting_date_from=2026-09-02")
            #expect(dates.links.filter { $0.hasPrefix("/jobs/") } == ["/jobs/J-1"])
            var page = try await visitor.get("/?in=jobs&sort=-posting_date")
            var seen = page.links.filter { $0.hasPrefix("/jobs/") }
            #expect(page.words.contains("Page 1 of 3"))
            for number in 2...3 {
                let next = try #require(page.text.firstMatch(of: /rel="next" href="([^"]*)"/)?.output.1)
                page = try await visitor.get(PageVisitor.unescaped(String(next)))
                #expect(page.words.contains("Page \(number) of 3"))
                seen += page.links.filter { $0.hasPrefix("/jobs/") }
            }
            #expect(seen.count == 47 && Set(seen).count == 47)
            #expect(page.text.firstMatch(of: /rel="next"/) == nil)
        }
    }

    @Test(
        "a search that cannot be made says what is wrong, and keeps what was typed",
        arguments: [
            ("filter=wage+%3D+1&q=nurse", "The filter cannot be read"), ("salary_min_from=a&q=nurse", "is a number"),
            ("posting_date_to=soon&q=nurse", "is a date"), ("sort=wage&q=nurse", "no such order"),
            ("page=100000&q=nurse", "narrow the search"), ("page=9223372036854775807&q=nurse", "narrow the search"),
            ("q=nurse&filter=%3Cscript%3E", "The filter cannot be read"),
        ]
    )
    func faults(query: String, expected: String) async throws {
        let campus = try PageCampus()
        try await campus.serve { client in
            let page = try await PageVisitor(client).get("/?in=jobs&\(query)")
            #expect(page.status == .badRequest)
            #expect(page.words.contains(expected))
            #expect(page.text.contains(#"value="nurse""#))
            #expect(!page.text.contains("<script>"))
        }
    }

    @Test(
        "a parameter that is not known is a problem and not another search",
        arguments: ["wage=1", "in=people", "page=0"]
    )
    func unknown(query: String) async throws {
        let campus = try PageCampus()
        try await campus.serve { client in
            let page = try await PageVisitor(client).get("/?\(query)")
            #expect(page.status == .badRequest)
        }
    }

    @Test("an adviser's search holds their students, and its look is recorded")
    func adviser() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.adviser)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.signIn(key.text, purpose: "advising", to: "/?in=students&q=Lovelace")
            #expect(page.links.contains("/students/S-1"))
            #expect(page.text.contains("<mark>Lovelace</mark>"))
            let none = try await visitor.get("/?in=students&q=Turing&filter=skills+%3D+Python+AND+NOT+skills+%3D+SQL")
            #expect(!none.text.contains("Turing</a>") && !none.links.contains("/students/S-3"))
            // An id with a slash and a question mark leads where it should.
            let grace = try await visitor.get("/?in=students&q=Hopper")
            let link = try #require(grace.links.first { $0.hasPrefix("/students/") })
            #expect(try await visitor.get(link).words.contains("Grace Hopper"))
        }
        let searches = try campus.record.lines().filter { $0["action"] as? String == "search" }
        #expect(searches.count == 3)
        #expect(searches.allSatisfy { $0["purpose"] as? String == "advising" })
        #expect((searches.first?["subjects"] as? [String])?.isEmpty == false)
    }

    @Test("an employer sees whom it may: those who agreed and did not opt out, by directory fields")
    func employer() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.employer)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.signIn(key.text, purpose: "recruiting", to: "/?in=students&q=Lovelace")
            #expect(page.links.contains("/students/S-1"))
            #expect(
                !page.text.contains("GPA") && !page.text.contains(#"name="skills""#) && !page.words.contains("Python")
            )
            for name in ["Hopper", "Turing"] {
                let other = try await visitor.get("/?in=students&q=\(name)")
                #expect(!other.text.contains("<mark>\(name)</mark>"))
            }
            // A field that is not theirs is no field at all.
            #expect(try await visitor.get("/?in=students&skills=SQL").status == .badRequest)
            #expect(try await visitor.get("/?in=students&filter=gpa+%3E+1").status == .badRequest)
            #expect(try await visitor.get("/suggestions?in=students&q=da").status == .forbidden)
        }
    }

    @Test("an analyst sees counts and no person")
    func analyst() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.analyst)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.signIn(key.text, purpose: "research", to: "/?in=students")
            #expect(page.words.contains("About 50 students"))
            #expect(!page.links.contains { $0.hasPrefix("/students/") })
            #expect(!page.text.contains("Lovelace") && !page.text.contains("id=\"sort\""))
            #expect(page.text.contains(#"name="skills" value="Excel""#))
            // Two have SQL: too few to be told of.
            #expect(!page.text.contains(#"name="skills" value="SQL""#))
            #expect(try await visitor.get("/students/S-1").status == .forbidden)
        }
    }

    @Test("who may search nothing begins where they may go, and a student finds their own record")
    func elsewhere() async throws {
        let campus = try PageCampus()
        let auditor = try await campus.key(.auditor)
        let student = try await campus.key(.student)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            #expect(try await visitor.signIn(auditor.text).path == "/disclosures")
            let other = PageVisitor(client)
            let page = try await other.signIn(student.text)
            #expect(page.path == "/")
            #expect(page.links.contains("/students/S-1"))
            #expect(try await other.get("/?in=students").status == .forbidden)
            let own = try await other.get("/students/S-1")
            #expect(own.words.contains("Ada Lovelace"))
            #expect(try await other.get("/students/S-2").status == .notFound)
            #expect(try await other.get("/students/none").status == .notFound)
        }
    }

    @Test("completions come as JSON, within what the visitor may see")
    func suggestions() async throws {
        let campus = try PageCampus()
        try await campus.serve { client in
            let answer = try await PageVisitor(client).get("/suggestions?in=jobs&q=nur")
            let texts = try answer.response.object()["suggestions"] as? [[String: Any]]
            #expect(texts?.first?["text"] as? String == "Nurse & \"carer\"")
            #expect(try await PageVisitor(client).get("/suggestions?in=students&q=da").path.hasPrefix("/sign-in"))
            #expect(try await PageVisitor(client).get("/suggestions?in=jobs&q=a&limit=3").status == .badRequest)
        }
    }
}
