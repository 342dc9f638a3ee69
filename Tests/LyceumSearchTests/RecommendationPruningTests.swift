// Recommendations against looking at every candidate.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct RecommendationPruningTests {
    private static let skills = (0..<60).map { "Skill \($0)" }
    private static let words = ["Data", "Nurse", "Engineer", "Teacher", "Analyst", "Senior", "Systems", "Chemist"]

    /// Low ones are common.
    private static func few(_ values: [String], _ most: Int, _ generator: inout SeededGenerator) -> [String] {
        let found = (0..<Int.random(in: 1...most, using: &generator)).map { _ in
            let uniform = Double.random(in: 0..<1, using: &generator)
            return values[Int(uniform * uniform * Double(values.count))]
        }
        return Set(found).sorted()
    }

    @Test("the best few are the first of all, for jobs, courses and students, with the same scores")
    func bestOfAll() throws {
        let seed = freshSeed("recommendations")
        var generator = SeededGenerator(seed: seed)
        func title() -> String { Self.few(Self.words, 3, &generator).joined(separator: " ") }
        let jobs = try (0..<400).map { number in
            let name = title()
            return try Campus.job("J\(number)", name, skills: Self.few(Self.skills, 9, &generator))
        }
        let courses = try (0..<300).map { number in
            let name = title()
            return try Campus.course("C\(number)", name, skills: Self.few(Self.skills, 5, &generator))
        }
        let students = try (0..<200).map { number in
            let (interest, owned) = (title(), Self.few(Self.skills, 8, &generator))
            let gaps = Self.few(Self.skills, 4, &generator)
            return try Campus.student("S\(number)", "A", "B", interest: interest, skills: owned, gaps: gaps)
        }
        let folder = try IndexFolder()
        let snapshot = try Campus.snapshot(in: folder, [(.jobs, jobs), (.students, students), (.courses, courses)])
        let recommender = Recommender(snapshot: snapshot)
        for number in 0..<30 {
            let (student, job) = ("S\(number)", "J\(number)")
            for ask in [
                { try recommender.jobs(forStudent: student, limit: $0) },
                { try recommender.courses(forStudent: student, limit: $0) },
                { try recommender.students(forJob: job, limit: $0) },
            ] as [(Int) throws -> RecommendationResult] {
                // With more wanted than there are, none is left out.
                let (few, all) = (try ask(5), try ask(1000))
                #expect(all.hits.count == all.total && all.total > 5, "seed \(seed), \(number)")
                #expect(few.total == all.total, "seed \(seed), \(number)")
                #expect(few.hits.map(\.id) == all.hits.prefix(5).map(\.id), "seed \(seed), \(number)")
                #expect(few.hits.map(\.score) == all.hits.prefix(5).map(\.score), "seed \(seed), \(number)")
            }
        }
    }
}
