// The stages that data passes on its way through the lake.

/// A zone of the lake: one top folder, in the order in which data flows.
public enum Zone: String, Sendable, Codable, CaseIterable, Comparable {
    /// What the source said, verbatim. Never edited, only expired or erased.
    case raw
    /// Typed, normalised, validated and de-duplicated.
    case clean
    /// Derived: skills, gaps, demand, recommendations.
    case enriched
    /// The shapes that are served: student profile, job posting, course, programme.
    case curated
    /// Rows that broke a rule, with the rule and the reason.
    case quarantine

    /// Orders zones by the direction of flow.
    public static func < (left: Zone, right: Zone) -> Bool { left.order < right.order }

    private var order: Int { Zone.allCases.firstIndex(of: self) ?? Zone.allCases.count }
}
