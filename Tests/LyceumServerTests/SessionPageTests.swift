// Signing in, declaring a purpose and signing out on the pages.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("Sign-in pages")
struct SessionPageTests {
    @Test("a key and a purpose lead to where the visitor wanted; the key is in no page and no cookie")
    func signIn() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.adviser)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let form = try await visitor.get("/students/S-1")
            #expect(form.path == "/sign-in?to=%2Fstudents%2FS-1")
            let purpose = try await visitor.submit(form, action: "/sign-in", ["credential": " \(key.text)\n"])
            #expect(purpose.path == "/purpose?to=%2Fstudents%2FS-1")
            #expect(purpose.words.contains("34 CFR 99.31(a)(1)"))
            let profile = try await visitor.submit(purpose, action: "/purpose", ["purpose": "advising"])
            #expect(profile.path == "/students/S-1")
            #expect(profile.words.contains("Ada Lovelace"))
            for page in [form, purpose, profile] { #expect(!page.text.contains(key.text)) }
            #expect(!visitor.cookies.values.contains { $0.contains(key.text) || key.text.contains($0) })
            #expect(Array(visitor.cookies.keys) == ["lyceum"])
        }
        let lines = try campus.record.lines()
        #expect(lines.contains { $0["action"] as? String == "signed_in" && $0["actor"] as? String == "key:\(key.id)" })
        #expect(lines.contains { $0["action"] as? String == "read" && $0["purpose"] as? String == "advising" })
    }

    @Test(
        "cookies are for this host, out of reach of scripts and other sites, and for HTTPS alone where there is HTTPS"
    )
    func cookies() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.registrar)
        for https in [false, true] {
            try await campus.serve(https: https) { client in
                let visitor = PageVisitor(client)
                let form = try await visitor.get("/sign-in")
                let answer = try await visitor.submit(
                    form,
                    action: "/sign-in",
                    ["credential": key.text],
                    follows: false
                )
                let name = https ? "__Host-lyceum" : "lyceum"
                let setting = try #require(
                    answer.response.headers[values: .setCookie].first { $0.hasPrefix("\(name)=") }
                )
                let attributes = Set(setting.split(separator: "; ").dropFirst().map(String.init))
                #expect(attributes == Set(["Path=/", "HttpOnly", "SameSite=Strict"] + (https ? ["Secure"] : [])))
                #expect(visitor.cookies[name].map(SessionStore.isID) == true)
            }
        }
    }

    @Test(
        "a wrong credential is refused on the form, which keeps where the visitor wanted to go, and shows no trace of it"
    )
    func wrongCredential() async throws {
        let campus = try PageCampus()
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let form = try await visitor.get("/sign-in?to=/runs")
            for wrong in ["nonsense", "", "lyc_abcdefghijkl_\(String(repeating: "x", count: 43))", "a b"] {
                let answer = try await visitor.submit(form, action: "/sign-in", ["credential": wrong])
                #expect(answer.status == .unauthorized)
                #expect(answer.text.contains("role=\"alert\""))
                #expect(try answer.hidden(action: "/sign-in")["to"] == "/runs")
                if wrong.count > 3 { #expect(!answer.text.contains(wrong)) }
                #expect(visitor.cookies["lyceum"] == nil)
            }
        }
    }

    @Test(
        "a form that another site sends is refused, whatever cookies come along",
        arguments: [
            [HTTPField.Name("Sec-Fetch-Site")!: "cross-site"], [HTTPField.Name("Sec-Fetch-Site")!: "same-site"],
            [HTTPField.Name("Sec-Fetch-Site")!: "none"], [.origin: "https://evil.example"], [.origin: "null"], [:],
        ] as [HTTPFields]
    )
    func foreignForms(headers: HTTPFields) async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.adviser)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let form = try await visitor.get("/sign-in")
            let refused = try await visitor.submit(
                form,
                action: "/sign-in",
                ["credential": key.text],
                headers: headers
            )
            #expect(refused.status == .forbidden)
            #expect(visitor.cookies["lyceum"] == nil)

            let page = try await visitor.signIn(key.text, purpose: "advising", to: "/?in=students")
            for action in ["/purpose", "/sign-out"] {
                let values = ["purpose": "career-services"]
                let answer = try await visitor.submit(page, action: action, values, headers: headers)
                #expect(answer.status == .forbidden)
            }
            #expect(try await visitor.get("/?in=students").text.contains(#"value="advising" selected"#))
        }
    }

    @Test("a form with the right origin in place of Sec-Fetch-Site is taken; another port is another origin")
    func ownOrigin() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.auditor)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let form = try await visitor.get("/sign-in?to=/runs")
            for (origin, path) in [
                ("http://localhost:81", "/sign-in"), ("http://localhost.evil.example", "/sign-in"),
                ("ftp://localhost", "/sign-in"), ("http://localhost", "/runs"),
            ] {
                let answer = try await visitor.submit(
                    form,
                    action: "/sign-in",
                    ["credential": key.text],
                    headers: [.origin: origin]
                )
                #expect(answer.path == path)
                #expect(answer.status == (path == "/runs" ? .ok : .forbidden))
            }
        }
    }

    @Test("a form without its token, with another session's, or with another browser's is refused")
    func formTokens() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.registrar)
        try await campus.serve { client in
            let (visitor, other) = (PageVisitor(client), PageVisitor(client))
            let form = try await visitor.get("/sign-in")
            let values = ["credential": key.text]
            #expect(try await visitor.post("/sign-in", values).status == .forbidden)
            #expect(try await other.submit(form, action: "/sign-in", values).status == .forbidden)
            let page = try await visitor.signIn(key.text, purpose: "registration")
            let foreign = try await other.signIn(key.text, purpose: "registration").hidden(action: "/sign-out")
            for values in [[:], ["form_token": ""], foreign] {
                #expect(try await visitor.post("/sign-out", values).status == .forbidden)
            }
            #expect(try await visitor.get("/runs").status == .ok)
            _ = try await visitor.submit(page, action: "/sign-out")
            #expect(try await visitor.get("/runs").path.hasPrefix("/sign-in"))
            #expect(try await other.get("/runs").path == "/runs")
        }
        #expect(try campus.record.lines().contains { $0["action"] as? String == "signed_out" })
    }

    @Test("a key that is revoked ends the sessions that began with it, at the next request")
    func revoked() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.registrar)
        let sessions = SessionStore()
        try await campus.serve(sessions: sessions) { client in
            let visitor = PageVisitor(client)
            try await visitor.signIn(key.text, purpose: "registration")
            #expect(try await visitor.get("/students/S-1").status == .ok)
            try await campus.keys.revoke(key.id, by: "test")
            let page = try await visitor.get("/students/S-1")
            #expect(page.path == "/sign-in?to=%2Fstudents%2FS-1&ended=true")
            #expect(page.words.contains("Your session has ended"))
            #expect(sessions.count == 0)
        }
    }

    @Test("a key opens on pages what its scopes do and no more")
    func scopes() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.registrar, scopes: [.jobs])
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let page = try await visitor.signIn(key.text, purpose: "registration")
            #expect(page.status == .ok)
            #expect(!page.links.contains("/runs"))
            for path in ["/students/S-1", "/?in=students", "/runs", "/disclosures", "/jobs/J-1/students"] {
                #expect(try await visitor.get(path).status == .forbidden, "\(path)")
            }
            #expect(try await visitor.get("/jobs/J-1").status == .ok)
        }
    }

    @Test("only a purpose of the caller's own can be declared, and it is the one that is recorded from then on")
    func purposes() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.registrar)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let form = try await visitor.signIn(key.text)
            #expect(form.path.hasPrefix("/purpose"))
            // Nothing about students before a purpose is declared.
            #expect(try await visitor.get("/students/S-1").path == "/purpose?to=%2Fstudents%2FS-1")
            for wrong in ["recruiting", "", "<b>"] {
                let answer = try await visitor.submit(form, action: "/purpose", ["purpose": wrong])
                #expect(answer.status == .badRequest)
            }
            let page = try await visitor.submit(
                form,
                action: "/purpose",
                ["purpose": "registration", "to": "/students/S-1"]
            )
            #expect(page.path == "/students/S-1")
            let changed = try await visitor.submit(page, action: "/purpose", ["purpose": "records-request"])
            #expect(changed.path == "/students/S-1")
            #expect(changed.text.contains(#"value="records-request" selected"#))
        }
        let reads = try campus.record.lines().filter {
            $0["action"] as? String == "read" && $0["outcome"] as? String == "granted"
        }
        #expect(reads.compactMap { $0["purpose"] as? String } == ["registration", "records-request"])
    }

    @Test(
        "nobody is led to another site after signing in",
        arguments: ["//evil.example", "https://evil.example/", "/\\evil"]
    )
    func redirects(target: String) async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.auditor)
        try await campus.serve { client in
            let visitor = PageVisitor(client)
            let form = try await visitor.get("/sign-in?to=\(PageVisitor.encoded(target))")
            let answer = try await visitor.submit(
                form,
                action: "/sign-in",
                ["credential": key.text, "to": target],
                follows: false
            )
            #expect(answer.status == .seeOther)
            #expect(answer.response.headers[.location] == "/")
        }
    }

    @Test("a form that is none is refused")
    func notForms() async throws {
        let campus = try PageCampus()
        try await campus.serve(bodyBytes: 500) { client in
            for (type, body, status) in [
                ("application/json", "{}", HTTPResponse.Status.unsupportedMediaType),
                ("text/plain", "a=b", .unsupportedMediaType),
                ("application/x-www-form-urlencoded", "a=%zz", .badRequest),
                (
                    "application/x-www-form-urlencoded", String(repeating: "a", count: 600), .contentTooLarge
                ),
            ] {
                let answer = try await client.post("/sign-in", body, type: type, headers: PageVisitor.ownForm)
                #expect(answer.status == status)
            }
        }
    }
}
