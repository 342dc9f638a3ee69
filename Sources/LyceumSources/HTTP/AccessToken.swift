// An access token's life as a state machine with no I/O, and the actor that fetches tokens for it.

import LyceumCore

/// A token that a server gave us, and until when it is good.
struct AccessToken: Sendable, Hashable {
    /// The token, or the session id.
    var secret: Secret
    /// When to ask for the next one, ahead of its end; nil if the server did not say.
    var renewAt: ContinuousClock.Instant?
    /// Counts the tokens of one provider, so that a rejection names the token that it means.
    var generation = 0
    /// What else came with it, such as Tableau's site id.
    var attributes: [String: String] = [:]
}

/// Decides when a token is used, renewed, or waited for.
///
/// Many requests share one token. When it is about to end or a server rejects it, exactly one of them renews it and the
/// others wait; a rejection of a token that has been renewed since changes nothing.
struct TokenLifecycle: Sendable {
    /// What a request that needs a token has to do.
    enum Step: Sendable, Hashable {
        /// Use this one.
        case use(AccessToken)
        /// Fetch a new one, and report back with ``TokenLifecycle/renewed(_:)`` or ``TokenLifecycle/renewalFailed()``.
        case renew
        /// Someone else is fetching one: wait for it.
        case join
    }

    private enum State {
        case none
        case held(AccessToken)
        case renewing
    }

    private var state = State.none
    private var generation = 0

    /// A request needs a token.
    mutating func request(now: ContinuousClock.Instant) -> Step {
        switch state {
        case .held(let token) where token.renewAt.map({ now < $0 }) ?? true:
            return .use(token)
        case .renewing:
            return .join
        case .held, .none:
            state = .renewing
            return .renew
        }
    }

    /// A new token has come.
    ///
    /// - Returns: the token with its generation.
    mutating func renewed(_ token: AccessToken) -> AccessToken {
        generation += 1
        var token = token
        token.generation = generation
        state = .held(token)
        return token
    }

    /// No new token has come; the next request tries again.
    mutating func renewalFailed() {
        state = .none
    }

    /// A server rejected a token. Only the current one is dropped.
    ///
    /// - Returns: whether it was the current one; if not, a newer one is there or on its way.
    @discardableResult
    mutating func rejected(generation rejected: Int) -> Bool {
        guard case .held(let token) = state, token.generation == rejected else { return false }
        state = .none
        return true
    }

    /// The token that is held, which ends here.
    mutating func end() -> AccessToken? {
        defer { state = .none }
        if case .held(let token) = state { return token }
        return nil
    }
}

/// Gives all requests of a source the same token.
actor TokenProvider {
    private var lifecycle = TokenLifecycle()
    private var renewal: Task<AccessToken, any Error>?
    private let fetch: @Sendable () async throws -> AccessToken

    /// A provider that gets its tokens from `fetch`.
    init(fetch: @escaping @Sendable () async throws -> AccessToken) {
        self.fetch = fetch
    }

    /// The current token, or a new one.
    ///
    /// - Throws: what `fetch` throws, to everyone who waited for it.
    func token() async throws -> AccessToken {
        switch lifecycle.request(now: .now) {
        case .use(let token):
            return token
        case .join:
            if let renewal { return try await renewal.value }
            return try await renew().value
        case .renew:
            return try await renew().value
        }
    }

    /// Reports that a server rejected a token.
    ///
    /// - Returns: whether it was the current one; if not, a newer one is there or on its way.
    func reject(_ token: AccessToken) -> Bool {
        lifecycle.rejected(generation: token.generation)
    }

    /// Ends the token that is held, if any, and returns it so that it can be signed out.
    func end() async -> AccessToken? {
        if let renewal { _ = try? await renewal.value }
        return lifecycle.end()
    }

    /// The task is no child of the request that started it: if that one is cancelled, the others still get their token.
    private func renew() -> Task<AccessToken, any Error> {
        let task = Task {
            defer { renewal = nil }
            do {
                return lifecycle.renewed(try await fetch())
            } catch {
                lifecycle.renewalFailed()
                throw error
            }
        }
        renewal = task
        return task
    }
}
