// What one caller may do with one collection.

/// What the policy grants a caller in one collection: which documents, which members of them, and what may be done.
public struct Grant: Sendable, Hashable {
    /// Something done with a collection.
    public enum Action: String, Sendable, Hashable, Codable, CaseIterable {
        /// Words, filters and facets.
        case search
        /// One document by its id.
        case read
        /// Completions of what is typed.
        case suggest
        /// On students: what suits one of them. On jobs and courses: being what is recommended.
        case recommend
        /// Students who fit a job.
        case match
    }

    /// Which documents there are.
    public enum Rows: Sendable, Hashable {
        /// Every document.
        case all
        /// Those that satisfy a filter, in which the caller's own id has been put in.
        case matching(String)
    }

    /// Which members of a document there are.
    public enum Members: Sendable, Hashable {
        /// Every member.
        case all
        /// Those at or under dotted paths.
        case only([String])
    }

    /// How counts are given.
    public enum Counts: Sendable, Hashable {
        /// As they are, with the documents.
        case exact
        /// Without documents; none under `least`, each rounded to a multiple of `step`.
        case coarse(least: Int, step: Int)
    }

    /// Which documents there are.
    public let rows: Rows
    /// Which members of them there are.
    public let members: Members
    /// What may be done.
    public let actions: Set<Action>
    /// How counts are given.
    public let counts: Counts
    /// The purposes of which one must be declared; none for data that is not about people.
    public let purposes: [Purpose]
    /// The purpose that holds where none is declared.
    public let impliedPurpose: Purpose?

    /// Whether documents are given, not only counts.
    public var givesDocuments: Bool { counts == .exact }

    /// The purpose a request has: the one it declares, or the one that goes without saying.
    ///
    /// - Throws: ``AccessError`` with code `purpose_required` or `purpose_refused`.
    public func purpose(declared: String?) throws(AccessError) -> Purpose? {
        guard !purposes.isEmpty else { return nil }
        let names = purposes.map(\.name).joined(separator: ", ")
        guard let declared else {
            if let impliedPurpose { return impliedPurpose }
            throw AccessError(
                .purposeRequired,
                "a request for personal data declares its purpose in X-Purpose; this caller's purposes: \(names)"
            )
        }
        guard let purpose = purposes.first(where: { $0.name == declared }) else {
            throw AccessError(.purposeRefused, "the declared purpose is not one of this caller's: \(names)")
        }
        return purpose
    }
}

/// Why a caller looks at personal data, and what allows it.
public struct Purpose: Sendable, Hashable {
    /// Its name, as a caller declares it.
    public let name: String
    /// The law or consent it rests on.
    public let basis: String
    /// Whether it is a disclosure to a party outside, which the student may ask an account of (34 CFR 99.32).
    public let isDisclosure: Bool

    /// Describes a purpose.
    public init(name: String, basis: String, isDisclosure: Bool = false) {
        self.name = name
        self.basis = basis
        self.isDisclosure = isDisclosure
    }
}

/// Something that is not a collection and may be looked at or changed.
public enum Right: String, Sendable, Hashable, Codable, CaseIterable {
    /// The history of pipeline runs.
    case runs
    /// The server's metrics.
    case metrics
    /// The audit record.
    case audit
    /// The accounting of disclosures of any student.
    case disclosures
    /// The accounting of disclosures of the caller's own record.
    case ownDisclosures = "own-disclosures"
    /// API keys.
    case keys
}
