// One line of the record, as it is read back.

/// An entry as it stands in the record.
public struct AuditRecord: Sendable, Hashable, Codable {
    /// The line's place in the chain, from 1.
    public var sequence: UInt64
    /// When it was asked for, ISO 8601 in UTC.
    public var at: String
    /// The request's id.
    public var request: String
    /// Who asked; a keyed hash (`hash:…`) for a student.
    public var actor: String
    /// The part the actor played.
    public var role: String?
    /// What was done: a raw value of ``AuditAction``.
    public var action: String
    /// The route's template or the command.
    public var resource: String
    /// The collection looked into.
    public var collection: String?
    /// Keyed hashes of the students whose data was shown, or who were asked for.
    public var subjects: [String]
    /// The names of the fields that were shown.
    public var fields: [String]
    /// A keyed hash of the query's text.
    public var query: String?
    /// The declared purpose.
    public var purpose: String?
    /// What permits it.
    public var basis: String?
    /// `granted` or `denied`.
    public var outcome: String
    /// The code of the problem that was answered instead.
    public var problem: String?
    /// The kind of party, if it is a disclosure: a raw value of ``AuditRecipient``.
    public var recipient: String?
    /// The party's name.
    public var party: String?
    /// The line's hash.
    public var hash: String

    private enum CodingKeys: String, CodingKey {
        case sequence, at, request, actor, role, action, resource, collection, subjects, fields, query, purpose, basis
        case outcome, problem, recipient, party, hash
    }

    /// Reads a line; lists that are not there are empty.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sequence = try container.decode(UInt64.self, forKey: .sequence)
        at = try container.decode(String.self, forKey: .at)
        request = try container.decode(String.self, forKey: .request)
        actor = try container.decode(String.self, forKey: .actor)
        role = try container.decodeIfPresent(String.self, forKey: .role)
        action = try container.decode(String.self, forKey: .action)
        resource = try container.decode(String.self, forKey: .resource)
        collection = try container.decodeIfPresent(String.self, forKey: .collection)
        subjects = try container.decodeIfPresent([String].self, forKey: .subjects) ?? []
        fields = try container.decodeIfPresent([String].self, forKey: .fields) ?? []
        query = try container.decodeIfPresent(String.self, forKey: .query)
        purpose = try container.decodeIfPresent(String.self, forKey: .purpose)
        basis = try container.decodeIfPresent(String.self, forKey: .basis)
        outcome = try container.decode(String.self, forKey: .outcome)
        problem = try container.decodeIfPresent(String.self, forKey: .problem)
        recipient = try container.decodeIfPresent(String.self, forKey: .recipient)
        party = try container.decodeIfPresent(String.self, forKey: .party)
        hash = try container.decode(String.self, forKey: .hash)
    }
}
