// Which identity provider is trusted, and for what.

import Foundation

/// An OpenID Connect provider whose tokens are accepted.
public struct OIDCSettings: Sendable, Hashable {
    /// The provider's name of itself: tokens carry it as `iss`, character by character.
    public let issuer: String
    /// Whom tokens must be made out to: one of these in `aud`.
    public let audiences: Set<String>
    /// Where the provider's keys are; nil to ask the issuer (`/.well-known/openid-configuration`).
    public let jwksURI: String?
    /// The algorithms that tokens may be signed by.
    public let algorithms: Set<SigningAlgorithm>
    /// How far our clock and the provider's may differ.
    public let clockSkew: Duration
    /// How claims become a caller.
    public let claims: ClaimMapping

    /// Makes settings.
    ///
    /// - Throws: ``AccessError`` with code `invalid_configuration`, its location the setting's name.
    public init(
        issuer: String,
        audiences: Set<String>,
        jwksURI: String? = nil,
        algorithms: Set<SigningAlgorithm> = [.rs256, .es256],
        clockSkew: Duration = .seconds(60),
        claims: ClaimMapping
    ) throws(AccessError) {
        try Self.requireAddress(issuer, "issuer")
        guard !issuer.contains("?"), !issuer.contains("#") else {
            throw Self.fault("issuer", "'issuer' has a query or a fragment, which no issuer has")
        }
        if let jwksURI { try Self.requireAddress(jwksURI, "jwks_uri") }
        guard !audiences.isEmpty, !audiences.contains("") else {
            throw Self.fault("audience", "'audience' is missing: the name that the provider knows this service by")
        }
        guard !algorithms.isEmpty else {
            throw Self.fault("algorithms", "'algorithms' is empty; leave it out for RS256 and ES256")
        }
        guard clockSkew >= .zero, clockSkew <= .seconds(600) else {
            throw Self.fault("clock_skew", "'clock_skew' must lie between 0 and 600 seconds")
        }
        guard !claims.role.isEmpty, !claims.roles.isEmpty else {
            throw Self.fault(
                "claims",
                "'claims' must name the claim with the caller's groups and the role of each group: "
                    + "{role: groups, roles: {lyceum-advisers: adviser}}"
            )
        }
        for role in Set(claims.roles.values)
        where role.needsSubject && claims.subject == nil && claims.subjects[role] == nil {
            throw Self.fault("claims", "'claims.subject' is missing: it says whose the role \(role.rawValue) is")
        }
        self.issuer = issuer
        self.audiences = audiences
        self.jwksURI = jwksURI
        self.algorithms = algorithms
        self.clockSkew = clockSkew
        self.claims = claims
    }

    /// Where the provider describes itself (OpenID Connect Discovery 1.0, section 4).
    var discoveryURL: String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }

    /// Whether keys may be fetched from an address: over https, or from this machine.
    static func isAcceptable(_ address: String) -> Bool {
        guard address.utf8.count <= 2048, let url = URL(string: address), let host = url.host(), !host.isEmpty,
            url.user() == nil, url.password() == nil
        else { return false }
        switch url.scheme {
        case "https": return true
        case "http": return ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host)
        default: return false
        }
    }

    private static func requireAddress(_ address: String, _ name: String) throws(AccessError) {
        guard isAcceptable(address) else {
            throw fault(
                name,
                "'\(name)' must be an https URL such as https://login.my-university.edu (http is for this machine only)"
            )
        }
    }

    private static func fault(_ name: String, _ message: String) -> AccessError {
        AccessError(.invalidConfiguration, message, location: name)
    }
}
