// How fast a source may be asked: a token bucket as a value, and the actor that makes callers wait for it.

/// A token bucket: `rate` tokens a second, at most `burst` saved up.
///
/// Callers reserve a token and are told how long to wait until it is theirs, so that waiters are served in the order in
/// which they came and nobody polls.
struct TokenBucket: Sendable {
    /// Tokens a second.
    let rate: Double
    /// The most tokens saved up.
    let burst: Double
    private var tokens: Double
    private var pausedUntil: ContinuousClock.Instant?
    private var updated: ContinuousClock.Instant

    /// A bucket that starts full. A rate that is not positive means no limit.
    init(rate: Double, burst: Double = 1, now: ContinuousClock.Instant) {
        self.rate = rate
        self.burst = max(1, burst)
        tokens = self.burst
        updated = now
    }

    /// Takes one token, which may be one of the future, and says how long to wait for it.
    mutating func reserve(now: ContinuousClock.Instant) -> Duration {
        let pause = pausedUntil.map { max(.zero, now.duration(to: $0)) } ?? .zero
        guard rate > 0 else { return pause }
        refill(now)
        tokens -= 1
        return max(pause, tokens >= 0 ? .zero : .seconds(-tokens / rate))
    }

    /// Holds everyone back until `until`: the source has asked to be left alone.
    mutating func pause(until: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        guard until > now else { return }
        pausedUntil = max(pausedUntil ?? until, until)
        guard rate > 0 else { return }
        refill(now)
        tokens = min(tokens, 1 - now.duration(to: until).inSeconds * rate)
    }

    private mutating func refill(_ now: ContinuousClock.Instant) {
        guard now > updated else { return }
        tokens = min(burst, tokens + updated.duration(to: now).inSeconds * rate)
        updated = now
    }
}

/// Admits requests at a rate and with a bound on how many are under way at once.
actor RequestGate {
    private var bucket: TokenBucket
    private var free: Int
    private var waiters: [(id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    private var lastWaiter = 0

    init(requestsPerSecond: Double, concurrency: Int) {
        bucket = TokenBucket(rate: requestsPerSecond, burst: max(1, requestsPerSecond / 5), now: .now)
        free = max(1, concurrency)
    }

    /// Runs one request when it may.
    ///
    /// - Throws: `CancellationError` while waiting, or the request's error.
    func admit<Result: Sendable>(_ request: @Sendable () async throws -> Result) async throws -> Result {
        try await enter()
        defer { leave() }
        let wait = bucket.reserve(now: .now)
        if wait > .zero {
            try await Task.sleep(for: wait)
        }
        return try await request()
    }

    /// Holds every request back for a while.
    func pause(for duration: Duration) {
        let now = ContinuousClock.now
        bucket.pause(until: now + duration, now: now)
    }

    private func enter() async throws {
        try Task.checkCancellation()
        if free > 0 {
            free -= 1
            return
        }
        lastWaiter += 1
        let id = lastWaiter
        let admitted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    waiters.append((id, continuation))
                }
            }
        } onCancel: {
            Task { await self.abandon(id) }
        }
        if !admitted { throw CancellationError() }
    }

    private func abandon(_ id: Int) {
        guard let position = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: position).continuation.resume(returning: false)
    }

    private func leave() {
        if waiters.isEmpty {
            free += 1
        } else {
            waiters.removeFirst().continuation.resume(returning: true)
        }
    }
}

extension Duration {
    /// The duration in seconds, with a fraction.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
