// Who, outside the university, asked for or received data from a student's record.

/// The kind of party that data was disclosed to, or that asked for it, in the sense of 34 CFR 99.32(a).
///
/// Access by school officials with a legitimate educational interest (99.31(a)(1)) and by the students themselves is no
/// disclosure that has to be accounted for (99.32(d)): entries about it name no recipient.
public enum AuditRecipient: String, Sendable, Hashable, Codable, CaseIterable {
    /// An employer.
    case employer
    /// Another institution where the student seeks or intends to enrol (99.31(a)(2)).
    case institution
    /// A State, local or Federal authority (99.31(a)(3)), which may pass the data on.
    case authority
    /// Any other third party.
    case thirdParty = "third_party"
}
