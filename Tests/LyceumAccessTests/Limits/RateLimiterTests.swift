// Token buckets and failed attempts, on a clock of the test's own.

import Foundation
import Testing

@testable import LyceumAccess

private func caller(_ id: String, _ role: Role = .adviser) -> Caller {
    Caller(id: "key:\(id)", role: role, subject: "A-1", credential: .key(id))
}

@Suite("The rate limiter")
struct RateLimiterTests {
    private let clock = TestClock()

    private func limiter(_ adjust: (inout RateLimits) -> Void = { _ in }) -> RateLimiter {
        var limits = RateLimits(
            roles: [.student: .init(perSecond: 1, burst: 2)],
            standard: .init(perSecond: 10, burst: 5)
        )
        limits.anonymous = limits.standard
        adjust(&limits)
        return RateLimiter(limits: limits, clock: clock.clock)
    }

    @Test("a burst passes, the next request waits for as long as it is told, and no longer")
    func burst() throws {
        let limiter = limiter()
        for left in [4, 3, 2, 1, 0] {
            let budget = limiter.take(caller("a"))
            #expect(budget.isAdmitted && budget.remaining == left && budget.limit == 5)
        }
        let refused = limiter.take(caller("a"))
        let wait = try #require(refused.retryAfter)
        #expect(abs(wait.inSeconds - 0.1) < 1e-6)
        #expect(abs(refused.reset.inSeconds - 0.5) < 1e-6)
        clock.advance(by: wait - .milliseconds(1))
        #expect(!limiter.take(caller("a")).isAdmitted)
        clock.advance(by: .milliseconds(2))
        #expect(limiter.take(caller("a")).isAdmitted)
        #expect(!limiter.take(caller("a")).isAdmitted)
    }

    @Test("over a long time a caller gets exactly its rate, however it spreads its requests")
    func longRun() {
        let seed = randomSeed()
        print("seed \(seed): LYCEUM_SEED repeats it")
        var generator = SeededGenerator(seed: seed)
        let limiter = limiter()
        var admitted = 0
        var elapsed = Duration.zero
        while elapsed < .seconds(600) {
            let step = Duration.milliseconds(Int.random(in: 0...40, using: &generator))
            elapsed += step
            clock.advance(by: step)
            if limiter.take(caller("a")).isAdmitted { admitted += 1 }
        }
        // 600 s at 10 a second, and the burst it began with.
        #expect((5990...6006).contains(admitted), "\(admitted), seed \(seed)")
    }

    @Test("callers and roles have buckets of their own, and so have those without a credential")
    func apart() {
        let limiter = limiter()
        for _ in 0..<5 { _ = limiter.take(caller("a")) }
        #expect(!limiter.take(caller("a")).isAdmitted)
        #expect(limiter.take(caller("b")).isAdmitted)
        let student = caller("s", .student)
        #expect([0, 1, 2].map { _ in limiter.take(student).isAdmitted } == [true, true, false])
        #expect(limiter.take(anonymousFrom: "192.0.2.1").isAdmitted)
        for _ in 0..<5 { _ = limiter.take(anonymousFrom: "192.0.2.1") }
        #expect(!limiter.take(anonymousFrom: "192.0.2.1").isAdmitted)
        #expect(limiter.take(anonymousFrom: "192.0.2.2").isAdmitted)
    }

    @Test("memory is bounded: the caller that asked least recently begins anew")
    func bounded() {
        let limiter = limiter {
            $0.callersRemembered = 100
            $0.addressesRemembered = 50
        }
        for _ in 0..<5 { _ = limiter.take(caller("first")) }
        for number in 0..<1000 {
            _ = limiter.take(caller("\(number)"))
            _ = limiter.take(anonymousFrom: "203.0.113.\(number % 256)")
            limiter.noteFailure(from: "198.51.100.\(number % 256)")
        }
        #expect(limiter.remembered == [100, 50, 50])
        #expect(limiter.take(caller("first")).isAdmitted)
    }

    @Test("failed attempts: some are free, then waits double, then the address is refused; time forgives")
    func failures() throws {
        let limiter = limiter()
        let address = "203.0.113.9"
        for _ in 0..<5 {
            limiter.noteFailure(from: address)
            #expect(limiter.wait(ofAddress: address) == nil)
        }
        var waits: [Double] = []
        for _ in 6...12 {
            limiter.noteFailure(from: address)
            let wait = try #require(limiter.wait(ofAddress: address))
            waits.append(wait.inSeconds)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60])
        for _ in 13...20 { limiter.noteFailure(from: address) }
        #expect(try #require(limiter.wait(ofAddress: address)) == .seconds(900))
        #expect(limiter.wait(ofAddress: "203.0.113.10") == nil)
        clock.advance(by: .seconds(901))
        #expect(limiter.wait(ofAddress: address) == nil)
        clock.advance(by: .seconds(3600))
        limiter.noteFailure(from: address)
        #expect(limiter.wait(ofAddress: address) == nil)
    }

    @Test(
        "addresses of one network count as one",
        arguments: [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("::ffff:192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
            ("fe80::1%eth0", "fe80::1", true),
            ("", "not an address", false),
        ]
    )
    func networks(one: String, other: String, isSame: Bool) {
        #expect((RemoteAddress.group(one) == RemoteAddress.group(other)) == isSame)
    }

    @Test("the map of bounded size does what a plain model does")
    func recencyMap() {
        let seed = randomSeed()
        print("seed \(seed): LYCEUM_SEED repeats it")
        var generator = SeededGenerator(seed: seed)
        var map = RecencyMap<Int, Int>(capacity: 8)
        var model: [(key: Int, value: Int)] = []
        for step in 0..<20_000 {
            let key = Int.random(in: 0..<16, using: &generator)
            let position = model.firstIndex { $0.key == key }
            switch Int.random(in: 0..<10, using: &generator) {
            case 0:
                map.remove(key)
                if let position { model.remove(at: position) }
            case 1...4:
                map.set(step, for: key)
                if let position { model.remove(at: position) } else if model.count == 8 { model.removeFirst() }
                model.append((key, step))
            default:
                #expect(map.value(of: key) == position.map { model[$0].value }, "seed \(seed), step \(step)")
                if let position { model.append(model.remove(at: position)) }
            }
            #expect(map.count == model.count)
        }
    }
}
