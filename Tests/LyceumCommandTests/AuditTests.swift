// The command line's looks at students are recorded before they are shown, and `lyceum audit` reads the record.

import Foundation
import Testing

@Suite("Audit")
struct AuditTests {
    /// What this test's own looks are told apart by.
    private let purpose = "test-\(UUID().uuidString.prefix(8).lowercased())"

    private func student(_ home: SampleHome.Ready) async throws -> String {
        let query = "select student_id from curated.student_profile where len(skills) > 2 order by student_id limit 1"
        let rows = try await Program.run("sql", query, "--config", home.config, "--json").json()
        return "\(try #require((rows["rows"] as? [[String: Any]])?.first?["student_id"]))"
    }

    private func entries(_ home: SampleHome.Ready, _ conditions: String...) async throws -> [[String: Any]] {
        let found = try await Program.run(["audit", "search", "--config", home.config, "--json"] + conditions)
        #expect(found.status == 0, "\(found.errors)")
        return try #require(try found.json()["entries"] as? [[String: Any]])
    }

    @Test("a search, a recommendation and an export leave an entry each, with fields and purpose, without names")
    func looks() async throws {
        let home = try await SampleHome.ready()
        let id = try await student(home)
        let search = try await Program.run(
            ["search", "students", "Zacharias", "--limit", "2", "--config", home.config]
                + ["--purpose", purpose, "--json"]
        )
        #expect(search.status == 0, "\(search.errors)")
        let all = try await Program.run(
            ["search", "students", "", "--limit", "3", "--config", home.config, "--purpose", purpose, "--json"]
        )
        let hits = try #require(try all.json()["hits"] as? [[String: Any]])
        let jobs = try await Program.run("recommend", "jobs", id, "--config", home.config, "--purpose", purpose)
        #expect(jobs.status == 0, "\(jobs.errors)")
        let export = try await Program.run("subject", "export", id, "--config", home.config, "--purpose", purpose)
        #expect(export.status == 0, "\(export.errors)")
        let found = try await entries(home, "--purpose", purpose)
        try #require(found.map { $0["action"] as? String } == ["search", "search", "recommend", "export"])
        #expect(found.allSatisfy { ($0["actor"] as? String)?.hasPrefix("cli:") == true })
        #expect((found[1]["subjects"] as? [String])?.count == hits.count)
        let fields = try #require(found[1]["fields"] as? [String])
        #expect(fields.contains("personal_info.last_name") && fields.contains("academic_info.program"))
        #expect((found[2]["fields"] as? [String])?.contains("reasons.matched_skills") == true)
        #expect((found[3]["fields"] as? [String])?.contains("curated.student_profile.*") == true)
        #expect(try await entries(home, "--purpose", purpose, "--student", id).count >= 2)
        #expect(try await entries(home, "--purpose", purpose, "--action", "recommend").count == 1)
        #expect(try await entries(home, "--purpose", purpose, "--denied").isEmpty)
        #expect(try await entries(home, "--purpose", purpose, "--until", "2000-01-01").isEmpty)
        let record = home.folder.appending(path: "audit/audit-00000000000000000001.jsonl")
        let text = try String(contentsOf: record, encoding: .utf8)
        #expect(!text.contains("Zacharias"))
        #expect(!text.contains("\"\(id)\""))
    }

