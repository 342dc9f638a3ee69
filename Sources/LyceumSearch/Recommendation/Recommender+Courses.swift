// Courses that close a student's skill gaps.

import Foundation

extension Recommender {
    /// The courses that close the gaps of a student of the snapshot best.
    ///
    /// - Throws: ``SearchError`` with code `student_not_found`, `collection_missing`, or one of a filter's.
    public func courses(
        forStudent id: String,
        filter: String? = nil,
        limit: Int = 10,
        explain: Bool = false
    ) throws -> RecommendationResult {
        try courses(for: student(id), filter: filter, limit: limit, explain: explain)
    }

    /// The courses that close a student's gaps best, whose `student_profile` is given as JSON.
    ///
    /// - Throws: ``SearchError``.
    public func courses(
        forStudent document: Data,
        filter: String? = nil,
        limit: Int = 10,
        explain: Bool = false
    ) throws -> RecommendationResult {
        try courses(for: StudentProfile(json: document), filter: filter, limit: limit, explain: explain)
    }

    /// The courses that close a profile's gaps best, without those taken.
    ///
    ///     score = 0.70 * gaps closed, weighed by demand  (a gap weighs ln(1 + jobs that ask for it), at least 0.5)
    ///           + 0.15 * the interest's words in the course  (BM25F / sum of idf)
    ///           + 0.15 * cosine of interest and gaps with the course
    ///
    /// A profile without gaps of its own has those of the jobs that fit it best.
    ///
    /// - Throws: ``SearchError``.
    public func courses(
        for profile: StudentProfile,
        filter: String? = nil,
        limit: Int = 10,
        explain: Bool = false
    ) throws -> RecommendationResult {
        let start = ContinuousClock.now
        try Self.check(limit)
        let courses = try collection("courses")
        let allowed = try allowed(courses, filter: filter, openOnly: false)
        let taught = SkillWeights(courses.base)
        let jobs = snapshot.collection("jobs")
        let demand = jobs.flatMap { SkillWeights($0.base) }

        let gaps = distinct(try profile.skillGaps.isEmpty ? gapsOfBestJobs(profile) : profile.skillGaps)
        let weighed = gaps.map { gap in
            (name: gap, weight: max(0.5, log(1 + Float(demand?.documents(with: gap) ?? 0))))
        }
        let gapSum = weighed.reduce(0) { $0 + $1.weight }
        var wanted: [(number: Int, weight: Float)] = []
        for (name, weight) in weighed {
            if let number = taught?.column.number(of: name) { wanted.append((number, weight)) }
        }
        let gapNumbers = Set(wanted.map(\.number))
        let owned = Set(taught?.numbers(of: profile.skills) ?? [])
        let ranking = CandidateRanking(
            courses.base,
            skills: wanted,
            column: taught?.column,
            words: profile.interest,
            vectorText: ([profile.interest] + gaps).joined(separator: " ")
        )
        func gapsClosed(_ candidate: CandidateRanking.Candidate) -> Float {
            gapSum > 0 ? candidate.skills / gapSum : 0
        }
        func parts(_ candidate: CandidateRanking.Candidate) -> [RecommendationReasons.Part] {
            [
                .init("gaps_closed", gapsClosed(candidate), weight: CourseWeight.gapsClosed),
                .init("interest", candidate.words, weight: CourseWeight.interest),
                .init("similarity", candidate.similarity, weight: CourseWeight.similarity),
            ]
        }
        let taken = Set(profile.coursesTaken.compactMap { courses.base.ordinal(of: $0) })
        let (best, total) = ranking.best(limit, allowed: allowed, excluding: taken) { candidate in
            gapsClosed(candidate) * CourseWeight.gapsClosed + candidate.words * CourseWeight.interest
                + candidate.similarity * CourseWeight.similarity
        }
        let hits = best.map { candidate, score in
            let skills = taught?.skills(of: candidate.document) ?? []
            return Recommendation(
                id: courses.base.id(of: candidate.document),
                score: score,
                document: Data(courses.base.json(of: candidate.document)),
                reasons: RecommendationReasons(
                    closesGaps: taught?.names(skills.filter(gapNumbers.contains)) ?? [],
                    alreadyHas: taught?.names(skills.filter { owned.contains($0) && !gapNumbers.contains($0) }) ?? [],
                    interestMatch: candidate.words,
                    scoreParts: explain ? parts(candidate) : nil
                )
            )
        }
        return RecommendationResult(total: total, hits: hits, tookMicroseconds: Self.microseconds(since: start))
    }

    /// The skills that the jobs fitting best ask for and the profile lacks.
    private func gapsOfBestJobs(_ profile: StudentProfile) throws -> [String] {
        guard snapshot.collection("jobs") != nil else { return [] }
        return try jobs(for: profile, limit: 20).hits.flatMap { $0.reasons.missingSkills ?? [] }
    }

    private func distinct(_ skills: [String]) -> [String] {
        var seen: Set<String> = []
        return skills.filter { seen.insert(KeywordFolding.fold($0)).inserted }
    }
}
