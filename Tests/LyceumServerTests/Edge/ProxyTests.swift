// Behind a proxy: whom wrong credentials count against.

import Logging
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("Behind a proxy")
struct ProxyTests {
    /// How another server's key is answered, from where the header tells.
    private func attempt(_ forwarded: String, at port: Int) async throws -> Int {
        let key = try await TestKeys.text(.registrar)
        let request =
            "GET /v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-API-Key: \(key)\r\n"
            + "X-Forwarded-For: \(forwarded)\r\n\r\n"
        return try #require(try await SocketExchange.send(request, to: port).statuses.first)
    }

    private func access(_ record: TestRecord) async throws -> ServerAccess {
        var failures = RateLimits.Failures()
        (failures.free, failures.most) = (2, 3)
        let limits = RateLimits(roles: [:], standard: TestKeys.limits.standard, failures: failures)
        let keys = try await TestKeys()
        return try ServerAccess(
            authenticator: Authenticator(
                settings: AccessSettings(keys: keys.store.file, rateLimits: limits),
                logger: Logger(label: "test")
            ),
            policy: Policy.bundled(),
            audit: try await record.open()
        )
    }

    @Test("wrong keys count against the client that a believed proxy names, and against nobody else")
    func believed() async throws {
        let record = TestRecord()
        try await RunningServer.run(
            access: try await access(record),
            configure: { $0.trustedProxies = AddressBlocks(["127.0.0.1"]) ?? AddressBlocks() }
        ) { server in
            for _ in 0..<4 { _ = try await attempt("203.0.113.7", at: server.port) }
            #expect(try await attempt("203.0.113.7", at: server.port) == 429)
            #expect(try await attempt("203.0.113.8", at: server.port) == 401)
            // What the client itself wrote stands before what the proxy added.
            #expect(try await attempt("198.51.100.1, 203.0.113.7", at: server.port) == 429)
        }
        withExtendedLifetime(record) {}
    }

    @Test("without a believed proxy the header says nothing")
    func unbelieved() async throws {
        let record = TestRecord()
        try await RunningServer.run(access: try await access(record)) { server in
            for number in 0..<4 { _ = try await attempt("203.0.113.\(number)", at: server.port) }
            #expect(try await attempt("203.0.113.99", at: server.port) == 429)
        }
        withExtendedLifetime(record) {}
    }
}