    @Test("rows of tables about people leave an entry: by SQL, from quarantine, from a source; other tables none")
    func tables() async throws {
        let home = try await SampleHome.ready()
        let id = try await student(home)
        func run(_ arguments: String...) async throws {
            let outcome = try await Program.run(arguments + ["--config", home.config, "--purpose", purpose, "--json"])
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        }
        try await run("sql", "SELECT student_id, gpa FROM clean.students WHERE student_id = '\(id)'")
        try await run("sql", "SELECT count(*) FROM job_posting")
        try await run("quarantine", "show", "--limit", "1000")
        try await run("source", "preview", "registrar", "students", "--limit", "3")
        try await run("source", "preview", "registrar", "courses", "--limit", "3")
        let target = try Program.temporaryFolder("copy").appending(path: "students")
        try await run("source", "export", "registrar", "students", target.path)
        let found = try await entries(home, "--purpose", purpose)
        try #require(
            found.map { $0["resource"] as? String }
                == ["lyceum sql", "lyceum quarantine show", "lyceum source preview", "lyceum source export"]
        )
        #expect(found.allSatisfy { $0["action"] as? String == "table_read" })
        #expect(found[0]["fields"] as? [String] == ["clean.students.*"])
        #expect((found[0]["subjects"] as? [String])?.count == 1)
        #expect((found[1]["fields"] as? [String])?.contains("quarantine.students.*") == true, "\(found[1])")
        #expect((found[1]["subjects"] as? [String])?.isEmpty == false)
        #expect((found[2]["subjects"] as? [String])?.count == 3)
        #expect(found[2]["fields"] as? [String] == ["registrar.students.*"])
        let own = try await entries(home, "--purpose", purpose, "--student", id, "--action", "table_read")
        #expect(own.contains { $0["resource"] as? String == "lyceum sql" })
    }

    @Test("the accounting lists disclosures only, and with --all who looked from inside")
    func disclosures() async throws {
        let home = try await SampleHome.ready()
        let id = try await student(home)
        let jobs = try await Program.run("recommend", "jobs", id, "--config", home.config, "--purpose", purpose)
        #expect(jobs.status == 0, "\(jobs.errors)")
        let none = try await Program.run("audit", "disclosures", id, "--config", home.config)
        #expect(none.output.contains("No disclosure"))
        let all = try await Program.run("audit", "disclosures", id, "--all", "--config", home.config, "--json").json()
        let found = try #require(all["disclosures"] as? [[String: Any]])
        let own = try #require(found.first { $0["purpose"] as? String == purpose })
        #expect(own["recipient"] as? String == "internal")
        #expect((own["party"] as? String)?.hasPrefix("cli:") == true)
        // To ask whose data was looked at is a look, too.
        #expect(try await entries(home, "--student", id, "--action", "audit_read").count >= 1)
    }

    @Test("verify passes the record, and names the line that was changed in a copy")
    func verify() async throws {
        let home = try await SampleHome.ready()
        let id = try await student(home)
        let jobs = try await Program.run("recommend", "jobs", id, "--config", home.config, "--purpose", purpose)
        #expect(jobs.status == 0, "\(jobs.errors)")
        let head = try await Program.run("audit", "head", "--config", home.config, "--json").json()
        let mark = try #require(head["head"] as? String)
        let key = try #require(head["public_key"] as? String)
        let sound = try await Program.run("audit", "verify", "--expect", mark, "--config", home.config, "--json")
        #expect(sound.status == 0, "\(sound.errors)")
        #expect(try sound.json()["ok"] as? Bool == true)
        let copy = try Program.temporaryFolder("audit-copy").appending(path: "audit")
        try FileManager.default.copyItem(at: home.folder.appending(path: "audit"), to: copy)
        let file = copy.appending(path: "audit-00000000000000000001.jsonl")
        var lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
        let index = try #require(lines.firstIndex { $0.contains(purpose) })
        lines[index] = lines[index].replacing(purpose, with: "innocent")
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        // As an auditor would, who has neither the configuration nor the secret.
        let spoilt = try await Program.run(
            ["audit", "verify", "--folder", copy.path, "--public-key", key, "--json"],
            in: try Program.temporaryFolder()
        )
        #expect(spoilt.status == 1)
        let fault = try #require(try spoilt.json()["fault"] as? [String: Any])
        #expect(fault["kind"] as? String == "changed")
        #expect(fault["line"] as? Int == index + 1)
        #expect(try spoilt.errorObject()["code"] as? String == "audit_changed")
        let elsewhere = try await Program.run("audit", "verify", "--expect", "nonsense", "--config", home.config)
        #expect(elsewhere.status == 64)
    }

    @Test("exports to a new file that is its owner's alone, and never over one that is there")
    func export() async throws {
        let home = try await SampleHome.ready()
        let id = try await student(home)
        let jobs = try await Program.run("recommend", "jobs", id, "--config", home.config, "--purpose", purpose)
        #expect(jobs.status == 0, "\(jobs.errors)")
        let file = try Program.temporaryFolder("export").appending(path: "audit.csv")
        let arguments = [
            "audit", "export", "--format", "csv", "-o", file.path, "--purpose", purpose, "--config", home.config,
        ]
        let written = try await Program.run(arguments)
        #expect(written.status == 0, "\(written.errors)")
        let rows = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\r\n").filter { !$0.isEmpty }
        #expect(rows.count == 2)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.uint16Value == 0o600)
        let again = try await Program.run(arguments)
        #expect(again.status == 1)
        let lines = try await Program.run("audit", "export", "--purpose", purpose, "--config", home.config)
        #expect(lines.output.split(separator: "\n").count == 1)
        #expect(try lines.json()["purpose"] as? String == purpose)
    }

    @Test("nothing is shown of a student when it cannot be recorded")
    func refuses() async throws {
        let home = try await SampleHome.ready()
        let id = try await student(home)
        // A file stands where the folder of the record would have to be.
        try Data().write(to: home.folder.appending(path: "occupied"))
        let config = home.folder.appending(path: "unrecorded.yaml")
        let text = try String(contentsOf: URL(filePath: home.config), encoding: .utf8)
        try Data((text + "\naudit: {folder: occupied/audit}\n").utf8).write(to: config)
        for arguments in [
            ["search", "students", ""], ["recommend", "jobs", id], ["subject", "export", id],
            ["subject", "status", id],
            ["search", "students", "", "--json"], ["sql", "SELECT * FROM curated.student_profile"],
            ["quarantine", "show"], ["source", "preview", "registrar", "students"],
            ["source", "export", "registrar", "students", home.folder.appending(path: "unrecorded").path],
        ] {
            let outcome = try await Program.run(arguments + ["--config", config.path])
            #expect(outcome.status == 1, "\(arguments)")
            #expect(outcome.output.isEmpty, "\(arguments)")
        }
        let jobs = try await Program.run("search", "jobs", "", "--config", config.path)
        #expect(jobs.status == 0, "jobs are nobody's data: \(jobs.errors)")
        let courses = try await Program.run("sql", "SELECT count(*) FROM course", "--config", config.path)
        #expect(courses.status == 0, "courses are nobody's data: \(courses.errors)")
    }

    @Test("doctor looks at the record")
    func doctor() async throws {
        let home = try await SampleHome.ready()
        let outcome = try await Program.run("doctor", "--config", home.config, "--json")
        let checks = try #require(try outcome.json()["checks"] as? [[String: Any]])
        let check = try #require(checks.first { $0["subject"] as? String == "audit record" })
        #expect(check["ok"] as? Bool == true, "\(check)")
    }
}
