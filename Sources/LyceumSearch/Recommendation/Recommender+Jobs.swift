// Jobs for a student, and students for a job.

import Foundation

extension Recommender {
    /// The jobs that fit a student of the snapshot best.
    ///
    /// - Throws: ``SearchError`` with code `student_not_found`, `collection_missing`, or one of a filter's.
    public func jobs(
        forStudent id: String,
        filter: String? = nil,
        limit: Int = 10,
        explain: Bool = false,
        openOnly: Bool = true
    ) throws -> RecommendationResult {
        try jobs(for: student(id), filter: filter, limit: limit, explain: explain, openOnly: openOnly)
    }

    /// The jobs that fit a student best whose `student_profile` is given as JSON.
    ///
    /// - Throws: ``SearchError``.
    public func jobs(
        forStudent document: Data,
        filter: String? = nil,
        limit: Int = 10,
        explain: Bool = false,
        openOnly: Bool = true
    ) throws -> RecommendationResult {
        let profile = try StudentProfile(json: document)
        return try jobs(for: profile, filter: filter, limit: limit, explain: explain, openOnly: openOnly)
    }

    /// The jobs that fit a profile best.
    ///
    ///     score = 0.45 * skills of the job covered, by weight   (sum of matched / (sum of asked for + 3))
    ///           + 0.15 * skills of the student used, by weight  (sum of matched / sum of the student's)
    ///           + 0.25 * the interest's words in the job        (BM25F / sum of idf)
    ///           + 0.15 * cosine of profile and job
    ///
    /// Candidates share a skill or a word of the interest with the profile.
    ///
    /// - Throws: ``SearchError``.
    public func jobs(
        for profile: StudentProfile,
        filter: String? = nil,
        limit: Int = 10,
        explain: Bool = false,
        openOnly: Bool = true
    ) throws -> RecommendationResult {
        let start = ContinuousClock.now
        try Self.check(limit)
        let jobs = try collection("jobs")
        let allowed = try allowed(jobs, filter: filter, openOnly: openOnly)
        let weights = SkillWeights(jobs, weight: SkillWeights.rarity)
        let owned = weights?.numbers(of: profile.skills) ?? []
        let ownedSet = Set(owned)
        let ownedSum = weights?.sum(owned) ?? 0
        let ranking = CandidateRanking(
            jobs,
            skills: owned.map { ($0, weights?[$0] ?? 0) },
            column: weights?.column,
            words: profile.interest,
            vectorText: profile.vectorText
        )
        func parts(_ candidate: CandidateRanking.Candidate) -> [RecommendationReasons.Part] {
            let asked = weights.map { $0.sum($0.skills(of: candidate.document)) } ?? 0
            return Self.matchParts(
                coverage: candidate.skills / (asked + MatchWeight.coveragePrior),
                used: ownedSum > 0 ? candidate.skills / ownedSum : 0,
                candidate
            )
        }
        let (best, total) = ranking.best(limit, allowed: allowed) { Self.sum(parts($0)) }
        let hits = best.map { candidate, score in
            let asked = weights?.skills(of: candidate.document) ?? []
            return Recommendation(
                id: jobs.id(of: candidate.document),
                score: score,
                document: Data(jobs.json(of: candidate.document)),
                reasons: RecommendationReasons(
                    matchedSkills: weights?.names(asked.filter(ownedSet.contains)) ?? [],
                    missingSkills: weights?.names(asked.filter { !ownedSet.contains($0) }) ?? [],
                    interestMatch: candidate.words,
                    scoreParts: explain ? parts(candidate) : nil
                )
            )
        }
        return RecommendationResult(total: total, hits: hits, tookMicroseconds: Self.microseconds(since: start))
    }

    /// The students who fit a job of the snapshot best.
    ///
    /// Scored as ``jobs(for:filter:limit:explain:openOnly:)``, the interest being the words of the job's title in the
    /// student's profile; skills weigh as they do among the jobs.
    ///
    /// - Throws: ``SearchError`` with code `job_not_found`, `collection_missing`, or one of a filter's.
    public func students(
        forJob id: String,
        filter: String? = nil,
        limit: Int = 10,
        explain: Bool = false
    ) throws -> RecommendationResult {
        let start = ContinuousClock.now
        try Self.check(limit)
        let jobs = try collection("jobs")
        let students = try collection("students")
        guard let job = jobs.ordinal(of: id) else {
            throw SearchError(.jobNotFound, "there is no job with this id in the snapshot \(snapshot.version)")
        }
        let allowed = try allowed(students, filter: filter, openOnly: false)
        let jobWeights = SkillWeights(jobs, weight: SkillWeights.rarity)
        let asked = jobWeights?.skills(of: job) ?? []
        let askedNames = jobWeights?.names(asked) ?? []
        let askedSum = jobWeights?.sum(asked) ?? 0
        let title =
            (try JSONSerialization.jsonObject(with: Data(jobs.json(of: job))) as? [String: Any])?["title"] as? String
        // The same skill has one number among the jobs and another among the students.
        let studentColumn = SkillWeights(students, weight: SkillWeights.rarity)
        var wanted: [(number: Int, weight: Float)] = []
        for (skill, name) in zip(asked, askedNames) {
            if let number = studentColumn?.column.number(of: name) { wanted.append((number, jobWeights?[skill] ?? 0)) }
        }
        let ranking = CandidateRanking(
            students,
            skills: wanted,
            column: studentColumn?.column,
            words: title ?? "",
            vectorText: ([title ?? ""] + askedNames).joined(separator: " ")
        )
        func parts(_ candidate: CandidateRanking.Candidate) -> [RecommendationReasons.Part] {
            let owned = studentColumn?.sum(studentColumn?.skills(of: candidate.document) ?? []) ?? 0
            return Self.matchParts(
                coverage: candidate.skills / (askedSum + MatchWeight.coveragePrior),
                used: owned > 0 ? min(1, candidate.skills / owned) : 0,
                candidate
            )
        }
        let (best, total) = ranking.best(limit, allowed: allowed) { Self.sum(parts($0)) }
        let hits = best.map { candidate, score in
            let owned = Set(studentColumn?.skills(of: candidate.document) ?? [])
            func has(_ name: String) -> Bool { studentColumn?.column.number(of: name).map(owned.contains) ?? false }
            return Recommendation(
                id: students.id(of: candidate.document),
                score: score,
                document: Data(students.json(of: candidate.document)),
                reasons: RecommendationReasons(
                    matchedSkills: askedNames.filter(has),
                    missingSkills: askedNames.filter { !has($0) },
                    interestMatch: candidate.words,
                    scoreParts: explain ? parts(candidate) : nil
                )
            )
        }
        return RecommendationResult(total: total, hits: hits, tookMicroseconds: Self.microseconds(since: start))
    }

    private static func matchParts(
        coverage: Float,
        used: Float,
        _ candidate: CandidateRanking.Candidate
    ) -> [RecommendationReasons.Part] {
        [
            .init("skill_coverage", coverage, weight: MatchWeight.skillCoverage),
            .init("skills_used", used, weight: MatchWeight.skillsUsed),
            .init("interest", candidate.words, weight: MatchWeight.interest),
            .init("similarity", candidate.similarity, weight: MatchWeight.similarity),
        ]
    }

    static func sum(_ parts: [RecommendationReasons.Part]) -> Float { parts.reduce(0) { $0 + $1.contribution } }
}
