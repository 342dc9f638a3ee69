// Holds callers to their pace, and addresses to few wrong credentials.

import Synchronization

/// Token buckets by caller, and the failed attempts of addresses. Safe to use from any thread; O(1) for each call.
///
/// One process counts for itself: behind a load balancer each replica grants the whole allowance.
public final class RateLimiter: Sendable {
    /// The limits.
    public let limits: RateLimits
    private let clock: AccessClock
    private let callers: Mutex<RecencyMap<String, TokenBucket>>
    /// Apart from the callers', so that nobody is forgotten for the sake of many addresses.
    private let addresses: Mutex<RecencyMap<String, TokenBucket>>
    private let failures: Mutex<FailedAttempts>

    /// A limiter that has seen nobody yet.
    public init(limits: RateLimits = RateLimits(), clock: AccessClock = .system) {
        self.limits = limits
        self.clock = clock
        callers = Mutex(RecencyMap(capacity: limits.callersRemembered))
        addresses = Mutex(RecencyMap(capacity: limits.addressesRemembered))
        failures = Mutex(FailedAttempts(limits.failures, remembered: limits.addressesRemembered))
    }

    /// Counts a request of a caller, and says whether it may go on.
    public func take(_ caller: Caller) -> RateBudget {
        take(from: callers, caller.id, allowance: limits.allowance(of: caller.role))
    }

    /// Counts a request of someone who presents no credential, by the address and ``RateLimits/anonymous``.
    public func take(anonymousFrom address: String) -> RateBudget {
        take(from: addresses, RemoteAddress.group(address), allowance: limits.anonymous)
    }

    /// How long an address has to wait before it may present another credential; nil when it need not.
    public func wait(ofAddress address: String) -> Duration? {
        let now = clock.uptime()
        return failures.withLock { $0.wait(of: RemoteAddress.group(address), at: now) }
    }

    /// Notes that a credential from an address was refused.
    public func noteFailure(from address: String) {
        let now = clock.uptime()
        failures.withLock { $0.note(RemoteAddress.group(address), at: now) }
    }

    /// How many callers, addresses without a credential and addresses with failures are remembered.
    var remembered: [Int] {
        [callers.withLock { $0.count }, addresses.withLock { $0.count }, failures.withLock { $0.count }]
    }

    private func take(
        from buckets: borrowing Mutex<RecencyMap<String, TokenBucket>>,
        _ name: String,
        allowance: RateLimits.Allowance
    ) -> RateBudget {
        let now = clock.uptime()
        return buckets.withLock { buckets in
            var bucket = buckets.value(of: name) ?? TokenBucket(allowance, at: now)
            // Who changes role starts with the new role's allowance.
            if bucket.allowance != allowance { bucket = TokenBucket(allowance, at: now) }
            let budget = bucket.take(at: now)
            buckets.set(bucket, for: name)
            return budget
        }
    }
}
