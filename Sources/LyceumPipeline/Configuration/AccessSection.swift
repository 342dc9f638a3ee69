// Who gets in, in the section `server` of `lyceum.yaml`: keys, policy, identity provider, limits.

import Foundation
import LyceumAccess
import LyceumCore

extension ConfigurationReader {
    /// `keys: PATH, policy: PATH, oidc: {…}, rate_limits: {…}` of the section `server`.
    func readAccess(
        _ mapping: YAMLMapping,
        into settings: inout Configuration.ServerSettings
    ) throws(PipelineError) {
        if mapping.has("api_key") {
            throw mapping.fault(
                "api_key",
                "'server.api_key' is no more: take it out, and make a key for each caller with "
                    + "'lyceum keys create --role ROLE'; 'server.keys' names their file"
            )
        }
        settings.access.keys = try path(mapping, "keys") ?? settings.access.keys
        settings.policy = try path(mapping, "policy")
        settings.access.oidc = try oidc(mapping)
        settings.access.rateLimits = try rateLimits(mapping)
    }

    /// `oidc: {issuer, audience, jwks_uri, algorithms, clock_skew, claims: {role, subject, roles}}`; nil without it.
    private func oidc(_ server: YAMLMapping) throws(PipelineError) -> OIDCSettings? {
        guard let mapping = try server.mapping("oidc") else { return nil }
        let issuer = try requiredText(mapping, "issuer")
        let audiences = try texts(mapping, "audience")
        let jwksURI = try text(mapping, "jwks_uri")
        var algorithms: Set<SigningAlgorithm> = [.rs256, .es256]
        if let names = try mapping.strings("algorithms") {
            algorithms = []
            for name in names {
                guard let algorithm = SigningAlgorithm(rawValue: name) else {
                    let known = SigningAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
                    throw mapping.fault("algorithms", "'algorithms' has '\(name)'; it may have \(known)")
                }
                algorithms.insert(algorithm)
            }
        }
        let skew = try mapping.integer("clock_skew", in: 0...600) ?? 60
        let claims = try claims(mapping)
        try mapping.finish()
        do {
            return try OIDCSettings(
                issuer: issuer,
                audiences: Set(audiences),
                jwksURI: jwksURI,
                algorithms: algorithms,
                clockSkew: .seconds(skew),
                claims: claims
            )
        } catch {
            throw mapping.fault(error.location, error.message)
        }
    }

    /// `claims: {role: CLAIM, subject: CLAIM | {ROLE: CLAIM}, roles: {GROUP: ROLE}}`.
    private func claims(_ oidc: YAMLMapping) throws(PipelineError) -> ClaimMapping {
        guard let mapping = try oidc.mapping("claims") else {
            throw oidc.fault(
                nil,
                "'oidc.claims' is missing: {role: groups, subject: student_id, roles: {lyceum-advisers: adviser}}"
            )
        }
        var claims = ClaimMapping(role: try requiredText(mapping, "role"), roles: [:])
        if case .mapping? = mapping.take("subject"), let subjects = try mapping.mapping("subject") {
            for role in Role.allCases { claims.subjects[role] = try text(subjects, role.rawValue) }
            try subjects.finish()
        } else {
            claims.subject = try text(mapping, "subject")
        }
        if let roles = try mapping.mapping("roles") {
            for group in roles.keys { claims.roles[group] = try roles.choice(group, Role.self) }
            try roles.finish()
        }
        try mapping.finish()
        return claims
    }

    /// `rate_limits: {default: {per_second, burst}, anonymous: {…}, ROLE: {…}, failures: {free, most, refusal}}`.
    private func rateLimits(_ server: YAMLMapping) throws(PipelineError) -> RateLimits {
        var limits = RateLimits()
        guard let mapping = try server.mapping("rate_limits") else { return limits }
        limits.standard = try allowance(mapping, "default") ?? limits.standard
        limits.anonymous = try allowance(mapping, "anonymous") ?? limits.anonymous
        for role in Role.allCases {
            if let allowance = try allowance(mapping, role.rawValue) { limits.roles[role] = allowance }
        }
        if let failures = try mapping.mapping("failures") {
            limits.failures.free = try failures.integer("free", in: 1...1000) ?? limits.failures.free
            limits.failures.most = try failures.integer("most", in: 2...10_000) ?? limits.failures.most
            if let seconds = try failures.integer("refusal", in: 1...86_400) {
                limits.failures.refusal = .seconds(seconds)
            }
            guard limits.failures.most > limits.failures.free else {
                throw failures.fault("most", "'failures.most' must be more than 'failures.free'")
            }
            try failures.finish()
        }
        try mapping.finish()
        return limits
    }

    private func allowance(_ limits: YAMLMapping, _ key: String) throws(PipelineError) -> RateLimits.Allowance? {
        guard let mapping = try limits.mapping(key) else { return nil }
        guard let rate = try mapping.number("per_second"), rate >= 0.001, rate <= 1_000_000 else {
            throw mapping.fault("per_second", "'\(key).per_second' must be a number from 0.001 to 1000000")
        }
        // Without a burst of its own, two seconds' worth may come at once.
        let burst = try mapping.integer("burst", in: 1...1_000_000) ?? max(1, Int((rate * 2).rounded(.up)))
        try mapping.finish()
        return RateLimits.Allowance(perSecond: rate, burst: min(burst, 1_000_000))
    }

    /// A text, or a list of texts, with `${NAME}` replaced.
    private func texts(_ mapping: YAMLMapping, _ key: String) throws(PipelineError) -> [String] {
        if case .scalar? = mapping.take(key) { return [try requiredText(mapping, key)] }
        return try mapping.strings(key) ?? []
    }
}
