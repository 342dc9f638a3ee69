// What a recommendation returns, with its reasons.

import Foundation

/// Why something was recommended.
public struct RecommendationReasons: Codable, Sendable, Hashable {
    /// One part of the score.
    public struct Part: Codable, Sendable, Hashable {
        /// `skill_coverage`, `skills_used`, `interest`, `similarity` or `gaps_closed`.
        public var name: String
        /// The part, 0 to 1.
        public var value: Float
        /// Its weight.
        public var weight: Float
        /// value * weight.
        public var contribution: Float

        init(_ name: String, _ value: Float, weight: Float) {
            self.name = name
            self.value = value
            self.weight = weight
            contribution = value * weight
        }
    }

    /// Skills the job asks for and the student has; absent for courses.
    public var matchedSkills: [String]?
    /// Skills the job asks for and the student lacks; absent for courses.
    public var missingSkills: [String]?
    /// The student's gaps that the course teaches; absent for jobs and students.
    public var closesGaps: [String]?
    /// Skills the course teaches and the student has; absent for jobs and students.
    public var alreadyHas: [String]?
    /// How well the words of the student's interest fit, 0 to 1.
    public var interestMatch: Float
    /// The parts the score is the sum of, when asked for.
    public var scoreParts: [Part]?

    private enum CodingKeys: String, CodingKey {
        case matchedSkills = "matched_skills"
        case missingSkills = "missing_skills"
        case closesGaps = "closes_gaps"
        case alreadyHas = "already_has"
        case interestMatch = "interest_match"
        case scoreParts = "score_parts"
    }
}

/// One thing recommended.
public struct Recommendation: Sendable {
    /// The document's id.
    public var id: String
    /// The score, 0 to 1.
    public var score: Float
    /// The document's JSON, as it was indexed.
    public var document: Data
    /// Why.
    public var reasons: RecommendationReasons
}

/// What was recommended, the best first.
public struct RecommendationResult: Sendable {
    /// All candidates that passed the filter.
    public var total: Int
    /// The best of them.
    public var hits: [Recommendation]
    /// The time taken, in microseconds.
    public var tookMicroseconds: Int

    /// The result as served: `{"total", "hits": [{"id", "score", "document", "reasons"}], "took_us"?}`.
    ///
    /// - Parameter isTimed: whether `took_us` is in it.
    public func json(isTimed: Bool = true) -> Data {
        var out = JSONOutput()
        out.raw("{\"total\":\(total),\"hits\":[")
        for (index, hit) in hits.enumerated() {
            if index > 0 { out.raw(",") }
            out.raw("{\"id\":")
            out.string(hit.id)
            out.raw(",\"score\":\(JSONOutput.number(hit.score)),\"document\":")
            out.bytes.append(hit.document)
            out.raw(",\"reasons\":")
            out.encode(hit.reasons)
            out.raw("}")
        }
        out.raw(isTimed ? "],\"took_us\":\(tookMicroseconds)}" : "]}")
        return out.bytes
    }
}
