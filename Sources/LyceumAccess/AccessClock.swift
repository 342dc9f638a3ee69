// The two clocks that access depends on, so that tests can hold their own.

import Foundation

/// What time it is: by the calendar, for expiry, and since some start, for intervals.
public struct AccessClock: Sendable {
    /// The time of day, which may be set back and forth.
    public var date: @Sendable () -> Date
    /// The time since some fixed start, which only grows.
    public var uptime: @Sendable () -> Duration

    /// Makes a pair of clocks.
    public init(date: @escaping @Sendable () -> Date, uptime: @escaping @Sendable () -> Duration) {
        self.date = date
        self.uptime = uptime
    }

    /// The machine's clocks.
    public static let system = AccessClock(
        date: { Date() },
        uptime: {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
    )
}
