// The demo's API keys: one for each kind of caller, made once and shown once.

import Foundation
import LyceumAccess
import LyceumCore
import LyceumSearch

/// Keys of a registrar, an adviser, a student and an employer who are really in the data.
struct DemoKeys {
    /// A key with a request to try it on.
    struct Entry {
        let record: KeyRecord
        let text: Secret
        /// What to ask for, below the server's address.
        let path: String
        /// What the request is for, where it is about people.
        let purpose: String?
    }

    /// The keys made now; empty when the store had some.
    let made: [Entry]

    /// The name that the demo's keys bear.
    private static let name = "demo"

    /// Makes the keys that the store lacks; keys that were made before cannot be shown again.
    static func prepare(in store: KeyStore, snapshots: SnapshotStore) async throws -> DemoKeys {
        let now = Date()
        guard try !store.list().contains(where: { $0.name == name && $0.isActive(at: now) }) else {
            return DemoKeys(made: [])
        }
        let snapshot = try snapshots.snapshot()
        let student = try snapshot.collection("students")?
            .search(SearchRequest(sort: [SortKey("-performance_score")], limit: 1)).hits.first?.id
        let company = try snapshot.collection("jobs")?
            .search(SearchRequest(facets: ["company"], facetLimit: 1, limit: 0)).facets["company"]?.first?.value
        let adviser = try student.flatMap { id in snapshot.collection("students")?.document(id: id) }
            .flatMap { try JSONDecoder().decode(Advised.self, from: $0).accessInfo?.adviser }
        var made: [Entry] = []
        func make(_ role: Role, subject: String?, path: String, purpose: String?) async throws {
            let (record, text) = try await store.create(
                KeyRequest(
                    name: name,
                    role: role,
                    subject: subject,
                    expires: now.addingTimeInterval(90 * 86_400),
                    createdBy: NSUserName()
                )
            )
            made.append(Entry(record: record, text: text, path: path, purpose: purpose))
        }
        try await make(
            .registrar,
            subject: nil,
            path: "/v1/students/search?q=statistics&limit=3",
            purpose: "registration"
        )
        if let adviser {
            try await make(
                .adviser,
                subject: adviser,
                path: "/v1/students/search?q=statistics&limit=3",
                purpose: "advising"
            )
        }
        if let student {
            let id = student.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? student
            try await make(
                .student,
                subject: student,
                path: "/v1/students/\(id)/recommendations/jobs",
                purpose: "own-record"
            )
        }
        if let company {
            try await make(
                .employer,
                subject: company,
                path: "/v1/students/search?facets=program&limit=3",
                purpose: "recruiting"
            )
        }
        try await make(.auditor, subject: nil, path: "/v1/audit?limit=5", purpose: nil)
        try await make(.administrator, subject: nil, path: "/v1/keys", purpose: nil)
        return DemoKeys(made: made)
    }

    /// Ends the keys that were made now.
    func revoke(in store: KeyStore) async throws {
        for entry in made { try await store.revoke(entry.record.id, by: NSUserName()) }
    }

    /// What to show of them: whose each key is, and a request to paste.
    func lines(url: String, style: Style) -> [String] {
        made.flatMap { entry in
            let whose = entry.record.subject.map { " \(Printable.line($0))" } ?? ""
            let purpose = entry.purpose.map { " -H 'X-Purpose: \($0)'" } ?? ""
            let request =
                "curl -H 'Authorization: Bearer \(entry.text.reveal())'\(purpose) "
                + DemoSuggestions.shell("\(url)\(entry.path)")
            return ["  \(entry.record.role.rawValue)\(whose)", "    \(style.cyan(request))"]
        }
    }

    /// The keys by role, for scripts.
    var byRole: [String: String] {
        Dictionary(made.map { ($0.record.role.rawValue, $0.text.reveal()) }, uniquingKeysWith: { first, _ in first })
    }
}

/// What a profile says of who advises the student.
private struct Advised: Decodable {
    struct AccessInfo: Decodable {
        let adviser: String?
        private enum CodingKeys: String, CodingKey { case adviser = "adviser_id" }
    }

    let accessInfo: AccessInfo?
    private enum CodingKeys: String, CodingKey { case accessInfo = "access_info" }
}
