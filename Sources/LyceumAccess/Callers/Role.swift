// What kind of caller asks; the policy says what each kind may see.

/// The part a caller plays. What it may see is the policy's to say, never the code's.
public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
    /// A student, who sees their own record.
    case student
    /// An adviser, who sees the students assigned to them.
    case adviser
    /// A registrar, who keeps the records.
    case registrar
    /// An employer, who sees jobs, and students who agreed to be found.
    case employer
    /// An analyst, who sees counts and never a person.
    case analyst
    /// An auditor, who sees who looked at what.
    case auditor
    /// An administrator, who looks after keys and the server, not after records.
    case administrator
}
