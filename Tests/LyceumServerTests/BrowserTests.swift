// The pages in headless Chromium: accessibility by axe, no errors in the console, nothing asked of any other server.

import Foundation
import HummingbirdTesting
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("In a browser", .serialized)
struct BrowserTests {
    /// What `scripts/check-pages` says of a page.
    private struct Finding: Decodable {
        struct Violation: Decodable {
            let id: String
            let help: String
            let nodes: [String]
        }

        let name: String
        let look: String
        let status: Int?
        let violations: [Violation]
        let console: [String]
        let foreign: [String]
        let overflow: Int
        let found: Bool?
        let picture: String?
    }

    private struct Plan: Encodable {
        let base: String
        let pictures: String
        let visits: [Visit]
    }

    private struct Visit: Encodable {
        let name: String
        let path: String
        var looks = ["light", "dark", "phone", "phone-dark"]
        var key: String?
        var purpose: String?
        var picture: String?
        var script = true
        var press: [String]?
        var expect: String?
        /// The name of the input that must have the focus in the end.
        var focus: String?
        var status = 200
    }

    @Test("every page, light and dark, wide and narrow, has no violation of axe's rules", .timeLimit(.minutes(10)))
    func everyPage() async throws {
        let campus = try PageCampus()
        let (registrar, analyst) = (try await campus.key(.registrar).text, try await campus.key(.analyst).text)
        func signedIn(_ name: String, _ path: String, expect: String? = nil, status: Int = 200) -> Visit {
            Visit(
                name: name,
                path: path,
                key: registrar,
                purpose: "registration",
                picture: name,
                expect: expect,
                status: status
            )
        }
        let findings = try await check(
            campus,
            [
                Visit(name: "jobs", path: "/?in=jobs&q=engineer", picture: "jobs", expect: "Systems engineer"),
                Visit(name: "narrowed", path: "/?in=jobs&company=Acme&salary_min_from=1000", expect: "1 job"),
                Visit(name: "nothing", path: "/?in=courses&skills=none", expect: "Nothing matches"),
                Visit(name: "faulty", path: "/?in=jobs&filter=wage+%3D+1", expect: "cannot be read", status: 400),
                Visit(name: "job", path: "/jobs/J-1", picture: "job", expect: "Similar jobs"),
                Visit(name: "course", path: "/courses/C-1", expect: "Skills it teaches"),
                Visit(name: "docs", path: "/docs", expect: "/v1/jobs/search"),
                Visit(
                    name: "docs-open",
                    path: "/docs",
                    looks: ["light", "dark"],
                    press: ["details.operation summary"]
                ),
                Visit(name: "not-found", path: "/nothing", expect: "There is nothing here", status: 404),
                signedIn("students", "/?in=students&q=lovelace", expect: "Ada Lovelace"),
                signedIn("student", "/students/S-1", expect: "Recommended jobs"),
                signedIn("harmful-name", "/students/S-2", expect: PageCampus.script),
                signedIn("job-students", "/jobs/J-1/students", expect: "Students who fit"),
                signedIn("runs", "/runs", expect: "1,234,567"),
                signedIn("run", "/runs/\(TestRuns.bad)", expect: "gpa in range"),
                signedIn("disclosures", "/disclosures?student=S-1&internal=true", expect: "Registration"),
                Visit(
                    name: "counts",
                    path: "/?in=students",
                    key: analyst,
                    purpose: "research",
                    expect: "About 50 students"
                ),
            ]
        )
        #expect(findings.filter { $0.picture != nil }.count == 36)
        #expect(Set(findings.map(\.name)).isSuperset(of: ["sign-in", "purpose", "job-students", "counts"]))
    }

    @Test(
        "without a script one signs in, declares a purpose and narrows a search by mouse alone",
        .timeLimit(.minutes(3))
    )
    func withoutScript() async throws {
        let campus = try PageCampus()
        let key = try await campus.key(.adviser).text
        _ = try await check(
            campus,
            [
                Visit(
                    name: "students",
                    path: "/?in=students",
                    looks: ["light"],
                    key: key,
                    purpose: "advising",
                    script: false,
                    press: ["input[name=skills][value=Python]", "button.apply"],
                    expect: "2 students"
                )
            ]
        )
    }

    @Test("with a script a facet takes effect at once, in place, and keeps the focus", .timeLimit(.minutes(3)))
    func withScript() async throws {
        let campus = try PageCampus()
        _ = try await check(
            campus,
            [
                Visit(
                    name: "facet",
                    path: "/?in=jobs",
                    looks: ["light"],
                    press: ["input[name=company][value=Acme]"],
                    expect: "1 job",
                    focus: "company"
                )
            ]
        )
    }

    private func check(_ campus: PageCampus, _ visits: [Visit]) async throws -> [Finding] {
        var findings: [Finding] = []
        let pictures = URL.temporaryDirectory.appending(path: "lyceum-pictures-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: pictures) }
        let result = try await withServing(campus) { port in
            let plan = Plan(base: "http://127.0.0.1:\(port)", pictures: pictures.path, visits: visits)
            return try await Self.run(try JSONEncoder().encode(plan))
        }
        for line in result.output.split(separator: "\n") {
            let finding = try JSONDecoder().decode(Finding.self, from: Data(line.utf8))
            findings.append(finding)
            let place = "\(finding.name), \(finding.look)"
            for violation in finding.violations {
                Issue.record("\(place): \(violation.id), \(violation.help): \(violation.nodes.joined(separator: "\n"))")
            }
            #expect(finding.console.isEmpty, "\(place)")
            #expect(finding.foreign.isEmpty, "\(place)")
            #expect(finding.overflow == 0, "\(place) is wider than the window")
            #expect(finding.found != false, "\(place) lacks what is expected on it")
        }
        #expect(result.status == 0, "\(result.errors)")
        let expected = visits.reduce(0) { $0 + $1.looks.count }
        #expect(findings.count >= expected, "\(result.errors)")
        for picture in findings.compactMap(\.picture) {
            let file = pictures.appending(path: picture)
            #expect(try Data(contentsOf: file).prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]), "\(picture)")
        }
        return findings
    }

    /// Serves on a port of this machine while the body runs.
    private func withServing<Value: Sendable>(
        _ campus: PageCampus,
        _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> Value {
        let box = Box<Value>()
        try await campus.serve(on: .live) { client in
            await box.set(try await body(try #require(client.port)))
        }
        return try #require(await box.value)
    }

    private actor Box<Value: Sendable> {
        private(set) var value: Value?
        func set(_ value: Value) { self.value = value }
    }

    private static func run(_ plan: Data) async throws -> (status: Int32, output: String, errors: String) {
        try await withCheckedThrowingContinuation { continuation in
            // On a thread of its own, for the server that is looked at needs those of this pool.
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        let process = Process()
                        process.executableURL =
                            URL(filePath: #filePath).deletingLastPathComponent()
                            .appending(path: "../../scripts/check-pages").standardizedFileURL
                        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
                        (process.standardInput, process.standardOutput, process.standardError) = (input, output, errors)
                        try process.run()
                        try input.fileHandleForWriting.write(contentsOf: plan)
                        try input.fileHandleForWriting.close()
                        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                        process.waitUntilExit()
                        return (process.terminationStatus, text, said)
                    }
                )
            }
        }
    }
}
