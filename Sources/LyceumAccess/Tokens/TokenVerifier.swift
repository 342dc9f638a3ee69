// Bearer tokens of an identity provider: from a text to a caller, or a refusal.

import Crypto
import Foundation
import Logging
import Synchronization

/// Checks OpenID Connect tokens (JWT, RFC 7519) as RFC 8725 advises: algorithms and issuer pinned, audience required.
public final class TokenVerifier: Sendable {
    /// The provider and what is asked of its tokens.
    public let settings: OIDCSettings
    private let keys: SigningKeys
    private let logger: Logger
    private let clock: AccessClock
    private let verified = Mutex(Verified())

    /// Tokens whose signature was checked, by hash; of use only while the provider's keys stay the same.
    private struct Verified {
        var keys = ""
        var callers = RecencyMap<SHA256.Digest, (caller: Caller, expires: Double)>(capacity: 10_000)
    }

    /// A verifier that has not spoken with the provider yet.
    ///
    /// - Parameter logger: gets why tokens were refused, by kind and without their contents, at level debug.
    public convenience init(settings: OIDCSettings, logger: Logger, clock: AccessClock = .system) {
        self.init(settings: settings, logger: logger, clock: clock, bounds: KeyRefresh.Bounds())
    }

    init(
        settings: OIDCSettings,
        logger: Logger,
        clock: AccessClock,
        bounds: KeyRefresh.Bounds,
        total: Duration = .seconds(5)
    ) {
        self.settings = settings
        self.logger = logger
        self.clock = clock
        keys = SigningKeys(settings: settings, logger: logger, clock: clock, bounds: bounds, total: total)
    }

    /// The caller of a token.
    ///
    /// Costs a hash for a token seen before, a signature check for a new one, and a request to the provider when its keys
    /// are not known or too old.
    ///
    /// - Throws: ``AccessError`` with code `credential_refused` for any token that is not good, `provider_unreachable` when
    ///   there are no keys to check it by.
    public func verify(_ token: String) async throws(AccessError) -> Caller {
        do throws(TokenFault) {
            guard token.utf8.count <= CompactToken.mostBytes else { throw .tooLong }
        } catch {
            throw refuse(error)
        }
        let digest = SHA256.hash(data: Data(token.utf8))
        if let caller = try await known(digest) { return caller }
        let parts: CompactToken
        do {
            parts = try CompactToken(token, allowing: settings.algorithms)
        } catch {
            throw refuse(error)
        }
        let keys = try await keys.current()
        do throws(TokenFault) {
            let used = try await check(parts, by: keys)
            let expires = try parts.check(settings, now: clock.date().timeIntervalSince1970)
            let caller = try settings.claims.caller(of: parts.claims, issuer: settings.issuer)
            remember(caller, until: expires, digest, keys: used)
            return caller
        } catch {
            throw refuse(error)
        }
    }

    /// How many keys the provider publishes that tokens can be checked by; asks it if need be.
    ///
    /// - Throws: ``AccessError`` with code `provider_unreachable`.
    public func countKeys() async throws(AccessError) -> Int {
        Set(try await keys.current().verifiers.map(\.position)).count
    }

    /// Checks the signature, by new keys if the token names one that is not known.
    ///
    /// - Returns: the keys that it was checked by.
    private func check(_ token: CompactToken, by keys: KeySet) async throws(TokenFault) -> KeySet {
        if try Self.isSigned(token, by: keys) { return keys }
        // A provider that names no keys shows a new one only by a signature that does not fit.
        let fault: TokenFault = token.keyID == nil ? .signature : .unknownKey
        guard let newer = await self.keys.refreshed(after: keys) else { throw fault }
        guard try Self.isSigned(token, by: newer) else { throw fault }
        return newer
    }

    /// Whether the token is signed by one of the keys; false when other keys might answer otherwise.
    private static func isSigned(_ token: CompactToken, by keys: KeySet) throws(TokenFault) -> Bool {
        switch keys.match(keyID: token.keyID, algorithm: token.algorithm) {
        case .refused(let fault): throw fault
        case .unknown: return false
        case .keys(let verifiers):
            let isGood = verifiers.contains { verifier in
                (try? verifier.check.verify(token.signature, signs: token.signed)) == true
            }
            if !isGood, token.keyID != nil { throw .signature }
            return isGood
        }
    }

    private func known(_ digest: SHA256.Digest) async throws(AccessError) -> Caller? {
        guard verified.withLock({ $0.callers.value(of: digest) != nil }) else { return nil }
        // The keys first: they may be due for a look, and what they vouched for goes with them.
        let keys = try await keys.current()
        let now = clock.date().timeIntervalSince1970
        return verified.withLock { verified in
            guard verified.keys == keys.fingerprint, let entry = verified.callers.value(of: digest) else { return nil }
            guard now < entry.expires else {
                verified.callers.remove(digest)
                return nil
            }
            return entry.caller
        }
    }

    private func remember(_ caller: Caller, until expires: Double, _ digest: SHA256.Digest, keys: KeySet) {
        verified.withLock { verified in
            if verified.keys != keys.fingerprint {
                verified.keys = keys.fingerprint
                verified.callers.removeAll()
            }
            verified.callers.set((caller, expires), for: digest)
        }
    }

    private func refuse(_ fault: TokenFault) -> AccessError {
        logger.debug("a token was refused", metadata: ["why": "\(fault.rawValue)"])
        return .credentialRefused
    }
}
