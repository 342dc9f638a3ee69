// Recommendations and their reasons.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct RecommendationTests {
    let folder: IndexFolder
    let recommender: Recommender

    init() throws {
        folder = try IndexFolder()
        let students = [
            try Campus.student(
                "S1",
                "Ada",
                "Byron",
                skills: ["python", "SQL"],
                gaps: ["Spark", "Kafka"],
                taken: ["C2"]
            ),
            try Campus.student(
                "S2",
                "Florence",
                "Night",
                program: "Nursing",
                interest: "Registered Nurse",
                skills: ["Patient Care"]
            ),
        ]
        let courses = [
            try Campus.course("C1", "Big Data with Spark", skills: ["Spark", "Python"]),
            try Campus.course("C2", "Streaming", skills: ["Spark", "Kafka"]),
            try Campus.course("C3", "Painting", skills: ["Colour"], department: "Arts"),
            try Campus.course("C4", "Messages", skills: ["Kafka"]),
        ]
        let snapshot = try Campus.snapshot(
            in: folder,
            [(.jobs, Campus.jobs), (.students, students), (.courses, courses)]
        )
        recommender = Recommender(snapshot: snapshot)
    }

    @Test("jobs come with the skills matched and missing")
    func jobs() throws {
        let result = try recommender.jobs(forStudent: "S1", explain: true)
        let first = try #require(result.hits.first)
        #expect(first.id == "J1")
        #expect(first.reasons.matchedSkills == ["Python", "SQL"])
        #expect(first.reasons.missingSkills == ["Spark"])
        #expect(first.reasons.interestMatch > 0)
        let parts = try #require(first.reasons.scoreParts)
        #expect(abs(parts.reduce(0) { $0 + $1.contribution } - first.score) < 1e-5)
        #expect(!result.hits.contains { $0.id == "J5" })
    }

    @Test("closed jobs are left out unless asked for")
    func closedJobs() throws {
        let profile = StudentProfile(interest: "C Programmer", skills: ["C"])
        #expect(try !recommender.jobs(for: profile).hits.contains { $0.id == "J4" })
        #expect(try recommender.jobs(for: profile, openOnly: false).hits.first?.id == "J4")
    }

    @Test("jobs obey a filter")
    func filteredJobs() throws {
        #expect(
            try recommender.jobs(forStudent: "S1", filter: "company = Globex").hits.map(\.id).sorted() == ["J2", "J6"]
        )
    }

    @Test("courses close gaps, leave out what was taken, and say what is known already")
    func courses() throws {
        let result = try recommender.courses(forStudent: "S1", explain: true)
        #expect(!result.hits.contains { $0.id == "C2" })
        let first = try #require(result.hits.first { $0.id == "C1" })
        #expect(first.reasons.closesGaps == ["Spark"])
        #expect(first.reasons.alreadyHas == ["Python"])
        #expect(Set(result.hits.prefix(2).map(\.id)) == ["C1", "C4"])
    }

    @Test("a profile given as JSON counts like one of the snapshot")
    func profileAsJSON() throws {
        let json = try #require(recommender.snapshot.collection("students")?.document(id: "S1"))
        let given = try recommender.jobs(forStudent: json)
        #expect(given.hits.map(\.id) == (try recommender.jobs(forStudent: "S1").hits.map(\.id)))
    }

    @Test("students are found for a job")
    func students() throws {
        let result = try recommender.students(forJob: "J5")
        #expect(result.hits.first?.id == "S2")
        #expect(result.hits.first?.reasons.matchedSkills == ["Patient Care"])
        #expect(try recommender.students(forJob: "J1").hits.first?.id == "S1")
    }

    @Test("a student or job that does not exist is an error of its own")
    func notFound() throws {
        #expect(throws: SearchError.self) { try recommender.jobs(forStudent: "S9") }
        do {
            _ = try recommender.courses(forStudent: "S9")
        } catch let error as SearchError {
            #expect(error.code == .studentNotFound)
        }
        do {
            _ = try recommender.students(forJob: "J9")
        } catch let error as SearchError {
            #expect(error.code == .jobNotFound)
        }
    }

    @Test("an empty profile is recommended nothing")
    func emptyProfile() throws {
        #expect(try recommender.jobs(for: StudentProfile()).hits.isEmpty)
    }

    @Test("the result as JSON carries the reasons")
    func json() throws {
        let data = try recommender.jobs(forStudent: "S1").json()
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let reasons = try #require((object["hits"] as? [[String: Any]])?.first?["reasons"] as? [String: Any])
        #expect(reasons["matched_skills"] as? [String] == ["Python", "SQL"])
        #expect(reasons["closes_gaps"] == nil)
    }
}
