// What each role sees of whom, on a real index.

import Foundation
import Hummingbird
import HummingbirdTesting
import LyceumAccess
import Synchronization
import Testing

@testable import LyceumServer

@Suite("Policy")
struct PolicyTests {
    /// S-1 is the student of the student's key, advised by the adviser's; S-2 is another's advisee who lets employers see
    /// them; S-3 too, but has opted out; of S-4 nothing is known.
    static let students: [TestStudent] = {
        var random = SeededGenerator(seed: 1)
        var students = (1...4).map { TestStudent("S-\($0)", using: &random) }
        (students[0].adviser, students[0].optOut, students[0].consent) = ("ADV-1", false, false)
        (students[1].adviser, students[1].optOut, students[1].consent) = ("ADV-2", false, true)
        (students[2].adviser, students[2].optOut, students[2].consent) = ("ADV-2", true, true)
        (students[3].adviser, students[3].optOut, students[3].consent) = (nil, nil, nil)
        return students
    }()

    static let visible: [(role: Role, ids: Set<String>)] = [
        (.student, ["S-1"]), (.adviser, ["S-1"]), (.registrar, ["S-1", "S-2", "S-3", "S-4"]), (.employer, ["S-2"]),
        (.analyst, []), (.auditor, []), (.administrator, []),
    ]

    @Test("each role reads the students it may and is told nothing of the others", arguments: visible)
    func rows(role: Role, ids: Set<String>) async throws {
        try await withStudents(Self.students) { client in
            var absent: Set<String> = []
            for id in ["S-1", "S-2", "S-3", "S-4", "S-5"] {
                var headers = try await TestKeys.headers(role)
                headers[.xRequestID] = "the-same-id"
                let answer = try await client.get("/v1/students/\(id)", headers)
                if ids.contains(id) {
                    #expect(answer.status == .ok, "\(id)")
                } else {
                    #expect(answer.status == .notFound || answer.status == .forbidden, "\(id)")
                    // A student who is there and one who is not make no difference.
                    absent.insert("\(answer.status.code) \(answer.text)")
                }
            }
            #expect(absent.count <= 1)
        }
    }

    /// Every member a document can have for a role, written down apart from the policy.
    static let members: [(role: Role, id: String, paths: Set<String>)] = [
        (.student, "S-1", everything),
        (
            .adviser, "S-1",
            everything.subtracting([
                "region", "access_info.directory_opt_out", "access_info.employer_consent", "provenance.gpa",
            ])
        ),
        (.registrar, "S-1", everything),
        (
            .employer, "S-2",
            [
                "student_id", "personal_info.first_name", "personal_info.last_name", "personal_info.email",
                "academic_info.program", "academic_info.graduation_date",
            ]
        ),
    ]
    private static let everything: Set<String> = [
        "student_id", "personal_info.first_name", "personal_info.last_name", "personal_info.email",
        "academic_info.program", "academic_info.gpa", "academic_info.credits", "academic_info.graduation_date",
        "performance_info.performance_score", "performance_info.engagement_level", "performance_info.learning_style",
        "career_info.interest", "career_info.skill_gaps", "career_info.recommended_courses", "skills", "region",
        "status",
        "access_info.adviser_id", "access_info.directory_opt_out", "access_info.employer_consent", "updated_at",
        "provenance.gpa",
    ]

    @Test("each role sees the members it may, wherever a document is given", arguments: members)
    func fields(role: Role, id: String, paths: Set<String>) async throws {
        try await withStudents(Self.students) { client in
            let document = try await client.getWithKey("/v1/students/\(id)", as: role).object()
            #expect(Self.paths(of: document) == paths)
            for path in ["/v1/students/search?limit=10", "/v1/jobs/J-1/students?limit=10"] {
                let answer = try await client.getWithKey(path, as: role)
                guard answer.status == .ok else {
                    #expect(role == .student)
                    continue
                }
                for hit in try answer.object()["hits"] as? [[String: Any]] ?? [] {
                    let document = try #require(hit["document"] as? [String: Any])
                    #expect(Self.paths(of: document).isSubset(of: paths), "\(path)")
                }
            }
        }
    }

