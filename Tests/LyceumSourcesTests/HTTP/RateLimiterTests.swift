// The token bucket under a clock of the test's own.

import Testing

@testable import LyceumSources

@Suite("Rate limiter") struct RateLimiterTests {
    private let start = ContinuousClock.now

    @Test("a burst passes at once, the rest at the rate")
    func burst() {
        var bucket = TokenBucket(rate: 5, burst: 2, now: start)
        func reserve(_ now: ContinuousClock.Instant) -> Duration { bucket.reserve(now: now) }
        let waits = (0..<5).map { _ in reserve(start).inSeconds }
        for (wait, expected) in zip(waits, [0, 0, 0.2, 0.4, 0.6]) { #expect(abs(wait - expected) < 1e-9) }
    }

    @Test("tokens come back with time, and no more than the burst")
    func refill() {
        var bucket = TokenBucket(rate: 10, burst: 3, now: start)
        func reserve(_ now: ContinuousClock.Instant) -> Duration { bucket.reserve(now: now) }
        for _ in 0..<3 { #expect(reserve(start) == .zero) }
        let later = start + .seconds(60)
        let waits = (0..<4).map { _ in reserve(later).inSeconds }
        #expect(waits[0...2].allSatisfy { $0 == 0 })
        #expect(abs(waits[3] - 0.1) < 1e-9)
    }

    @Test("over a long time no more than the rate passes")
    func longRun() {
        var bucket = TokenBucket(rate: 5, burst: 1, now: start)
        func reserve(_ now: ContinuousClock.Instant) -> Duration { bucket.reserve(now: now) }
        var now = start
        var passed = 0
        while now < start + .seconds(100) {
            now += reserve(now)
            passed += 1
        }
        #expect(passed <= 502)
        #expect(passed >= 499)
    }

    @Test("a pause holds everyone back")
    func pause() {
        var bucket = TokenBucket(rate: 100, burst: 50, now: start)
        func reserve(_ now: ContinuousClock.Instant) -> Duration { bucket.reserve(now: now) }
        bucket.pause(until: start + .seconds(3), now: start)
        #expect(abs(reserve(start).inSeconds - 3) < 0.02)
        #expect(reserve(start + .seconds(4)) == .zero)
    }

    @Test("a pause holds everyone back where there is no limit too, and a shorter one does not end it")
    func pauseWithoutLimit() {
        var bucket = TokenBucket(rate: 0, now: start)
        func reserve(_ now: ContinuousClock.Instant) -> Duration { bucket.reserve(now: now) }
        bucket.pause(until: start + .seconds(3), now: start)
        bucket.pause(until: start + .seconds(1), now: start)
        #expect(reserve(start) == .seconds(3))
        #expect(reserve(start + .seconds(2)) == .seconds(1))
        #expect(reserve(start + .seconds(3)) == .zero)
    }

    @Test("a rate of zero means no limit")
    func unlimited() {
        var bucket = TokenBucket(rate: 0, now: start)
        func reserve(_ now: ContinuousClock.Instant) -> Duration { bucket.reserve(now: now) }
        for _ in 0..<1_000 { #expect(reserve(start) == .zero) }
    }

    @Test("no more requests are under way than allowed, and a cancelled waiter leaves the line")
    func concurrency() async throws {
        let gate = RequestGate(requestsPerSecond: 0, concurrency: 2)
        let peak = Peak()
        let waiter = try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await gate.admit {
                        await peak.enter()
                        try await Task.sleep(for: .milliseconds(5))
                        await peak.leave()
                    }
                }
            }
            let waiter = Task { try await gate.admit { Issue.record("a cancelled request was sent") } }
            waiter.cancel()
            try await group.waitForAll()
            return waiter
        }
        await #expect(throws: CancellationError.self) { try await waiter.value }
        #expect(await peak.most == 2)
    }
}

private actor Peak {
    private var now = 0
    private(set) var most = 0

    func enter() {
        now += 1
        most = max(most, now)
    }

    func leave() { now -= 1 }
}
