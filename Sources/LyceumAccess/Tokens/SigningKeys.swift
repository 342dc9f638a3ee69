// The provider's keys, fetched when needed and never twice at once.

import Foundation
import Logging
import Synchronization

/// Holds the keys of a provider and fetches new ones.
final class SigningKeys: Sendable {
    private let client: ProviderClient
    private let algorithms: Set<SigningAlgorithm>
    private let logger: Logger
    private let clock: AccessClock
    private let state: Mutex<State>

    private struct State {
        var refresh: KeyRefresh
        var attempt: Task<Outcome, Never>?
    }

    /// How an attempt ended.
    private enum Outcome: Sendable {
        case fetched
        case failed(any Error)
    }

    init(
        settings: OIDCSettings,
        logger: Logger,
        clock: AccessClock,
        bounds: KeyRefresh.Bounds,
        total: Duration = .seconds(5)
    ) {
        client = ProviderClient(settings: settings, total: total)
        algorithms = settings.algorithms
        self.logger = logger
        self.clock = clock
        state = Mutex(State(refresh: KeyRefresh(bounds: bounds)))
    }

    /// The keys as of now; waits for the provider only when there are none that are fresh.
    ///
    /// - Throws: ``AccessError`` with code `provider_unreachable`.
    func current() async throws(AccessError) -> KeySet {
        let now = clock.uptime()
        let (step, attempt) = state.withLock { state -> (KeyRefresh.Step, Task<Outcome, Never>?) in
            let step = state.refresh.step(at: now)
            switch step {
            case .use(_, alsoFetch: true):
                begin(&state, at: now)
                return (step, nil)
            case .fetch: return (step, begin(&state, at: now))
            case .use, .refuse: return (step, nil)
            }
        }
        switch step {
        case .use(let set, _): return set
        case .refuse(let wait): throw .providerUnreachable(retryAfter: Self.worthWaiting(wait))
        case .fetch:
            let outcome = await attempt?.value
            let after = clock.uptime()
            return try state.withLock { state throws(AccessError) -> KeySet in
                if case .use(let set, _) = state.refresh.step(at: after) { return set }
                var cause: (any Error)?
                if case .failed(let error)? = outcome { cause = error }
                let wait = state.refresh.untilAttempt(at: after)
                throw .providerUnreachable(retryAfter: Self.worthWaiting(wait), cause: cause)
            }
        }
    }

    /// The keys after a look whether the provider has new ones, which is taken at most once per pause.
    ///
    /// - Returns: nil when nothing changed, or no look was due.
    func refreshed(after known: KeySet) async -> KeySet? {
        let now = clock.uptime()
        let attempt = state.withLock { state -> Task<Outcome, Never>? in
            // Someone else's attempt may have brought them meanwhile.
            guard state.refresh.set?.fingerprint == known.fingerprint else { return nil }
            return state.refresh.shouldFetchUnknown(at: now) ? begin(&state, at: now) : nil
        }
        _ = await attempt?.value
        let set = state.withLock { $0.refresh.set }
        return set?.fingerprint == known.fingerprint ? nil : set
    }

    /// The attempt under way, or a new one. It is nobody's child: the caller who set it off may go away.
    @discardableResult
    private func begin(_ state: inout State, at now: Duration) -> Task<Outcome, Never> {
        if let attempt = state.attempt { return attempt }
        state.refresh.begin(at: now)
        let attempt = Task { await self.fetch() }
        state.attempt = attempt
        return attempt
    }

    private func fetch() async -> Outcome {
        do {
            let answer = try await client.keys()
            let set = try await KeySet(answer.body, allowing: algorithms)
            let now = clock.uptime()
            let isNew = state.withLock { state in
                let isNew = state.refresh.set?.fingerprint != set.fingerprint
                state.refresh.succeed(set, lifetime: answer.lifetime, at: now)
                state.attempt = nil
                return isNew
            }
            if set.verifiers.isEmpty {
                logger.warning("the identity provider publishes no key for the configured algorithms")
            } else if isNew {
                logger.info("the identity provider's keys were read", metadata: ["keys": "\(set.verifiers.count)"])
            }
            return .fetched
        } catch {
            let now = clock.uptime()
            let hasKeys = state.withLock { state in
                state.refresh.fail(at: now)
                state.attempt = nil
                return state.refresh.set != nil
            }
            logger.warning(
                "the identity provider's keys cannot be fetched",
                metadata: ["error": "\(error)", "old_keys_in_use": "\(hasKeys)"]
            )
            return .failed(error)
        }
    }

    private static func worthWaiting(_ wait: Duration) -> Duration { max(wait, .seconds(1)) }
}
