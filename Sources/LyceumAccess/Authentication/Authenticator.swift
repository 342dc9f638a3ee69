// Who asks: from the texts of two headers to a caller, or a refusal.

import Crypto
import Foundation
import Logging
import Synchronization

/// Checks API keys and tokens, and holds callers and addresses to their limits.
public final class Authenticator: Sendable {
    /// The API keys.
    public let keys: KeyStore
    /// The limits.
    public let limiter: RateLimiter
    private let tokens: TokenVerifier?
    /// Hashes of credentials that were good before. They are checked also while their address pays for failures, so that
    /// nobody behind the same gateway can be locked out by another's guesses.
    private let familiar = Mutex(RecencyMap<SHA256.Digest, Void>(capacity: 20_000))

    /// An authenticator of an installation.
    ///
    /// - Parameter logger: gets why tokens were refused, by kind and without their contents, at level debug.
    public init(settings: AccessSettings, logger: Logger, clock: AccessClock = .system) {
        keys = KeyStore(file: settings.keys, clock: clock)
        limiter = RateLimiter(limits: settings.rateLimits, clock: clock)
        tokens = settings.oidc.map { TokenVerifier(settings: $0, logger: logger, clock: clock) }
    }

    /// Who presents these headers.
    ///
    /// - Parameters:
    ///   - authorization: the value of `Authorization`, if the request has one: `Bearer` and a key or a token.
    ///   - apiKey: the value of `X-API-Key`, if the request has one.
    ///   - address: where the request comes from, as an IP address.
    /// - Throws: ``AccessError`` with code `credential_required`, `credential_refused`, `rate_limited`,
    ///   `provider_unreachable` or `key_store_unreadable`.
    public func authenticate(
        authorization: String?,
        apiKey: String?,
        address: String
    ) async throws(AccessError) -> AuthenticatedCaller {
        let caller: Caller
        let scopes: Set<Scope>
        do throws(AccessError) {
            let presented = try PresentedCredential(authorization: authorization, apiKey: apiKey)
            let digest = SHA256.hash(data: Data(presented.text.utf8))
            if let wait = limiter.wait(ofAddress: address), !isFamiliar(digest) {
                throw AccessError.rateLimited("Too many attempts with wrong credentials", retryAfter: wait)
            }
            do throws(AccessError) {
                (caller, scopes) = try await check(presented)
            } catch {
                if error.code == .credentialRefused { familiar.withLock { $0.remove(digest) } }
                throw error
            }
            familiar.withLock { $0.set((), for: digest) }
        } catch {
            if error.code == .credentialRefused { limiter.noteFailure(from: address) }
            throw error
        }
        let budget = limiter.take(caller)
        if let wait = budget.retryAfter { throw .rateLimited("Too many requests", retryAfter: wait) }
        return AuthenticatedCaller(caller: caller, scopes: scopes, budget: budget)
    }

    /// Counts a request that presents no credential, by its address.
    ///
    /// - Throws: ``AccessError`` with code `rate_limited`.
    public func admitAnonymous(from address: String) throws(AccessError) {
        guard let wait = limiter.take(anonymousFrom: address).retryAfter else { return }
        throw .rateLimited("Too many requests without a credential", retryAfter: wait)
    }

    private func check(_ presented: PresentedCredential) async throws(AccessError) -> (Caller, Set<Scope>) {
        switch presented {
        case .key(let text):
            let record = try keys.verify(text)
            return (record.caller, record.scopes)
        case .token(let text):
            guard let tokens else { throw .credentialRefused }
            let caller = try await tokens.verify(text)
            return (caller, caller.role.scopes)
        }
    }

    private func isFamiliar(_ digest: SHA256.Digest) -> Bool {
        familiar.withLock { $0.value(of: digest) != nil }
    }
}
