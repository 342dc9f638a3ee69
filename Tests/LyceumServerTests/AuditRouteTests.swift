// The audit record over HTTP.

import Foundation
import Hummingbird
import HummingbirdTesting
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("The audit record over HTTP")
struct AuditRouteTests {
    @Test("an auditor finds looks by student, actor, action, purpose and refusal, page by page")
    func search() async throws {
        try await withServer { client in
            for path in ["/v1/students/S-1", "/v1/students/S-1/recommendations/jobs", "/v1/students/search?q=ada"] {
                try await client.getWithKey(path).expect(.ok)
            }
            try await client.getWithKey("/v1/students/S-1", as: .employer).expect(.ok)
            try await client.getWithKey("/v1/students/S-1", as: .auditor).expect(.forbidden)

            func entries(_ query: String) async throws -> [[String: Any]] {
                let answer = try await client.getWithKey("/v1/audit?\(query)", as: .auditor)
                #expect(answer.status == .ok, "\(answer.text)")
                return try #require(try answer.object()["entries"] as? [[String: Any]])
            }
            #expect(try await entries("action=read").count == 3)
            #expect(
                try await entries("action=read&purpose=recruiting").map { $0["recipient"] as? String } == ["employer"]
            )
            let registrar = try await TestKeys.caller(.registrar).id
            #expect(try await entries("actor=\(registrar)").count == 3)
            #expect(try await entries("denied=true").map { $0["role"] as? String } == ["auditor"])
            // Those about the student: by id, of which the record holds no trace.
            let about = try await entries("student=S-1&action=read")
            #expect(about.count == 3)
            #expect(try await entries("student=S-2&action=read").isEmpty)
            #expect(try await entries("until=2020-01-01T00:00:00Z").isEmpty)

            var seen: [Int] = []
            var after = 0
            repeat {
                let page = try await client.getWithKey("/v1/audit?action=read&limit=1&after=\(after)", as: .auditor)
                    .object()
                seen += try #require(page["entries"] as? [[String: Any]]).compactMap { $0["sequence"] as? Int }
                after = page["next_after"] as? Int ?? -1
            } while after >= 0
            #expect(seen == seen.sorted() && Set(seen).count == 3)
        }
    }

    @Test("looking at the record stands in it")
    func selfRecorded() async throws {
        let record = TestRecord()
        try await withServer(record: record) { client in
            try await client.getWithKey("/v1/audit", as: .auditor).expect(.ok)
        }
        #expect(
            try record.lines().contains {
                $0["action"] as? String == "audit_read" && $0["role"] as? String == "auditor"
            }
        )
    }

    @Test(
        "a condition that is none is refused",
        arguments: [
            "action=look", "from=yesterday", "limit=0", "limit=1001", "after=-1", "who=me", "actor=", "denied=maybe",
        ]
    )
    func badCondition(query: String) async throws {
        try await withServer { client in
            try await client.getWithKey("/v1/audit?\(query)", as: .auditor).expect(.badRequest)
        }
    }

    @Test(
        "a student gets the account of disclosures of their own record, with party, purpose and members, and no other's"
    )
    func disclosures() async throws {
        var random = SeededGenerator(seed: 3)
        var student = TestStudent("S-1", using: &random)
        (student.consent, student.optOut, student.adviser) = (true, false, "ADV-1")
        let index = try StudentIndex([student, TestStudent("S-2", using: &random)])
        try await withServer(snapshots: try await index.folder()) { client in
            try await client.getWithKey("/v1/students/S-1", as: .employer).expect(.ok)
            try await client.getWithKey("/v1/students/S-1", as: .adviser).expect(.ok)
            let own = try await client.getWithKey("/v1/students/S-1/disclosures", as: .student).object()
            let disclosures = try #require(own["disclosures"] as? [[String: Any]])
            #expect(disclosures.count == 1)
            #expect(disclosures.first?["party"] as? String == "Acme")
            #expect(disclosures.first?["purpose"] as? String == "recruiting")
            #expect((disclosures.first?["fields"] as? [String])?.contains("personal_info") == true)
            let all = try await client.getWithKey("/v1/students/S-1/disclosures?internal=true", as: .student).object()
            #expect((all["disclosures"] as? [[String: Any]])?.contains { $0["role"] as? String == "adviser" } == true)
            try await client.getWithKey("/v1/students/S-2/disclosures", as: .student).problem(
                "no-such-student",
                .notFound
            )
            try await client.getWithKey("/v1/students/S-1/disclosures", as: .registrar).expect(.ok)
        }
        withExtendedLifetime(index) {}
    }

    @Test("a record that was changed is not answered from")
    func damaged() async throws {
        let record = TestRecord()
        try await withServer(record: record) { client in
            try await client.getWithKey("/v1/students/S-1").expect(.ok)
            let file = try #require(
                FileManager.default.contentsOfDirectory(at: record.url, includingPropertiesForKeys: nil)
                    .first { $0.pathExtension == "jsonl" }
            )
            let text = try String(contentsOf: file, encoding: .utf8)
            try text.replacing("registration", with: "recreation!!").write(to: file, atomically: false, encoding: .utf8)
            let answer = try await client.getWithKey("/v1/audit?action=read", as: .auditor)
            #expect(answer.status == .serviceUnavailable)
        }
    }
}
