// When a provider's keys are fetched, and for how long they are believed. A value without I/O.

/// The state of the keys: which ones, how fresh, and when the last attempt to fetch them was.
struct KeyRefresh: Sendable {
    /// The bounds on how long keys are kept and how often they are fetched.
    struct Bounds: Sendable {
        /// Kept for this long when the provider does not say.
        var usualLifetime: Duration = .seconds(900)
        /// Kept for at least this long, whatever the provider says.
        var shortestLifetime: Duration = .seconds(60)
        /// Kept for no longer than this.
        var longestLifetime: Duration = .seconds(86_400)
        /// Believed for so much longer while fetching fails.
        var grace: Duration = .seconds(6 * 3600)
        /// From the start of one attempt to the next, so that callers cannot drive us to flood the provider.
        var pause: Duration = .seconds(30)
        /// The same while there are no keys at all.
        var pauseWithoutKeys: Duration = .seconds(5)
    }

    /// What to do for a caller who needs keys.
    enum Step {
        /// Use these. `alsoFetch`: they are growing old; fetch others without waiting.
        case use(KeySet, alsoFetch: Bool)
        /// Wait for the attempt that is to begin now, or is under way.
        case fetch
        /// There are none; the next attempt is so far off.
        case refuse(Duration)
    }

    let bounds: Bounds
    private(set) var set: KeySet?
    private var freshUntil: Duration = .zero
    private var agingFrom: Duration = .zero
    private var lastAttempt: Duration?
    private(set) var isFetching = false
    /// Whether the last attempt failed.
    private var hasFailed = false

    init(bounds: Bounds = Bounds()) { self.bounds = bounds }

    /// What to do at a time.
    func step(at now: Duration) -> Step {
        if let set, now < freshUntil { return .use(set, alsoFetch: now >= agingFrom && mayFetch(at: now)) }
        // Once an attempt has failed nobody waits for the next ones: they may take their whole time limit.
        if hasFailed, let set, now < freshUntil + bounds.grace { return .use(set, alsoFetch: mayFetch(at: now)) }
        if isFetching || mayFetch(at: now) { return .fetch }
        if let set, now < freshUntil + bounds.grace { return .use(set, alsoFetch: false) }
        return .refuse(untilAttempt(at: now))
    }

    /// Whether to fetch because a token names a key that is not in the set: true to begin or to wait for an attempt.
    func shouldFetchUnknown(at now: Duration) -> Bool { isFetching || mayFetch(at: now) }

    /// Notes that an attempt begins.
    mutating func begin(at now: Duration) {
        isFetching = true
        lastAttempt = now
    }

    /// Notes keys that were fetched.
    mutating func succeed(_ fetched: KeySet, lifetime: Int?, at now: Duration) {
        let stated = lifetime.map { Duration.seconds(min($0, 1 << 32)) } ?? bounds.usualLifetime
        let kept = min(max(stated, bounds.shortestLifetime), bounds.longestLifetime)
        isFetching = false
        hasFailed = false
        set = fetched
        freshUntil = now + kept
        agingFrom = now + kept * 3 / 4
    }

    /// Notes that an attempt failed; what is past its grace is forgotten.
    mutating func fail(at now: Duration) {
        isFetching = false
        hasFailed = true
        if now >= freshUntil + bounds.grace { set = nil }
    }

    /// How long until an attempt may be made.
    func untilAttempt(at now: Duration) -> Duration {
        guard let lastAttempt else { return .zero }
        let pause = set == nil ? bounds.pauseWithoutKeys : bounds.pause
        return max(.zero, lastAttempt + pause - now)
    }

    private func mayFetch(at now: Duration) -> Bool { !isFetching && untilAttempt(at: now) == .zero }
}
