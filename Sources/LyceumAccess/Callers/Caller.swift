// Who asks, once a credential has been checked.

/// A caller whose credential has been checked: what the policy decides by and what the audit record names.
public struct Caller: Sendable, Hashable {
    /// What the credential was.
    public enum Credential: Sendable, Hashable {
        /// An API key, by its id.
        case key(String)
        /// A bearer token of an identity provider, by its issuer.
        case token(issuer: String)
    }

    /// The name that logs, rate limits and the audit record use: `key:<id>` or `oidc:<sub>`.
    public let id: String
    /// The part the caller plays.
    public let role: Role
    /// Whom the role is about: the student's own id, the adviser's id, the employer's name; nil where there is none.
    public let subject: String?
    /// What the credential was.
    public let credential: Credential

    /// Makes a caller of what a credential said.
    public init(id: String, role: Role, subject: String? = nil, credential: Credential) {
        self.id = id
        self.role = role
        self.subject = subject
        self.credential = credential
    }
}
