// What addresses pay for credentials that were refused.

/// The failed attempts of addresses: some are free, then each costs a longer wait, then the address is refused for a while.
///
/// A success takes nothing back, or whoever holds one good key could guess at others for ever. Time does.
struct FailedAttempts: Sendable {
    private let costs: RateLimits.Failures
    private var addresses: RecencyMap<String, Record>

    private struct Record {
        var failures: Double
        var updated: Duration
        var closedUntil: Duration
    }

    init(_ costs: RateLimits.Failures, remembered: Int) {
        self.costs = costs
        addresses = RecencyMap(capacity: remembered)
    }

    /// How many addresses it remembers.
    var count: Int { addresses.count }

    /// How long an address has to wait before its next attempt; nil when it need not.
    mutating func wait(of address: String, at now: Duration) -> Duration? {
        guard let record = addresses.value(of: address), record.closedUntil > now else { return nil }
        return record.closedUntil - now
    }

    /// Notes that an address presented a credential that was refused.
    mutating func note(_ address: String, at now: Duration) {
        var record = addresses.value(of: address) ?? Record(failures: 0, updated: now, closedUntil: now)
        let forgotten = max(0, (now - record.updated).inSeconds) / max(0.001, costs.forgiveness.inSeconds)
        record.failures = max(0, record.failures - forgotten) + 1
        record.updated = max(record.updated, now)
        // A little forgetting between quick attempts does not make a failure less.
        let failures = Int(record.failures.rounded(.up))
        if failures >= costs.most {
            record.closedUntil = now + costs.refusal
        } else if failures > costs.free {
            let doublings = min(failures - costs.free - 1, 30)
            record.closedUntil = now + min(costs.firstDelay * (1 << doublings), costs.longestDelay)
        }
        addresses.set(record, for: address)
    }
}
