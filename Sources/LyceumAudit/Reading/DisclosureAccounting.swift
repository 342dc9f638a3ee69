// Who asked for or received one student's data: the record of 34 CFR 99.32(a).

import Foundation

/// A request for, or a disclosure of, one student's data.
public struct Disclosure: Sendable, Hashable, Codable {
    /// When, ISO 8601 in UTC.
    public var at: String
    /// Who requested or received it (99.32(a)(3)(i)): the party's name where it is known, else the actor.
    public var party: String
    /// The kind of party; `internal` for school officials and the student, to whom 99.32(a) does not apply.
    public var recipient: String
    /// The credential or account that was used.
    public var actor: String
    /// The part the actor played.
    public var role: String?
    /// The legitimate interest in it (99.32(a)(3)(ii)): the declared purpose.
    public var purpose: String?
    /// What permitted it.
    public var basis: String?
    /// What was done.
    public var action: String
    /// The names of the fields that were shown; none where it was refused.
    public var fields: [String]
    /// `granted` or `denied`: requests are accounted for, too.
    public var outcome: String
    /// The request's id.
    public var request: String
    /// The line of the record.
    public var sequence: UInt64

    init(_ record: AuditRecord) {
        at = record.at
        party = record.party ?? record.actor
        recipient = record.recipient ?? "internal"
        actor = record.actor
        role = record.role
        purpose = record.purpose
        basis = record.basis
        action = record.action
        fields = record.fields
        outcome = record.outcome
        request = record.request
        sequence = record.sequence
    }
}

extension AuditReader {
    /// The accounting of disclosures of one student, in the order of the record.
    ///
    /// The record holds the student as a keyed hash, so that it can be kept after an erasure and still be asked by id.
    ///
    /// - Parameters:
    ///   - id: the student's id.
    ///   - includesInternal: whether access by school officials and by the student is listed as well.
    /// - Throws: what ``forEach(_:_:)`` throws.
    public func disclosures(ofStudent id: String, includesInternal: Bool = false) throws -> [Disclosure] {
        var found: [Disclosure] = []
        try forEach(AuditFilter(student: id)) { record in
            if includesInternal || record.recipient != nil { found.append(Disclosure(record)) }
            return true
        }
        return found
    }
}
