// How a provider's claims become a caller.

import Foundation

/// Which claims say what role a caller has and whom it is about.
public struct ClaimMapping: Sendable, Hashable {
    /// The claim with the caller's groups: a text, or a list of texts. A dotted path reaches into objects
    /// (`realm_access.roles`), unless a claim has that very name.
    public var role: String
    /// The claim with whom the role is about, by role; ``subject`` for roles without an entry.
    public var subjects: [Role: String]
    /// The claim with whom the role is about, for all other roles; nil for none.
    public var subject: String?
    /// The role of each group of the provider. Groups that are not here count for nothing.
    public var roles: [String: Role]

    /// Makes a mapping.
    public init(role: String, subject: String? = nil, subjects: [Role: String] = [:], roles: [String: Role]) {
        self.role = role
        self.subject = subject
        self.subjects = subjects
        self.roles = roles
    }

    /// The caller of a token whose signature, issuer and times are good.
    ///
    /// - Throws: ``TokenFault`` when the token has no known role, several unequal ones, or lacks whom the role is about.
    func caller(of claims: [String: ClaimValue], issuer: String) throws(TokenFault) -> Caller {
        guard let sub = claims["sub"]?.text, KeyRequest.isWord(sub, atMost: 255) else { throw .subject }
        let groups: [String] =
            switch ClaimValue.find(role, in: claims) {
            case .text(let group): [group]
            case .list(let values): values.compactMap(\.text)
            default: []
            }
        let known = Set(groups.compactMap { roles[$0] })
        guard let role = known.first, known.count == 1 else { throw known.isEmpty ? .noRole : .severalRoles }
        var about: String?
        if role.needsSubject {
            guard let claim = subjects[role] ?? subject,
                let value = ClaimValue.find(claim, in: claims)?.identifier, KeyRequest.isWord(value, atMost: 128)
            else { throw .noSubjectOfRole }
            about = value
        }
        return Caller(id: "oidc:\(sub)", role: role, subject: about, credential: .token(issuer: issuer))
    }
}
