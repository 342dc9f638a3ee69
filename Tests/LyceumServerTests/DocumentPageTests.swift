// The pages of single students, jobs, courses and runs.

import Foundation
import Hummingbird
import HummingbirdTesting
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("Document pages")
struct DocumentPageTests {
    @Test("a profile has its matches with reasons, skills and gaps")
    func profile() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.registrar)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.signIn(key.text, purpose: "registration", to: "/students/S-1")
            for words in [
                "Ada Lovelace", "Interested in Data engineer", "GPA 3.50", "30 June 2027", "Skills to gain",
                "Recommended jobs", "Fits (2)", "Still missing (1)", "Recommended courses", "Closes gaps (1)", "Oracle",
            ] { #expect(page.words.contains(words), "\(words)") }
            #expect(page.links.contains("/jobs/J-1") && page.links.contains("/courses/C-1"))
            #expect(page.links.contains("/disclosures?student=S-1"))
        }
        let actions = try campus.record.lines().compactMap { $0["action"] as? String }
        #expect(actions.filter { $0 == "read" }.count == 1 && actions.filter { $0 == "recommend" }.count == 2)
    }

    @Test("names and skills that are markup are text, in the search, on the profile and among matches")
    func escaping() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.registrar)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let profile = try await visitor.signIn(key.text, purpose: "registration", to: "/students/S-2")
            let search = try await visitor.get("/?in=students&q=script+alert+bold&skills=%3Cb%3Ebold%3C%2Fb%3E")
            let match = try await visitor.get("/jobs/J-1/students")
            for page in [profile, search, match] {
                #expect(page.status == .ok)
                #expect(page.text.contains("&lt;"), "\(page.path)")
                for markup in ["<script>alert", "<b>", "<img"] { #expect(!page.text.contains(markup), "\(page.path)") }
                // An accent on a quotation mark does not let it end an attribute.
                #expect(!withoutAccents(page).contains("\" onmouseover"), "\(page.path)")
            }
            #expect(profile.words.contains(PageCampus.script))
            #expect(search.text.contains("&lt;<mark>script</mark>&gt;"))
            let typed = try await visitor.get("/?q=\(PageVisitor.encoded(PageCampus.quote))")
            #expect(withoutAccents(typed).contains("onmouseover"))
            #expect(!withoutAccents(typed).contains("\" onmouseover"))
        }
    }

    /// A page's ASCII alone, as a browser reads its markup.
    private func withoutAccents(_ page: VisitedPage) -> String {
        String(decoding: page.text.utf8.filter { $0 < 0x80 }, as: UTF8.self)
    }

    @Test("a job shows what it is, others like it, and no address that is none of the web")
    func job() async throws {
        let campus = try PageCampus()
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.get("/jobs/J-1")
            for words in ["Data engineer", "USD 90,000 to 120,000", "1 October 2026", "Similar jobs"] {
                #expect(page.words.contains(words), "\(words)")
            }
            #expect(page.text.contains("An engineer &lt;img src=x onerror=alert(1)&gt; who builds."))
            #expect(page.links.contains("https://jobs.example.invalid/1"))
            #expect(!page.links.contains("/jobs/J-1/students"))
            let other = try await visitor.get("/jobs/J%2F2%20%C3%A4")
            #expect(other.words.contains("Nurse & \"carer\""))
            #expect(!other.text.contains("javascript:"))
            #expect(try await visitor.get("/courses/C-1").words.contains("91 %"))
        }
    }

    @Test("students who fit a job are a page of their own, so that reading about a job discloses nobody")
    func fitting() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.employer)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.signIn(key.text, purpose: "recruiting", to: "/jobs/J-1")
            #expect(page.links.contains("/jobs/J-1/students"))
            #expect(try campus.record.lines().allSatisfy { ($0["subjects"] as? [String] ?? []).isEmpty })
            let students = try await visitor.get("/jobs/J-1/students")
            #expect(students.status == .ok)
            #expect(!students.words.contains("Hopper") && !students.words.contains("Turing"))
            #expect(try await PageVisitor(client).get("/jobs/J-1/students").path.hasPrefix("/sign-in"))
            #expect(try await visitor.get("/jobs/none/students").status == .notFound)
        }
    }

    @Test("each role gets the pages it may have", arguments: Role.allCases)
    func roles(role: Role) async throws {
        let campus = try PageCampus()
        let key = try await campus.key(role)
        let purposes: [Role: String] = [
            .adviser: "advising", .registrar: "registration", .employer: "recruiting", .analyst: "research",
        ]
        let expected: [String: Set<Role>] = [
            "/students/S-1": [.student, .adviser, .registrar, .employer], "/students/S-3": [.registrar],
            "/?in=students": [.adviser, .registrar, .employer, .analyst],
            "/jobs/J-1": Set(Role.allCases).subtracting([.auditor]),
            "/jobs/J-1/students": [.adviser, .registrar, .employer],
            "/runs": [.registrar, .analyst, .auditor, .administrator],
            "/runs/\(TestRuns.good)": [.registrar, .analyst, .auditor, .administrator],
            "/disclosures": [.student, .registrar, .auditor], "/docs": Set(Role.allCases),
        ]
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            try await visitor.signIn(key.text, purpose: purposes[role], to: "/docs")
            for (path, roles) in expected {
                let page = try await visitor.get(path)
                if roles.contains(role) {
                    #expect(page.status == .ok && page.path == path, "\(path)")
                } else {
                    #expect([.forbidden, .notFound].contains(page.status), "\(path)")
                    #expect(!page.text.contains("Turing"))
                }
            }
        }
    }

    @Test("runs are listed and shown, with what went wrong as text; one that is not is a 404")
    func runs() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.auditor)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.signIn(key.text, to: "/runs")
            #expect(page.words.contains("1,234,567") && page.words.contains("23 November 2026, 08:15:02 UTC"))
            #expect(page.links.contains("/runs/\(TestRuns.bad)"))
            let bad = try await visitor.get("/runs/\(TestRuns.bad)")
            #expect(bad.text.contains("the source &lt;oracle&gt; does not answer"))
            #expect(bad.words.contains("gpa in range") && bad.words.contains("1,190"))
            for path in ["/runs/20261123T081502Z-000000", "/runs/nonsense", "/runs/%2e%2e"] {
                #expect(try await visitor.get(path).status == .notFound, "\(path)")
            }
        }
        try await campus.serve(runs: nil) { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.signIn(key.text, to: "/runs")
            #expect(page.status == .serviceUnavailable)
        }
    }

    @Test("a student sees who looked at their record, and at no other's; looking is recorded")
    func disclosures() async throws {
        let campus = try PageCampus()
        let employer = try await campus.key(.employer)
        let student = try await campus.key(.student)
        let registrar = try await campus.key(.registrar)
        try await campus.serve { client in
            try await PageVisitor(client).signIn(employer.text, purpose: "recruiting", to: "/students/S-1")
            let visitor = PageVisitor(client)
            let page = try await visitor.signIn(student.text, to: "/disclosures")
            #expect(page.words.contains("Acme") && page.words.contains("34 CFR 99.30"))
            #expect(try await visitor.get("/disclosures?student=S-2").status == .forbidden)
            let whole = try await visitor.get("/disclosures?internal=true")
            #expect(whole.words.contains("Inspect"))
            let other = PageVisitor(client)
            let form = try await other.signIn(registrar.text, purpose: "records-request", to: "/disclosures")
            #expect(form.text.contains("Student id"))
            #expect(try await other.get("/disclosures?student=S-1").words.contains("Acme"))
            #expect(try await other.get("/disclosures?student=nobody").words.contains("Nothing recorded"))
        }
        let inspections = try campus.record.lines().filter { $0["action"] as? String == "inspect" }
        #expect(inspections.count == 4)
    }
}