    @Test("a field that a role may not see is unknown to its filters, facets, sorting and highlights")
    func unknownFields() async throws {
        try await withStudents(Self.students) { client in
            for query in [
                "filter=gpa%20%3E%203", "facets=skills", "sort=-gpa", "filter=region%20=%20%22Wales%22",
                "filter=employer_consent%20=%20true",
            ] {
                let answer = try await client.getWithKey("/v1/students/search?\(query)", as: .employer)
                #expect(answer.status == .badRequest, "\(query): \(answer.text)")
                try await client.getWithKey("/v1/students/search?\(query)").expect(
                    query.contains("region") ? .badRequest : .ok
                )
            }
            // No word of a hidden member is found either.
            let skill = try #require(Self.students[1].skills.first)
            let found = try await client.getWithKey("/v1/students/search?q=\(skill)", as: .employer).object()
            let names = Self.students[1].first + Self.students[1].last + Self.students[1].program
            if !names.contains(skill) { #expect(found["total"] as? Int == 0) }
        }
    }

    @Test("an analyst gets counts of ten and more in fives, and never a document")
    func coarse() async throws {
        var random = SeededGenerator(seed: 7)
        var students = (0..<57).map { TestStudent("S-\($0)", using: &random) }
        for index in students.indices {
            students[index].program = index < 9 ? "History" : index < 21 ? "Biology" : "Nursing"
        }
        try await withStudents(students) { client in
            let answer = try await client.getWithKey("/v1/students/search?facets=program", as: .analyst).object()
            #expect(answer["total"] as? Int == 55)
            #expect((answer["hits"] as? [Any])?.isEmpty == true)
            let programs = try #require((answer["facets"] as? [String: [[String: Any]]])?["program"])
            #expect(programs.map { $0["value"] as? String } == ["Nursing", "Biology"])
            #expect(programs.map { $0["count"] as? Int } == [35, 10])
            let few = try await client.getWithKey(
                "/v1/students/search?filter=program%20=%20%22History%22",
                as: .analyst
            ).object()
            #expect(few["total"] as? Int == 0)
            for more in ["sort=gpa", "cursor=x", "explain=true", "offset=1", "fields=gpa", "highlight=true"] {
                try await client.getWithKey("/v1/students/search?\(more)", as: .analyst).expect(.badRequest)
            }
        }
    }

    // MARK: - Nothing shows

    @Test("answers do not depend on what a role may not see", arguments: [Role.student, .adviser, .employer, .analyst])
    func indistinguishable(role: Role) async throws {
        let seed = UInt64.random(in: 0...UInt64(UInt32.max))
        print("indistinguishable \(role): seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3 {
            let one = (0..<120).map { TestStudent("S-\($0)", using: &random) }
            let other = Self.differing(one, hiddenFrom: role, &random)
            let requests = Self.requests(&random)
            let (first, second) = (try await answers(requests, one, role), try await answers(requests, other, role))
            for (index, request) in requests.enumerated() {
                #expect(first[index] == second[index], "\(role) \(request)")
            }
            // The two do differ: the registrar sees it.
            let whole = ["/v1/students/search?limit=100", "/v1/students/S-5", "/v1/students/S-6"]
            #expect(try await answers(whole, one, .registrar) != answers(whole, other, .registrar))
        }
    }

    /// The same students with other data where the role may not look.
    private static func differing(
        _ students: [TestStudent],
        hiddenFrom role: Role,
        _ random: inout SeededGenerator
    ) -> [TestStudent] {
        var changed: [TestStudent] = []
        for student in students {
            var student = student
            let fresh = TestStudent(student.id, using: &random)
            switch role {
            case .student where student.id != "S-1", .adviser where student.adviser != "ADV-1",
                .employer where student.consent != true || student.optOut != false:
                // Somebody else altogether, who stays out of sight, or nobody.
                if Bool.random(using: &random) { continue }
                let (adviser, consent) = (student.adviser, student.consent)
                let optOut = student.optOut
                student = fresh
                if role == .adviser { student.adviser = adviser }
                if role == .employer { (student.consent, student.optOut) = (consent, optOut) }
            case .student: break
            case .adviser:
                (student.region, student.consent, student.optOut) = (fresh.region, fresh.consent, fresh.optOut)
            case .employer:
                (student.gpa, student.credits, student.score) = (fresh.gpa, fresh.credits, fresh.score)
                (student.skills, student.gaps, student.interest) = (fresh.skills, fresh.gaps, fresh.interest)
                (student.region, student.status, student.adviser) = (fresh.region, fresh.status, fresh.adviser)
                student.engagement = fresh.engagement
            default:
                (student.first, student.last, student.email) = (fresh.first, fresh.last, fresh.email)
                (student.region, student.adviser) = (fresh.region, fresh.adviser)
                (student.consent, student.optOut) = (fresh.consent, fresh.optOut)
                student.id = "X-\(UInt32.random(in: 0...UInt32.max, using: &random))"
            }
            changed.append(student)
        }
        if role != .analyst {
            for number in 500..<540 {
                var more = TestStudent("S-\(number)", using: &random)
                if role == .adviser { more.adviser = "ADV-\(Int.random(in: 2...4, using: &random))" }
                if role == .employer { more.optOut = true }
                changed.append(more)
            }
        }
        return changed.shuffled(using: &random)
    }

    private static func requests(_ random: inout SeededGenerator) -> [String] {
        let words = TestStudent.names + TestStudent.skillNames + TestStudent.programs + ["example.invalid", "Scotland"]
        func word() -> String {
            (words.randomElement(using: &random)!).addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
        }
        let filters = [
            "gpa%20%3E%203", "program%20=%20%22Biology%22", "skills%20=%20%22SQL%22", "student_id%20=%20%22S-5%22",
            "adviser_id%20=%20%22ADV-2%22", "employer_consent%20=%20true", "region%20=%20%22Wales%22",
            "NOT%20EXISTS(interest)", "status%20=%20%22Active%22", "graduation_date%20%3E%202027",
        ]
        var requests = ["/v1/students/search", "/v1/me"]
        for _ in 0..<12 {
            requests.append("/v1/students/search?q=\(word())%20\(word())&limit=7&explain=true&highlight=true")
            requests.append("/v1/students/search?q=\(word())&facets=program,skills&limit=50")
            requests.append("/v1/students/search?filter=\(filters.randomElement(using: &random)!)&facets=interest")
            requests.append(
                "/v1/students/search?sort=\(["gpa", "-credits", "-graduation_date"].randomElement(using: &random)!)"
            )
            requests.append("/v1/students/suggestions?q=\(word().prefix(3))")
            let id = "S-\(Int.random(in: 0..<130, using: &random))"
            requests.append("/v1/students/\(id)")
            requests.append("/v1/students/\(id)/recommendations/jobs?explain=true")
            requests.append("/v1/students/\(id)/recommendations/courses?explain=true")
            requests.append("/v1/jobs/J-\(Int.random(in: 0..<14, using: &random))/students?explain=true&limit=20")
        }
        return requests
    }

    /// Everything of each answer that a caller gets: status, headers and body; of a search its second page too.
    private func answers(_ requests: [String], _ students: [TestStudent], _ role: Role) async throws -> [String] {
        let collected = Collected()
        try await withStudents(students) { client in
            for request in requests {
                var headers = try await TestKeys.headers(role)
                headers[.xRequestID] = "the-same-id"
                let answer = try await client.get(request, headers)
                var text = Self.whole(answer)
                if let cursor = try? answer.object()["next_cursor"] as? String {
                    let separator = request.contains("?") ? "&" : "?"
                    text += Self.whole(try await client.get("\(request)\(separator)cursor=\(cursor)", headers))
                }
                collected.add(text)
            }
        }
        return collected.all
    }

    private static func whole(_ answer: TestResponse) -> String {
        // The time, and a random number for whoever follows traces.
        let headers = answer.headers.filter { $0.name != .date && $0.name != .traceparent }.map {
            "\($0.name): \($0.value)"
        }.sorted()
        return "\(answer.status.code)\n\(headers.joined(separator: "\n"))\n\(answer.text)\n"
    }

    private func withStudents(
        _ students: [TestStudent],
        _ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let index = try StudentIndex(students)
        try await withServer(snapshots: try await index.folder(), test)
        withExtendedLifetime(index) {}
    }

    private static func paths(of object: [String: Any], _ prefix: String = "") -> Set<String> {
        var paths: Set<String> = []
        for (name, value) in object {
            if let inner = value as? [String: Any] {
                paths.formUnion(Self.paths(of: inner, "\(prefix)\(name)."))
            } else {
                paths.insert(prefix + name)
            }
        }
        return paths
    }
}

/// Texts, collected from a closure that may run on any thread.
private final class Collected: Sendable {
    private let texts = Mutex<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func add(_ text: String) { texts.withLock { $0.append(text) } }
}
