// The issuer's keys over time: rotated, removed, out of reach.

import Foundation
import JWTKit
import Synchronization
import Testing

@testable import LyceumAccess

@Suite("Keys of the identity provider", .timeLimit(.minutes(5)))
struct KeyRotationTests {
    @Test("a new key is picked up when a token names it, and the old one is refused once it is gone")
    func rotation() async throws {
        let setting = try await TokenSetting()
        let old = try await setting.key.sign(setting.claims(["exp": .int(4_000_000_000)]))
        _ = try await setting.verifier.verify(old)
        setting.clock.advance(by: .seconds(31))
        let next = try await IssuerKey.ecdsa("two")
        setting.issuer.publish(setting.key, next)
        _ = try await setting.verifier.verify(try await next.sign(setting.claims()))
        _ = try await setting.verifier.verify(old)
        #expect(setting.issuer.keyRequests == 2)
        // The old key is withdrawn: at the latest when the answer's time is up, and for tokens seen before as well.
        setting.issuer.publish(next)
        setting.clock.advance(by: .seconds(601))
        await setting.expectRefused(old)
        _ = try await setting.verifier.verify(try await next.sign(setting.claims()))
        #expect(setting.issuer.keyRequests == 3)
    }

    @Test("keys are rotated again and again under continuous requests, and none fails")
    func rotationUnderLoad() async throws {
        let setting = try await TokenSetting()
        let current = CurrentKey(setting.key)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<4 {
                group.addTask {
                    var verified = 0
                    while let key = current.key {
                        let token = try await key.sign(setting.claims(["sub": .string("u-\(number)-\(verified)")]))
                        _ = try await setting.verifier.verify(token)
                        verified += 1
                        current.note()
                    }
                    return verified
                }
            }
            var previous = setting.key
            for round in 0..<5 {
                let next = try await IssuerKey.ecdsa("round-\(round)")
                // As providers do it: the new key stands beside the last one before it signs, the one before that goes.
                setting.issuer.publish(previous, next)
                setting.clock.advance(by: .seconds(31))
                try await current.change(to: next, after: 20)
                previous = next
            }
            try await current.change(to: nil, after: 20)
            var total = 0
            for try await verified in group { total += verified }
            #expect(total >= 120)
        }
        #expect((2...8).contains(setting.issuer.keyRequests))
    }

    /// The key that signs, and how often it has.
    private final class CurrentKey: Sendable {
        private let state: Mutex<(key: IssuerKey?, uses: Int)>

        init(_ key: IssuerKey) { state = Mutex((key, 0)) }

        var key: IssuerKey? { state.withLock { $0.key } }

        func note() { state.withLock { $0.uses += 1 } }

        /// Puts another key in its place once it has been used so often.
        func change(to next: IssuerKey?, after uses: Int) async throws {
            while state.withLock({ $0.uses }) < uses { try await Task.sleep(for: .milliseconds(5)) }
            state.withLock { $0 = (next, 0) }
        }
    }

    @Test("keys that grow old are fetched anew without anyone waiting")
    func refreshAhead() async throws {
        let setting = try await TokenSetting()
        let token = try await setting.key.sign(setting.claims(["exp": .int(4_000_000_000)]))
        _ = try await setting.verifier.verify(token)
        setting.clock.advance(by: .seconds(450))
        setting.issuer.change { $0.delay = .milliseconds(200) }
        _ = try await setting.verifier.verify(token)
        for _ in 0..<100 where setting.issuer.keyRequests < 2 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(setting.issuer.keyRequests == 2)
    }

    @Test("a provider that names no keys may change its one key")
    func namelessRotation() async throws {
        let setting = try await TokenSetting()
        let first = try await IssuerKey.rsa(nil, number: 1)
        let second = try await IssuerKey.rsa(nil, number: 2)
        setting.issuer.publish(first)
        _ = try await setting.verifier.verify(try await first.sign(setting.claims()))
        setting.issuer.publish(second)
        setting.clock.advance(by: .seconds(31))
        _ = try await setting.verifier.verify(try await second.sign(setting.claims()))
        await setting.expectRefused(try await first.sign(setting.claims(["sub": "u-2"])))
    }

    @Test("a flood of unknown keys costs the provider one request per half minute")
    func flood() async throws {
        let setting = try await TokenSetting()
        _ = try await setting.verifier.verify(try await setting.key.sign(setting.claims()))
        #expect(setting.issuer.keyRequests == 1)
        for round in 0..<3 {
            setting.clock.advance(by: .seconds(31))
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let header: JWTHeader = ["kid": .string("unknown-\(round)-\(number)")]
                        guard let token = try? await setting.key.sign(setting.claims(), header: header) else { return }
                        await setting.expectRefused(token)
                    }
                }
            }
            // One after the other, so that none can share another's attempt.
            for number in 0..<10 {
                let header: JWTHeader = ["kid": .string("later-\(round)-\(number)")]
                await setting.expectRefused(try await setting.key.sign(setting.claims(), header: header))
            }
            #expect(setting.issuer.keyRequests == 2 + round)
        }
        _ = try await setting.verifier.verify(try await setting.key.sign(setting.claims()))
    }

    @Test("many first tokens at once cost one request")
    func oneAttempt() async throws {
        let setting = try await TokenSetting()
        setting.issuer.change { $0.delay = .milliseconds(200) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let token = try await setting.key.sign(setting.claims(["sub": .string("u-\(number)")]))
                    #expect(try await setting.verifier.verify(token).id == "oidc:u-\(number)")
                }
            }
            try await group.waitForAll()
        }
        #expect(setting.issuer.keyRequests == 1)
    }

    @Test("while the provider is down its old keys go on, but not for ever")
    func outage() async throws {
        let setting = try await TokenSetting()
        func token(_ sub: String) async throws -> String {
            try await setting.key.sign(setting.claims(["sub": .string(sub), "exp": .int(4_000_000_000)]))
        }
        _ = try await setting.verifier.verify(try await token("before"))
        await setting.issuer.stop()
        _ = try await setting.verifier.verify(try await token("fresh"))
        setting.clock.advance(by: .seconds(601))
        _ = try await setting.verifier.verify(try await token("stale"))
        setting.clock.advance(by: .seconds(6 * 3600 - 60))
        _ = try await setting.verifier.verify(try await token("still within its grace"))
        setting.clock.advance(by: .seconds(120))
        let late = try await token("late")
        let error = await #expect(throws: AccessError.self) { try await setting.verifier.verify(late) }
        #expect(error?.code == .providerUnreachable)
    }

    @Test("without keys at the start tokens are refused for now, with the time to wait, and it heals by itself")
    func coldStart() async throws {
        let setting = try await TokenSetting()
        setting.issuer.change { $0.status = 503 }
        let token = try await setting.key.sign(setting.claims())
        for _ in 0..<10 {
            let error = await #expect(throws: AccessError.self) { try await setting.verifier.verify(token) }
            #expect(error?.code == .providerUnreachable)
            #expect(try #require(error?.retryAfter) == .seconds(5))
        }
        #expect(setting.issuer.keyRequests == 1)
        setting.issuer.change { $0.status = 200 }
        setting.clock.advance(by: .seconds(5))
        _ = try await setting.verifier.verify(token)
        #expect(setting.issuer.keyRequests == 2)
    }

    @Test("a provider whose answers cannot be used gives no keys")
    func unusable() async throws {
        let setting = try await TokenSetting()
        let token = try await setting.key.sign(setting.claims())
        let changes: [@Sendable (inout LocalIssuer.Behaviour) -> Void] = [
            { $0.issuer = "https://another.example" }, { $0.issuer = setting.issuer.url + "/" },
            { $0.jwksURI = "http://keys.example/keys" }, { $0.jwksURI = "file:///etc/passwd" },
            { $0.status = 404 }, { $0.keysBody = "no keys" }, { $0.keysBody = "[]" }, { $0.keysBody = "{}" },
            {
                $0.status = 302
                $0.location = setting.issuer.url + "/keys"
            },
            { $0.keysBody = "{\"keys\": [" + String(repeating: " ", count: 300 << 10) + "]}" },
            { $0.keysBody = "{\"keys\": [" + String(repeating: "1,", count: 100) + "1]}" },
            { $0.delay = .seconds(120) },
        ]
        for (number, change) in changes.enumerated() {
            let key = setting.key.published
            setting.issuer.change {
                $0 = LocalIssuer.Behaviour(keys: [key])
                change(&$0)
            }
            // Only the last one is too slow; a busy machine must not make the others so.
            let total: Duration = number == changes.count - 1 ? .milliseconds(300) : .seconds(60)
            let verifier = TokenSetting.verifier(setting.settings, setting.clock, total: total)
            let error = await #expect(throws: AccessError.self, "\(number)") { try await verifier.verify(token) }
            #expect(error?.code == .providerUnreachable, "\(number)")
        }
        let key = setting.key.published
        setting.issuer.change { $0 = LocalIssuer.Behaviour(keys: ["17", "null", #"{"kty": 3}"#, key]) }
        _ = try await setting.verifier.verify(token)
    }

    @Test(
        "answers are kept as long as they say, within bounds",
        arguments: [
            ("max-age=600", 600), ("public, max-age=\"120\"", 120), ("max-age=1", 60), ("no-store", 60),
            ("max-age=99999999999999999999", 86_400), ("max-age=-5", 60), (nil, 900), ("private", 900),
        ] as [(String?, Int)]
    )
    func lifetimes(header: String?, seconds: Int) async throws {
        let setting = try await TokenSetting()
        setting.issuer.change { $0.cacheControl = header }
        _ = try await setting.verifier.verify(try await setting.key.sign(setting.claims()))
        let next = try await IssuerKey.rsa("two", number: 1)
        setting.issuer.publish(next)
        let old = try await setting.key.sign(setting.claims(["sub": "u-3", "exp": .int(4_000_000_000)]))
        // Short of three quarters of the time nothing is fetched, and at its end everything is.
        setting.clock.advance(by: .seconds(seconds * 7 / 10))
        _ = try await setting.verifier.verify(old)
        #expect(setting.issuer.keyRequests == 1)
        setting.clock.advance(by: .seconds(seconds - seconds * 7 / 10))
        await setting.expectRefused(old)
        #expect(setting.issuer.keyRequests == 2)
    }
}
