// What stands behind sessions: the credentials they began with, asked for again at each request.

import Foundation
import LyceumAccess

/// Tells whether the credential behind a session is still good, without the credential.
protocol SessionCredentials: Sendable {
    /// What the caller's credential opens at this moment; counts as a request of theirs.
    ///
    /// - Throws: ``AccessError`` with code `credential_refused` once it was revoked or has expired, `rate_limited` when the
    ///   caller comes too often, `key_store_unreadable` when it cannot be known.
    func scopes(of caller: Caller) async throws(AccessError) -> Set<Scope>
}

/// Asks the store of keys by the key's id. A token was checked when it was presented and holds until it expires.
struct StoredCredentials: SessionCredentials {
    private let keys: KeyStore
    private let limiter: RateLimiter
    private let clock: AccessClock

    init(_ authenticator: Authenticator, clock: AccessClock = .system) {
        keys = authenticator.keys
        limiter = authenticator.limiter
        self.clock = clock
    }

    func scopes(of caller: Caller) async throws(AccessError) -> Set<Scope> {
        let scopes: Set<Scope>
        switch caller.credential {
        case .token: scopes = caller.role.scopes
        case .key(let id):
            guard let record = try keys.list().first(where: { $0.id == id }), record.isActive(at: clock.date()) else {
                throw AccessError(.credentialRefused, "The key that this session began with is no longer valid.")
            }
            scopes = record.scopes
        }
        if let wait = limiter.take(caller).retryAfter {
            throw AccessError(.rateLimited, "Too many requests; wait before the next one.", retryAfter: wait)
        }
        return scopes
    }
}

/// Reads when a token ends, of one that has been verified already.
enum TokenExpiry {
    /// The `exp` of a JSON Web Token (RFC 7519, section 4.1.4); nil for a text that is none or does not say.
    static func date(of token: String) -> Date? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        var base64 = parts[1].replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: String(base64)),
            let claims = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let seconds = claims["exp"] as? Double
        else { return nil }
        return Date(timeIntervalSince1970: seconds)
    }
}
