// When to try again, and after how long: a value with no clock and no sockets.

import Foundation

/// How one attempt of a request failed, as far as trying again is concerned.
enum AttemptFailure: Sendable, Hashable {
    /// The server answered with a status that is not success.
    case status(Int, retryAfter: Duration?)
    /// No connection, or it broke before the answer was complete.
    case connection
    /// No answer within the request's time limit.
    case timeout
    /// The answer came and cannot be read.
    case malformed
}

/// Exponential backoff with full jitter, and what is worth a retry at all.
///
/// The wait before attempt *n + 1* is uniform in `0 ..< min(cap, base · 2^(n-1))` ("full jitter", Brooker 2015, AWS
/// Architecture Blog), or what `Retry-After` asks for, with jitter of at most a tenth on top so that clients that were
/// turned away together do not return together.
struct RetryPolicy: Sendable, Hashable {
    /// The most attempts, the first included.
    var maximumAttempts = 6
    /// The bound of the first wait.
    var base: Duration = .milliseconds(200)
    /// The bound of every wait.
    var cap: Duration = .seconds(20)
    /// The longest `Retry-After` that is waited for; a longer one is an error that states it.
    var longestRetryAfter: Duration = .seconds(120)

    /// Whether the same request could succeed later. Statuses as in RFC 9110 and RFC 6585; 501 and 505 never change.
    static func isRetryable(_ failure: AttemptFailure) -> Bool {
        switch failure {
        case .connection, .timeout, .malformed: true
        case .status(let status, _):
            [408, 425, 429].contains(status) || (status >= 500 && status != 501 && status != 505)
        }
    }

    /// How long to wait after the failed attempt number `attempt` (from 1), or nil to give up.
    ///
    /// - Parameter random: uniform in `0 ..< 1`.
    func delay(after failure: AttemptFailure, attempt: Int, random: Double) -> Duration? {
        guard attempt < maximumAttempts, Self.isRetryable(failure) else { return nil }
        if case .status(_, let asked?) = failure {
            guard asked <= longestRetryAfter else { return nil }
            return asked + asked * 0.1 * random
        }
        let exponent = min(attempt - 1, 30)
        return min(cap, base * (1 << exponent)) * random
    }
}

/// Keeps retries from multiplying the load on a source that is down: they may be at most a share of all requests.
struct RetryBudget: Sendable, Hashable {
    /// Retries earned by each request.
    let share: Double
    /// The most retries that can be saved up, which is also what there is at the start.
    let reserve: Double
    private var balance: Double

    /// A budget that starts full.
    init(share: Double = 0.2, reserve: Double = 50) {
        self.share = share
        self.reserve = reserve
        balance = reserve
    }

    /// Earns a share of a retry; call it once a request.
    mutating func earn() {
        balance = min(reserve, balance + share)
    }

    /// Takes one retry out of the budget, or says that there is none left.
    mutating func spend() -> Bool {
        guard balance >= 1 else { return false }
        balance -= 1
        return true
    }
}

/// Reads the `Retry-After` header (RFC 9110, section 10.2.3).
enum RetryAfter {
    /// The wait that the header asks for: whole seconds, or the time until an HTTP date; nil if it is neither.
    static func parse(_ text: String, now: Date) -> Duration? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if let seconds = Double(text), seconds.isFinite {
            return seconds < 0 ? .zero : .milliseconds(Int64(min(seconds, 1e9) * 1000))
        }
        for format in ["EEE, dd MMM yyyy HH:mm:ss zzz", "EEEE, dd-MMM-yy HH:mm:ss zzz", "EEE MMM d HH:mm:ss yyyy"] {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(identifier: "GMT")
            formatter.dateFormat = format
            if let date = formatter.date(from: text) {
                return .milliseconds(Int64(max(0, date.timeIntervalSince(now)) * 1000))
            }
        }
        return nil
    }
}
