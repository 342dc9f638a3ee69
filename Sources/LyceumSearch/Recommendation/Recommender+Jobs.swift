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
    ///     score = 0.25 * skills of the job covered, by weight   (sum of matched / (sum of asked for + 3))
    ///           + 0.20 * skills of the student used, by weight  (sum of matched / sum of the student's)
    ///           + 0.10 * the interest's words in the job        (BM25F / sum of idf)
    ///           + 0.45 * cosine of interest and job             (of programme and skills where there is no interest)
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
        let weights = SkillWeights(jobs.base)
        let owned = weights?.numbers(of: profile.skills) ?? []
        let ownedSet = Set(owned)
        let ownedSum = weights?.sum(owned) ?? 0
        let ranking = CandidateRanking(
            jobs.base,
            skills: owned.map { ($0, weights?[$0] ?? 0) },
            column: weights?.column,
            words: profile.interest,
            vectorText: profile.vectorText
        )
        func score(_ candidate: CandidateRanking.Candidate) -> MatchScore {
            let asked = candidate.skills > 0 ? weights?.sum(of: candidate.document) ?? 0 : 0
            return MatchScore(
                coverage: candidate.skills / (asked + MatchWeight.coveragePrior),
                used: ownedSum > 0 ? candidate.skills / ownedSum : 0,
                candidate
            )
        }
        let (best, total) = ranking.best(limit, allowed: allowed) { score($0).sum }
        let hits = best.map { candidate, value in
            let asked = weights?.skills(of: candidate.document) ?? []
            return Recommendation(
                id: jobs.base.id(of: candidate.document),
                score: value,
                document: Data(jobs.base.json(of: candidate.document)),
                reasons: RecommendationReasons(
                    matchedSkills: weights?.names(asked.filter(ownedSet.contains)) ?? [],
                    missingSkills: weights?.names(asked.filter { !ownedSet.contains($0) }) ?? [],
                    interestMatch: candidate.words,
                    scoreParts: explain ? score(candidate).parts : nil
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
        guard let job = jobs.base.ordinal(of: id) else {
            throw SearchError(.jobNotFound, "there is no job with this id in the snapshot \(snapshot.version)")
        }
        let allowed = try allowed(students, filter: filter, openOnly: false)
        let jobWeights = SkillWeights(jobs.base)
        let asked = jobWeights?.skills(of: job) ?? []
        let askedNames = jobWeights?.names(asked) ?? []
        let askedSum = jobWeights?.sum(asked) ?? 0
        let title = JSONValue(jobs.base.json(of: job).bindMemory(to: UInt8.self))?["title"]?.text ?? ""
        // The same skill has one number among the jobs and another among the students.
        let studentColumn = SkillWeights(students.base)
        var wanted: [(number: Int, weight: Float)] = []
        for (skill, name) in zip(asked, askedNames) {
            if let number = studentColumn?.column.number(of: name) { wanted.append((number, jobWeights?[skill] ?? 0)) }
        }
        let ranking = CandidateRanking(
            students.base,
            skills: wanted,
            column: studentColumn?.column,
            words: title,
            vectorText: ([title] + askedNames).joined(separator: " ")
        )
        func score(_ candidate: CandidateRanking.Candidate) -> MatchScore {
            let owned = candidate.skills > 0 ? studentColumn?.sum(of: candidate.document) ?? 0 : 0
            return MatchScore(
                coverage: candidate.skills / (askedSum + MatchWeight.coveragePrior),
                used: owned > 0 ? min(1, candidate.skills / owned) : 0,
                candidate
            )
        }
        let (best, total) = ranking.best(limit, allowed: allowed) { score($0).sum }
        let hits = best.map { candidate, value in
            let owned = Set(studentColumn?.skills(of: candidate.document) ?? [])
            func has(_ name: String) -> Bool { studentColumn?.column.number(of: name).map(owned.contains) ?? false }
            return Recommendation(
                id: students.base.id(of: candidate.document),
                score: value,
                document: Data(students.base.json(of: candidate.document)),
                reasons: RecommendationReasons(
                    matchedSkills: askedNames.filter(has),
                    missingSkills: askedNames.filter { !has($0) },
                    interestMatch: candidate.words,
                    scoreParts: explain ? score(candidate).parts : nil
                )
            )
        }
        return RecommendationResult(total: total, hits: hits, tookMicroseconds: Self.microseconds(since: start))
    }
}

/// The score of a job for a student, or of a student for a job, in its parts.
private struct MatchScore {
    let coverage: Float
    let used: Float
    let interest: Float
    let similarity: Float

    init(coverage: Float, used: Float, _ candidate: CandidateRanking.Candidate) {
        self.coverage = coverage
        self.used = used
        interest = candidate.words
        similarity = candidate.similarity
    }

    var sum: Float {
        coverage * Recommender.MatchWeight.skillCoverage + used * Recommender.MatchWeight.skillsUsed
            + interest * Recommender.MatchWeight.interest + similarity * Recommender.MatchWeight.similarity
    }

    var parts: [RecommendationReasons.Part] {
        [
            .init("skill_coverage", coverage, weight: Recommender.MatchWeight.skillCoverage),
            .init("skills_used", used, weight: Recommender.MatchWeight.skillsUsed),
            .init("interest", interest, weight: Recommender.MatchWeight.interest),
            .init("similarity", similarity, weight: Recommender.MatchWeight.similarity),
        ]
    }
}
