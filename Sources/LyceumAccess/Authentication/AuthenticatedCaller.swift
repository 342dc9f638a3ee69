// A caller with what its credential opens and how much it may still ask.

/// What a good credential amounts to.
public struct AuthenticatedCaller: Sendable, Hashable {
    /// Who asks.
    public let caller: Caller
    /// What the credential opens; the policy decides what within that.
    public let scopes: Set<Scope>
    /// Where the caller stands with its limit after this request.
    public let budget: RateBudget

    /// - Throws: ``AccessError`` with code `scope_missing` when the credential does not open a scope.
    public func require(_ scope: Scope) throws(AccessError) {
        guard scopes.contains(scope) else { throw .scopeMissing(scope) }
    }
}
