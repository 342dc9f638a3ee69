// What can go wrong when someone asks to be let in, or when keys and their store are looked after.

/// A refusal of a request, or a failure of what decides about requests.
///
/// The messages of refusals are made for the caller: they never say which part of a credential was wrong.
public struct AccessError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; new kinds may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The kind's stable name, as it appears in logs and answers.
        public let description: String

        /// The request carries no credential (401).
        public static let credentialRequired = Code(description: "credential_required")
        /// The credential is unknown, expired, revoked or not ours (401).
        public static let credentialRefused = Code(description: "credential_refused")
        /// The credential is good, but does not open this (403).
        public static let scopeMissing = Code(description: "scope_missing")
        /// Too many requests, or too many failed attempts (429); `retryAfter` says how long to wait.
        public static let rateLimited = Code(description: "rate_limited")
        /// The identity provider's keys cannot be had, so tokens cannot be checked (503).
        public static let providerUnreachable = Code(description: "provider_unreachable")
        /// The key store cannot be read or is damaged, so nobody gets in by a key (503).
        public static let keyStoreUnreadable = Code(description: "key_store_unreadable")
        /// The key store cannot be written.
        public static let keyStoreUnwritable = Code(description: "key_store_unwritable")
        /// Another process has been changing the key store for too long.
        public static let keyStoreLocked = Code(description: "key_store_locked")
        /// There is no key with this id.
        public static let keyUnknown = Code(description: "key_unknown")
        /// A key that was asked for cannot be made like this.
        public static let invalidKey = Code(description: "invalid_key")
        /// A setting that cannot be used; `location` names it.
        public static let invalidConfiguration = Code(description: "invalid_configuration")
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, to what, and what to do about it.
    public let message: String
    /// The error underneath, when there is one.
    public let cause: (any Error)?
    /// Where: a file, or the name of a setting. For the operator, not for the caller.
    public let location: String?
    /// How long to wait before another attempt can help; nil where waiting does not.
    public let retryAfter: Duration?

    /// Makes an error.
    public init(
        _ code: Code,
        _ message: String,
        location: String? = nil,
        cause: (any Error)? = nil,
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.message = message
        self.location = location
        self.cause = cause
        self.retryAfter = retryAfter
    }

    /// One line: the message, where, and the error underneath.
    public var description: String {
        var text = message
        if let location { text += " (\(location))" }
        if let cause { text += ": \(cause)" }
        return text
    }
}

extension AccessError {
    /// No credential came along.
    static let credentialRequired = AccessError(
        .credentialRequired,
        "This needs a credential: send an API key or a token as 'Authorization: Bearer …', or a key as 'X-API-Key'."
    )

    /// The one answer to every credential that is not good, whatever is wrong with it.
    static let credentialRefused = AccessError(
        .credentialRefused,
        "The credential is not valid: it is unknown, expired or revoked. Ask whoever runs this service for a new one."
    )

    /// A good credential that does not open this.
    static func scopeMissing(_ scope: Scope) -> AccessError {
        AccessError(
            .scopeMissing,
            "The credential does not open '\(scope.rawValue)'. Ask whoever runs this service for one that does."
        )
    }

    /// Too much at once.
    static func rateLimited(_ what: String, retryAfter: Duration) -> AccessError {
        AccessError(.rateLimited, "\(what); wait before the next request.", retryAfter: retryAfter)
    }

    /// No keys to check a token by.
    static func providerUnreachable(retryAfter: Duration, cause: (any Error)? = nil) -> AccessError {
        AccessError(
            .providerUnreachable,
            "The identity provider's keys cannot be had at the moment, so tokens cannot be checked; try again soon.",
            cause: cause,
            retryAfter: retryAfter
        )
    }
}
