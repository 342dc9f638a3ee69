// Requests without a credential are counted by address.

import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("Limits of callers without a credential")
struct AnonymousLimitTests {
    @Test("an address that asks too often gets 429 with Retry-After; health, pages and callers with a key go on")
    func byAddress() async throws {
        let keys = try await TestKeys()
        var limits = RateLimits()
        limits.anonymous = .init(perSecond: 0.001, burst: 3)
        let settings = AccessSettings(keys: keys.store.file, rateLimits: limits)
        let record = TestRecord()
        defer { withExtendedLifetime(record) {} }
        let access = try await ServerAccess(
            authenticator: Authenticator(settings: settings, logger: Logger(label: "test")),
            policy: Policy.bundled(),
            audit: record.open()
        )
        try await RunningServer.run(access: access) { server in
            func status(_ path: String, _ key: String? = nil) async throws -> SocketExchange {
                let credential = key.map { "X-API-Key: \($0)\r\n" } ?? ""
                return try await SocketExchange.send(
                    "GET \(path) HTTP/1.1\r\nHost: a\r\n\(credential)Connection: close\r\n\r\n",
                    to: server.port
                )
            }
            for _ in 0..<3 { #expect(try await status("/v1/jobs/J-1").statuses == [200]) }
            let refused = try await status("/v1/jobs/J-1")
            #expect(refused.statuses == [429])
            #expect(refused.text.contains("urn:lyceum:problem:rate-limited"))
            let wait = try #require(refused.text.firstMatch(of: /(?i)retry-after: ([0-9]+)/))
            #expect((900...1001).contains(try #require(Int(wait.output.1))))
            // What is refused for want of a credential is counted too.
            #expect(try await status("/v1/students/S-1").statuses == [429])
            for path in ["/health/live", "/health/ready", "/openapi.json"] {
                #expect(try await status(path).statuses == [200], "\(path)")
            }
            let registrar = try #require(keys.texts[.registrar])
            #expect(try await status("/v1/jobs/J-1", registrar).statuses == [200])
        }
    }
}
