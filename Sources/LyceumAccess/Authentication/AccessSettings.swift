// What an installation says about who gets in.

import Foundation

/// Where the keys are, which identity provider is trusted, and the limits.
public struct AccessSettings: Sendable, Hashable {
    /// The file of API keys.
    public var keys: URL
    /// The identity provider whose tokens are accepted; nil for none.
    public var oidc: OIDCSettings?
    /// The limits on callers and on failed attempts.
    public var rateLimits: RateLimits

    /// Makes settings.
    public init(keys: URL, oidc: OIDCSettings? = nil, rateLimits: RateLimits = RateLimits()) {
        self.keys = keys
        self.oidc = oidc
        self.rateLimits = rateLimits
    }
}
