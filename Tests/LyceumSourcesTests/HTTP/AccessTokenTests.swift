// The life of an access token: who renews it, who waits, what a rejection does.

import LyceumCore
import Synchronization
import Testing

@testable import LyceumSources

@Suite("Access token") struct AccessTokenTests {
    private let now = ContinuousClock.now

    @Test("the first request renews, the others join, then all use")
    func oneRenewal() {
        var life = TokenLifecycle()
        func request(_ now: ContinuousClock.Instant) -> TokenLifecycle.Step { life.request(now: now) }
        #expect(request(now) == .renew)
        #expect(request(now) == .join)
        let token = life.renewed(AccessToken(secret: Secret("a")))
        #expect(request(now) == .use(token))
    }

    @Test("a token is renewed ahead of its end, once")
    func earlyRenewal() {
        var life = TokenLifecycle()
        func request(_ now: ContinuousClock.Instant) -> TokenLifecycle.Step { life.request(now: now) }
        _ = life.request(now: now)
        let token = life.renewed(AccessToken(secret: Secret("a"), renewAt: now + .seconds(10)))
        #expect(request(now + .seconds(9)) == .use(token))
        #expect(request(now + .seconds(10)) == .renew)
        #expect(request(now + .seconds(10)) == .join)
    }

    @Test("a rejection drops the token it names, and no newer one")
    func rejection() {
        var life = TokenLifecycle()
        func request(_ now: ContinuousClock.Instant) -> TokenLifecycle.Step { life.request(now: now) }
        _ = life.request(now: now)
        let first = life.renewed(AccessToken(secret: Secret("a")))
        #expect(life.rejected(generation: first.generation) == true)
        // Two requests had it: the second to say so drops nothing.
        #expect(life.rejected(generation: first.generation) == false)
        #expect(request(now) == .renew)
        #expect(life.rejected(generation: first.generation) == false)
        let second = life.renewed(AccessToken(secret: Secret("b")))
        #expect(life.rejected(generation: first.generation) == false)
        #expect(request(now) == .use(second))
    }

    @Test("after a failed renewal the next request tries again")
    func failure() {
        var life = TokenLifecycle()
        func request(_ now: ContinuousClock.Instant) -> TokenLifecycle.Step { life.request(now: now) }
        _ = life.request(now: now)
        life.renewalFailed()
        #expect(request(now) == .renew)
    }

    @Test("a hundred requests at once fetch one token")
    func sharedByAll() async throws {
        let fetches = Counter()
        let provider = TokenProvider {
            fetches.add()
            try await Task.sleep(for: .milliseconds(20))
            return AccessToken(secret: Secret("token"))
        }
        let tokens = try await withThrowingTaskGroup(of: AccessToken.self) { group in
            for _ in 0..<100 { group.addTask { try await provider.token() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(tokens.count == 100)
        #expect(fetches.value == 1)
    }

    @Test("a request that is cancelled does not take the token from the others")
    func cancelledRequest() async throws {
        let provider = TokenProvider {
            try await Task.sleep(for: .milliseconds(50))
            return AccessToken(secret: Secret("token"))
        }
        let first = Task { try await provider.token() }
        try await Task.sleep(for: .milliseconds(10))
        let second = Task { try await provider.token() }
        first.cancel()
        #expect(try await second.value.secret == Secret("token"))
    }
}

final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    @discardableResult func add() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
