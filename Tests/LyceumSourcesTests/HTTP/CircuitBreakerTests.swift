// The circuit breaker under a clock of the test's own.

import Foundation
import Testing

@testable import LyceumSources

@Suite("Circuit breaker") struct CircuitBreakerTests {
    private let start = ContinuousClock.now

    /// A breaker that has just opened: three failures over ten seconds.
    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker(
            failures: 3,
            patience: .seconds(10),
            pause: .seconds(30),
            longestPause: .seconds(100)
        )
        for second in [0, 5, 10] { breaker.failed(now: start + .seconds(second)) }
        return breaker
    }

    @Test("it opens after enough failures in a row over enough time, and not before")
    func opening() {
        var breaker = CircuitBreaker(failures: 3, patience: .seconds(10), pause: .seconds(30))
        func admit(_ second: Int) -> CircuitBreaker.Admission { breaker.admit(now: start + .seconds(second)) }
        for second in [0, 1, 2, 3, 4] { breaker.failed(now: start + .seconds(second)) }
        #expect(admit(5) == .pass)
        breaker.failed(now: start + .seconds(10))
        #expect(admit(11) == .refused(until: start + .seconds(40)))
    }

    @Test("a success in between forgets the failures")
    func forgetting() {
        var breaker = CircuitBreaker(failures: 3, patience: .zero, pause: .seconds(30))
        func admit() -> CircuitBreaker.Admission { breaker.admit(now: start) }
        for _ in 0..<5 {
            breaker.failed(now: start)
            breaker.failed(now: start)
            breaker.succeeded()
        }
        #expect(admit() == .pass)
        for _ in 0..<3 { breaker.failed(now: start) }
        #expect(admit() != .pass)
    }

    @Test("after the pause one request passes, and its success closes it")
    func halfOpen() {
        var breaker = opened()
        func admit(_ second: Int) -> CircuitBreaker.Admission { breaker.admit(now: start + .seconds(second)) }
        #expect(admit(39) == .refused(until: start + .seconds(40)))
        #expect(admit(40) == .pass)
        #expect(admit(41) == .refused(until: start + .seconds(70)))
        breaker.succeeded()
        #expect(admit(42) == .pass && admit(42) == .pass)
    }

    @Test("a failed trial doubles the pause, up to the longest")
    func doubling() {
        var breaker = opened()
        func admit(_ instant: ContinuousClock.Instant) -> CircuitBreaker.Admission { breaker.admit(now: instant) }
        var now = start + .seconds(40)
        for pause in [60, 100, 100] {
            #expect(admit(now) == .pass)
            breaker.failed(now: now)
            #expect(admit(now) == .refused(until: now + .seconds(pause)))
            now += .seconds(pause)
        }
    }

    @Test("a trial that never comes back does not keep it shut for ever")
    func lostTrial() {
        var breaker = opened()
        func admit(_ second: Int) -> CircuitBreaker.Admission { breaker.admit(now: start + .seconds(second)) }
        #expect(admit(40) == .pass)
        #expect(admit(69) != .pass)
        #expect(admit(70) == .pass)
    }

    @Test("the error says when the source is tried again, and why it is left alone")
    func message() {
        let breaker = opened()
        let last = SourceError(.timeout, "No answer within 10 s.")
        let error = breaker.error(
            wait: .seconds(30),
            date: Date(timeIntervalSince1970: 1_800_000_000),
            location: "https://hr.example",
            last: last
        )
        #expect(error.code == .timeout)
        #expect(error.message.contains("3 times in a row"))
        #expect(error.message.contains("30 s") && error.message.contains("2027-01-15T08:00:30Z"))
        #expect(error.message.contains("No answer within 10 s."))
    }

    @Test("only what says that the source is dead counts")
    func counting() {
        #expect(CircuitBreaker.counts(.connection) && CircuitBreaker.counts(.timeout))
        #expect(CircuitBreaker.counts(.status(500, retryAfter: nil)))
        #expect(!CircuitBreaker.counts(.status(503, retryAfter: .seconds(1))))
        #expect(!CircuitBreaker.counts(.status(429, retryAfter: nil)))
        #expect(!CircuitBreaker.counts(.malformed))
    }
}
