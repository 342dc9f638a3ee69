// What was done, in the words of the record.

/// What was done or asked for.
public enum AuditAction: String, Sendable, Hashable, Codable, CaseIterable {
    /// A collection was searched.
    case search
    /// One document was read.
    case read
    /// Jobs or courses were recommended to a student.
    case recommend
    /// Documents like another were looked for.
    case similar
    /// Words to go on with were offered.
    case suggest
    /// Counts by a field's values were given.
    case count
    /// Rows of tables about people were read, with SQL or straight from a source.
    case tableRead = "table_read"
    /// All that is known of a person was given out.
    case export
    /// A person's rows were located, or who looked at them.
    case inspect
    /// A person's data was erased.
    case erase
    /// An API key was made.
    case keyCreated = "key_created"
    /// An API key was revoked.
    case keyRevoked = "key_revoked"
    /// A caller signed in.
    case signedIn = "signed_in"
    /// A credential was refused.
    case signInRefused = "sign_in_refused"
    /// A caller signed out.
    case signedOut = "signed_out"
    /// The rules of access, a consent or an assignment changed.
    case policyChanged = "policy_changed"
    /// The audit record itself was read.
    case auditRead = "audit_read"
}
