// What a credential opens, before the policy decides about rows and fields.

/// A part of the interface that a credential opens. A scope only ever narrows what the caller's role may see.
public enum Scope: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Student search, profiles and recommendations.
    case students
    /// Job search and postings.
    case jobs
    /// Course search and courses.
    case courses
    /// The history of pipeline runs.
    case runs
    /// The server's metrics.
    case metrics
    /// The record of who looked at what.
    case audit
    /// The API keys themselves.
    case keys

    /// By name.
    public static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
}

extension Role {
    /// What credentials of this role open; a key may open less, never more.
    public var scopes: Set<Scope> {
        switch self {
        case .student, .adviser: [.students, .jobs, .courses]
        case .registrar: [.students, .jobs, .courses, .runs]
        case .employer: [.students, .jobs]
        case .analyst: [.students, .jobs, .courses, .runs]
        case .auditor: [.audit, .runs]
        case .administrator: [.jobs, .courses, .runs, .metrics, .keys]
        }
    }

    /// Whether the role means nothing without saying whose: which student, which adviser, which employer.
    public var needsSubject: Bool {
        switch self {
        case .student, .adviser, .employer: true
        case .registrar, .analyst, .auditor, .administrator: false
        }
    }
}
