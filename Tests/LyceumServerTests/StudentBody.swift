// A made-up student body, and the same with other data where a role may not look.

import Foundation
import LyceumSearch

@testable import LyceumServer

/// A seeded generator, so that a failing random test can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

    mutating func next() -> UInt64 {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// One student, in the shape of a `student_profile`.
struct TestStudent: Sendable {
    var id: String
    var first: String
    var last: String
    var email: String
    var program: String
    var gpa: Double
    var credits: Int
    var graduation: String
    var score: Double
    var engagement: String
    var interest: String
    var gaps: [String]
    var skills: [String]
    var region: String
    var status: String
    var adviser: String?
    var optOut: Bool?
    var consent: Bool?

    static let programs = ["Biology", "Nursing", "Computer Science", "History"]
    static let skillNames = ["SQL", "Python", "R", "Excel", "Java", "Welding", "Triage"]
    static let names = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Niklaus", "Smith", "Nurse", "Python"]
    static let interests = ["Data engineer", "Nurse", "Systems engineer", "Archivist"]

    init(_ id: String, using random: inout SeededGenerator) {
        self.id = id
        first = Self.names.randomElement(using: &random)!
        last = Self.names.randomElement(using: &random)!
        email = "\(first).\(Int.random(in: 0..<10_000, using: &random))@example.invalid".lowercased()
        program = Self.programs.randomElement(using: &random)!
        gpa = Double(Int.random(in: 100...400, using: &random)) / 100
        credits = Int.random(in: 0...240, using: &random)
        graduation = "\(Int.random(in: 2025...2029, using: &random))-06-30"
        score = Double(Int.random(in: 0...1000, using: &random)) / 10
        engagement = ["low", "medium", "high"].randomElement(using: &random)!
        interest = Self.interests.randomElement(using: &random)!
        gaps = Self.skillNames.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
        skills = Self.skillNames.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
        region = ["Scotland", "Wales", "London"].randomElement(using: &random)!
        status = ["Active", "Completed"].randomElement(using: &random)!
        adviser = "ADV-\(Int.random(in: 1...4, using: &random))"
        optOut = [true, false, false, false].randomElement(using: &random)!
        consent = [true, true, false, nil].randomElement(using: &random)!
    }

    var json: String {
        func text(_ value: String) -> String { JSONText.quoted(value) }
        func flag(_ value: Bool?) -> String { value.map { "\($0)" } ?? "null" }
        return """
            {"student_id":\(text(id)),\
            "personal_info":{"first_name":\(text(first)),"last_name":\(text(last)),"email":\(text(email))},\
            "academic_info":{"program":\(text(program)),"gpa":\(gpa),"credits":\(credits),\
            "graduation_date":\(text(graduation))},\
            "performance_info":{"performance_score":\(score),"engagement_level":\(text(engagement)),\
            "learning_style":"visual"},\
            "career_info":{"interest":\(text(interest)),"skill_gaps":\(JSONText.list(gaps)),\
            "recommended_courses":["C-1"]},\
            "skills":\(JSONText.list(skills)),"region":\(text(region)),"status":\(text(status)),\
            "access_info":{"adviser_id":\(adviser.map(text) ?? "null"),"directory_opt_out":\(flag(optOut)),\
            "employer_consent":\(flag(consent))},\
            "updated_at":"2026-11-01T00:00:00Z","provenance":{"gpa":"oracle"}}
            """
    }
}

/// A search index of students, and of jobs and courses that are always the same, in a temporary folder.
final class StudentIndex: Sendable {
    let url = URL.temporaryDirectory.appending(path: "lyceum-students-\(UUID().uuidString)")

    init(_ students: [TestStudent]) throws {
        let writer = try SnapshotWriter(directory: url)
        let jobs = try writer.collection(.jobs)
        for number in 0..<12 {
            let title = TestStudent.interests[number % 4]
            let skills = JSONText.list([TestStudent.skillNames[number % 7], TestStudent.skillNames[(number + 3) % 7]])
            let json =
                #"{"job_posting_id":"J-\#(number)","title":"\#(title)","location":"Boston, MA","company":"Acme","#
                + #""requirements":{"skills":\#(skills)}}"#
            try jobs.add(CollectionSchema.jobs.document(fromJSON: json))
        }
        let courses = try writer.collection(.courses)
        for (number, skill) in TestStudent.skillNames.enumerated() {
            let json = #"{"course_id":"C-\#(number)","title":"All about \#(skill)","skills":["\#(skill)"]}"#
            try courses.add(CollectionSchema.courses.document(fromJSON: json))
        }
        let collection = try writer.collection(.students)
        for student in students { try collection.add(CollectionSchema.students.document(fromJSON: student.json)) }
        _ = try writer.finish()
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func folder() async throws -> SnapshotFolder {
        let folder = SnapshotFolder(directory: url)
        _ = try await folder.reloadIfChanged()
        return folder
    }
}
