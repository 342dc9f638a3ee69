// A token bucket: requests take from it, time fills it.

/// A bucket that holds at most `burst` tokens and gains `perSecond` of them.
struct TokenBucket: Sendable {
    private(set) var allowance: RateLimits.Allowance
    private var tokens: Double
    private var filled: Duration

    /// A full bucket.
    init(_ allowance: RateLimits.Allowance, at now: Duration) {
        self.allowance = allowance
        tokens = Double(allowance.burst)
        filled = now
    }

    /// Takes one token if there is one.
    mutating func take(at now: Duration) -> RateBudget {
        let burst = Double(allowance.burst)
        let elapsed = max(0, (now - filled).inSeconds)
        tokens = min(burst, tokens + elapsed * allowance.perSecond)
        filled = max(filled, now)
        let isAdmitted = tokens >= 1
        if isAdmitted { tokens -= 1 }
        return RateBudget(
            limit: allowance.burst,
            remaining: Int(tokens),
            reset: .seconds((burst - tokens) / allowance.perSecond),
            retryAfter: isAdmitted ? nil : .seconds((1 - tokens) / allowance.perSecond)
        )
    }
}

extension Duration {
    /// The duration in seconds.
    var inSeconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) * 1e-18
    }
}
