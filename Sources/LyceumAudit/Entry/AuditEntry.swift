// One access or disclosure, as whoever answers it describes it.

import Foundation

/// Who looked at what of whom, why, and whether they were let.
///
/// Students' ids and the text of queries are given here in the clear and never stored: the record holds keyed hashes of them.
/// An entry therefore prints without them.
public struct AuditEntry: Sendable, CustomStringConvertible, CustomReflectable {
    /// How it ended.
    public enum Outcome: Sendable, Hashable {
        /// The answer was given.
        case granted
        /// The answer was refused, with the code of the problem that was given instead, such as `purpose_missing`.
        case denied(problem: String)
    }

    /// When it was asked for.
    public var at: Date
    /// The request's id, by which the access log and the answer name it.
    public var request: String
    /// Who asked: `key:<id>`, `oidc:<subject>` or `cli:<system user>`.
    ///
    /// Where ``role`` is `student`, the record holds a keyed hash of it, since it may be the student's own id.
    public var actor: String
    /// The part the actor played, such as `adviser`; nil before a credential was accepted.
    public var role: String?
    /// What was done.
    public var action: AuditAction
    /// The route's template (`/v1/students/{id}`) or the command (`lyceum search`); never a path with an id in it.
    public var resource: String
    /// The collection looked into, such as `students`.
    public var collection: String?
    /// The ids of the students whose data the answer shows, or who were asked for in vain.
    public var subjects: [String]
    /// The names of the fields that the answer shows.
    public var fields: [String]
    /// The text of the query, of which only a keyed hash is stored.
    public var query: String?
    /// The declared purpose.
    public var purpose: String?
    /// What permits it, such as `34 CFR 99.31(a)(1)`.
    public var basis: String?
    /// How it ended.
    public var outcome: Outcome
    /// The kind of party, if this is a disclosure or a request for one; nil for school officials and the student.
    public var recipient: AuditRecipient?
    /// The party's name, such as the employer's.
    public var party: String?

    /// Describes an access.
    public init(
        at: Date = Date(),
        request: String,
        actor: String,
        role: String? = nil,
        action: AuditAction,
        resource: String,
        collection: String? = nil,
        subjects: [String] = [],
        fields: [String] = [],
        query: String? = nil,
        purpose: String? = nil,
        basis: String? = nil,
        outcome: Outcome = .granted,
        recipient: AuditRecipient? = nil,
        party: String? = nil
    ) {
        self.at = at
        self.request = request
        self.actor = actor
        self.role = role
        self.action = action
        self.resource = resource
        self.collection = collection
        self.subjects = subjects
        self.fields = fields
        self.query = query
        self.purpose = purpose
        self.basis = basis
        self.outcome = outcome
        self.recipient = recipient
        self.party = party
    }

    /// The action, the resource and the number of students; no id and no query.
    public var description: String { "\(action.rawValue) of \(resource), \(subjects.count) students" }

    /// Without children, so that `dump` and test failures show no student.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
