// When requests are sent again, and after how long: no clock, no sockets.

import Foundation
import Testing

@testable import LyceumSources

@Suite("Retry policy") struct RetryPolicyTests {
    @Test(
        "statuses that can change are retried, others are not",
        arguments: [
            (200, false), (400, false), (401, false), (403, false), (404, false), (408, true), (425, true), (429, true),
            (500, true), (501, false), (502, true), (503, true), (504, true), (505, false), (599, true),
        ]
    )
    func statuses(status: Int, isRetryable: Bool) {
        #expect(RetryPolicy.isRetryable(.status(status, retryAfter: nil)) == isRetryable)
    }

    @Test("the bound of the wait doubles up to its cap", arguments: [(1, 0.2), (2, 0.4), (3, 0.8), (4, 1.6), (5, 3.2)])
    func backoff(attempt: Int, bound: Double) throws {
        let policy = RetryPolicy()
        let longest = try #require(policy.delay(after: .connection, attempt: attempt, random: 0.999_999))
        #expect(abs(longest.inSeconds - bound) < 0.001)
        #expect(policy.delay(after: .connection, attempt: attempt, random: 0) == .zero)
    }

    @Test("the wait never passes its cap, however many attempts there were")
    func cap() throws {
        var policy = RetryPolicy()
        policy.maximumAttempts = 1_000
        for attempt in [10, 31, 62, 63, 64, 500] {
            let wait = try #require(policy.delay(after: .timeout, attempt: attempt, random: 0.5))
            #expect(wait == policy.cap * 0.5)
        }
    }

    @Test("the last attempt is the last")
    func lastAttempt() {
        let policy = RetryPolicy()
        #expect(policy.delay(after: .connection, attempt: policy.maximumAttempts, random: 0.5) == nil)
    }

    @Test("Retry-After is kept, and one that is too long ends the request")
    func retryAfter() throws {
        let policy = RetryPolicy()
        let wait = try #require(policy.delay(after: .status(429, retryAfter: .seconds(7)), attempt: 1, random: 0.5))
        #expect(wait >= .seconds(7) && wait < .seconds(8))
        #expect(policy.delay(after: .status(429, retryAfter: .seconds(3_600)), attempt: 1, random: 0.5) == nil)
    }

    @Test(
        "Retry-After is read as seconds and as a date",
        arguments: [
            ("120", 120.0), (" 3 ", 3), ("0", 0), ("-5", 0), ("1.5", 1.5),
            ("Wed, 21 Oct 2015 07:28:30 GMT", 30), ("Wednesday, 21-Oct-15 07:28:30 GMT", 30),
            ("Wed Oct 21 07:28:30 2015", 30), ("Wed, 21 Oct 2015 07:00:00 GMT", 0),
        ]
    )
    func retryAfterHeader(text: String, seconds: Double) throws {
        let now = try #require(ISO8601DateFormatter().date(from: "2015-10-21T07:28:00Z"))
        #expect(RetryAfter.parse(text, now: now)?.inSeconds == seconds)
    }

    @Test("a Retry-After that is neither is ignored", arguments: ["soon", "", "NaN", "inf"])
    func unreadableRetryAfter(text: String) {
        #expect(RetryAfter.parse(text, now: Date()) == nil)
    }

    @Test("the budget allows a share of all requests, and fills up no further than its reserve")
    func budget() {
        var budget = RetryBudget(share: 0.5, reserve: 2)
        func spend() -> Bool { budget.spend() }
        #expect(spend())
        #expect(spend())
        #expect(!spend())
        budget.earn()
        #expect(!spend())
        budget.earn()
        #expect(spend())
        for _ in 0..<100 { budget.earn() }
        #expect(spend() && spend() && !spend())
    }
}
