// A campus for the tests of pages: a real index, real keys, and people with names that mean harm.

import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import LyceumAccess
import LyceumCore
import LyceumSearch
import Synchronization
import Testing

@testable import LyceumServer

/// An index of students, jobs and courses in a temporary folder, with API keys of its own.
final class PageCampus: Sendable {
    let folder = URL.temporaryDirectory.appending(path: "lyceum-pages-\(UUID().uuidString)")
    let keys: KeyStore
    let record = TestRecord()

    /// A name that is markup, and one whose quotation mark has an accent.
    static let script = "<script>alert(1)</script>"
    static let quote = "\"\u{301} onmouseover=\"alert(1)"

    init() throws {
        keys = KeyStore(file: folder.appending(path: "keys/keys.json"))
    }

    /// The index, made once for all tests: nothing changes it.
    private static let index = Task {
        let url = URL.temporaryDirectory.appending(path: "lyceum-pages-index-\(UUID().uuidString)")
        let writer = try SnapshotWriter(directory: url)
        let students = try writer.collection(.students)
        for line in PageCampus.students { try students.add(CollectionSchema.students.document(fromJSON: line)) }
        let jobs = try writer.collection(.jobs)
        for line in PageCampus.jobs { try jobs.add(CollectionSchema.jobs.document(fromJSON: line)) }
        let courses = try writer.collection(.courses)
        for line in PageCampus.courses { try courses.add(CollectionSchema.courses.document(fromJSON: line)) }
        _ = try writer.finish()
        let folder = SnapshotFolder(directory: url)
        _ = try await folder.reloadIfChanged()
        return folder
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A key of a role.
    func key(_ role: Role, subject: String? = nil, scopes: Set<Scope>? = nil) async throws -> (id: String, text: String)
    {
        let subject = subject ?? [.student: "S-1", .adviser: "ADV-1", .employer: "Acme"][role]
        let made = try await keys.create(
            KeyRequest(name: "test", role: role, subject: subject, scopes: scopes, createdBy: "test")
        )
        return (made.record.id, made.text.reveal())
    }

    /// Runs a test against the pages.
    func serve(
        sessions: SessionStore = SessionStore(),
        https: Bool = false,
        snapshots: (any SnapshotSource)? = nil,
        runs: (any RunHistory)? = TestRuns(),
        bodyBytes: Int? = nil,
        log: LogLines = LogLines(),
        on setup: TestingSetup = .router,
        _ test: @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let source: any SnapshotSource
        if let snapshots { source = snapshots } else { source = try await Self.index.value }
        let settings = AccessSettings(
            keys: keys.file,
            rateLimits: RateLimits(roles: [:], standard: .init(perSecond: 1_000_000, burst: 1_000_000))
        )
        var limits = ServerConfiguration.Limits.patient
        if let bodyBytes { limits.bodyBytes = bodyBytes }
        let server = try Server(
            configuration: ServerConfiguration(
                port: 0,
                indexDirectory: folder,
                limits: limits,
                reloadInterval: .seconds(60),
                isReachedByHTTPS: https
            ),
            snapshots: source,
            access: ServerAccess(
                authenticator: Authenticator(settings: settings, logger: log.logger()),
                policy: .bundled(),
                audit: try await record.open()
            ),
            runs: runs,
            sessions: sessions,
            logger: log.logger()
        )
        try await server.application().test(setup, test)
    }

    private static let students: [String] = {
        var lines = [
            student("S-1", "Ada", "Lovelace", adviser: "ADV-1", consent: true, skills: ["SQL", "Python"], gaps: ["R"]),
            student(
                "S-2",
                script,
                quote,
                adviser: "ADV-1",
                consent: true,
                skills: ["SQL", "Python", "<b>bold</b>"],
                gaps: ["R"]
            ),
            student("S-3", "Alan", "Turing", adviser: "ADV-2", consent: nil, skills: ["Python"], gaps: ["SQL"]),
            student(
                "S 4/ä?",
                "Grace",
                "Hopper",
                adviser: "ADV-1",
                consent: true,
                optOut: true,
                skills: ["R"],
                gaps: []
            ),
        ]
        for number in 5..<50 {
            lines.append(
                student(
                    "S-\(number)",
                    "Student",
                    "Number\(number)",
                    adviser: number.isMultiple(of: 2) ? "ADV-1" : "ADV-2",
                    consent: number.isMultiple(of: 3),
                    skills: number.isMultiple(of: 2) ? ["Excel"] : ["Excel", "R"],
                    gaps: ["SQL"]
                )
            )
        }
        return lines
    }()

    private static func student(
        _ id: String,
        _ first: String,
        _ last: String,
        adviser: String,
        consent: Bool?,
        optOut: Bool = false,
        skills: [String],
        gaps: [String]
    ) -> String {
        """
        {"student_id":\(JSONText.quoted(id)),"personal_info":{"first_name":\(JSONText.quoted(first)),\
        "last_name":\(JSONText.quoted(last)),"email":"someone@example.invalid"},\
        "academic_info":{"program":"Statistics","gpa":3.5,"credits":90,"graduation_date":"2027-06-30"},\
        "performance_info":{"performance_score":77.5,"engagement_level":"High","learning_style":"Reading"},\
        "career_info":{"interest":"Data engineer","skill_gaps":\(JSONText.list(gaps)),"recommended_courses":["C-1"]},\
        "skills":\(JSONText.list(skills)),"region":"Wales","status":"Active",\
        "access_info":{"adviser_id":"\(adviser)","directory_opt_out":\(optOut),\
        "employer_consent":\(consent.map { "\($0)" } ?? "null")},\
        "updated_at":"2026-11-01T08:15:02Z","provenance":{"gpa":"oracle"}}
        """
    }

    private static let jobs: [String] = {
        var lines = [
            """
            {"job_posting_id":"J-1","title":"Data engineer","company":"Acme","location":"Boston, MA",\
            "requirements":{"skills":["SQL","Python","R"],"education":"Bachelor's degree","experience":"2 years"},\
            "compensation":{"salary_range":"90000 - 120000","currency":"USD"},\
            "metadata":{"posting_date":"2026-10-01","application_deadline":"2026-12-31","status":"open"},\
            "description":"An engineer <img src=x onerror=alert(1)> who builds.","url":"https://jobs.example.invalid/1"}
            """,
            """
            {"job_posting_id":"J/2 ä","title":"Nurse & \\"carer\\"","company":"Mercy","location":"Zürich",\
            "requirements":{"skills":["Triage"]},"description":"Care.","url":"javascript:alert(1)"}
            """,
        ]
        for number in 3..<48 {
            lines.append(
                """
                {"job_posting_id":"J-\(number)","title":"Systems engineer \(number)","company":"Globex","location":"Austin",\
                "requirements":{"skills":["Linux","Java"]},"compensation":{"salary_range":"\(40_000 + number * 1000) - 99000",\
                "currency":"USD"},"metadata":{"posting_date":"2026-09-01","status":"open"},"description":"Runs systems."}
                """
            )
        }
        return lines
    }()

    private static let courses = [
        #"{"course_id":"C-1","title":"R from the start","description":"Teaches R.","department":"Statistics","skills":["R"],"credits":30,"level":"Undergraduate","pass_rate":0.91,"enrolled":1200,"length_days":90,"starts_on":"2027-02-01"}"#,
        #"{"course_id":"C-2","title":"R for statisticians","description":"More R.","department":"Statistics","skills":["R","SQL"],"credits":60,"level":"Postgraduate"}"#,
    ]
}

/// A history of two runs, one of which failed.
struct TestRuns: RunHistory {
    static let good = "20261123T081502Z-3f9a1c"
    static let bad = "20261124T081502Z-aaaaaa"

    func recentRuns(limit: Int) -> [String] { [Self.run(Self.bad, "failed"), Self.run(Self.good, "succeeded")] }

    func run(_ id: RunID) -> String? {
        guard [Self.good, Self.bad].contains(id.text) else { return nil }
        let tables =
            #"[{"table":"students","zone":"clean","status":"built","in":1200,"out":1190,"quarantined":7,"deduplicated":3,"seconds":1.25}]"#
        let tests =
            #"[{"table":"clean.students","name":"gpa in range","severity":"error","status":"passed","failures":0}]"#
        let text = Self.run(id.text, id.text == Self.bad ? "failed" : "succeeded").dropLast()
        return text + #","tables":\#(tables),"tests":\#(tests)}"#
    }

    private static func run(_ id: String, _ status: String) -> String {
        let error = status == "failed" ? #","error":"the source <oracle> does not answer""# : ""
        return
            #"{"run_id":"\#(id)","status":"\#(status)","started_at":"2026-11-23T08:15:02.123Z","finished_at":"2026-11-23T08:16:02Z","seconds":60.5,"records":1234567\#(error)}"#
    }
}
