// Small collections and index folders for the tests.

import Foundation

@testable import LyceumSearch

/// An index folder that is removed when the test is over.
final class IndexFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "lyceum-search-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

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

/// A seed for this run, printed so that it can be put in by hand.
func freshSeed(_ test: String = #function) -> UInt64 {
    let seed = UInt64.random(in: 0...UInt64(UInt32.max))
    print("\(test): seed \(seed)")
    return seed
}

enum Campus {
    static func job(
        _ id: String,
        _ title: String,
        company: String = "Acme",
        location: String? = "Boston, MA",
        skills: [String] = [],
        salary: (Int, Int)? = nil,
        posted: String = "2026-01-15",
        status: String = "open",
        description: String = ""
    ) throws -> IndexDocument {
        var object: [String: Any] = [
            "job_posting_id": id, "title": title, "company": company, "description": description,
            "requirements": ["skills": skills, "education": "Bachelor", "experience": "2 years"],
            "metadata": ["posting_date": posted, "application_deadline": "2026-12-31", "status": status],
            "location": location.map { $0 as Any } ?? NSNull(),
        ]
        var compensation: [String: Any] = ["currency": "USD"]
        if let salary { compensation["salary_range"] = "\(salary.0) - \(salary.1)" }
        object["compensation"] = compensation
        return try CollectionSchema.jobs.document(fromJSON: line(object))
    }

    static func student(
        _ id: String,
        _ first: String,
        _ last: String,
        program: String = "Computer Science",
        interest: String = "Data Engineer",
        skills: [String] = [],
        gaps: [String] = [],
        taken: [String] = [],
        gpa: Double = 3
    ) throws -> IndexDocument {
        let object: [String: Any] = [
            "student_id": id,
            "personal_info": ["first_name": first, "last_name": last, "email": "\(id)@example.edu"],
            "academic_info": ["program": program, "gpa": gpa, "credits": 60, "graduation_date": "2027-06-30"],
            "performance_info": ["performance_score": 71.5, "engagement_level": "High", "learning_style": "Visual"],
            "career_info": ["interest": interest, "skill_gaps": gaps, "recommended_courses": [String]()],
            "skills": skills,
            "courses_taken": taken,
        ]
        return try CollectionSchema.students.document(fromJSON: line(object))
    }

    static func course(_ id: String, _ title: String, skills: [String], department: String = "Computing") throws
        -> IndexDocument
    {
        let object: [String: Any] = [
            "course_id": id, "title": title, "description": "Teaches \(skills.joined(separator: ", ")).",
            "department": department, "skills": skills, "credits": 30, "level": "Undergraduate",
        ]
        return try CollectionSchema.courses.document(fromJSON: line(object))
    }

    static func line(_ object: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]), as: UTF8.self)
    }

    static let jobs: [IndexDocument] = {
        do {
            return [
                try job("J1", "Data Engineer", skills: ["Python", "SQL", "Spark"], salary: (90_000, 120_000)),
                try job(
                    "J2",
                    "Senior Data Engineer, Platform",
                    company: "Globex",
                    location: "New York, NY",
                    skills: ["Python", "Kafka", "AWS"],
                    salary: (130_000, 160_000),
                    posted: "2026-02-01"
                ),
                try job("J3", "C++ Developer", company: "Initech", skills: ["C++", "Linux"], posted: "2025-12-31"),
                try job("J4", "C Programmer", company: "Initech", location: nil, skills: ["C"], status: "closed"),
                try job("J5", "Registered Nurse", company: "Mercy", location: "Zürich", skills: ["Patient Care"]),
                try job(
                    "J6",
                    "Data Analyst",
                    company: "Globex",
                    skills: ["SQL", "Tableau", "python"],
                    salary: (60_000, 80_000),
                    description: "Works with every data engineer of the house on data and reports."
                ),
            ]
        } catch {
            preconditionFailure("the sample jobs do not fit their schema: \(error)")
        }
    }()

    /// A published snapshot with these collections.
    static func snapshot(
        in folder: IndexFolder,
        _ collections: [(CollectionSchema, [IndexDocument])],
        version: String? = nil
    ) throws -> Snapshot {
        let writer = try SnapshotWriter(directory: folder.url, version: version)
        for (schema, documents) in collections {
            let collection = try writer.collection(schema)
            for document in documents { try collection.add(document) }
        }
        let manifest = try writer.finish()
        return try Snapshot.open(directory: folder.url, version: manifest.version)
    }
}
