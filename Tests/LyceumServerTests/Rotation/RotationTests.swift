// Credentials are changed while requests run: no good request fails, and what was withdrawn opens nothing.

import AsyncHTTPClient
import Foundation
import Logging
import LyceumAccess
import Synchronization
import Testing

@testable import LyceumServer

@Suite("Rotation under load", .serialized, .timeLimit(.minutes(5)))
struct RotationTests {
    /// The credential that clients take for their next request, and how many requests are under way with each.
    private final class Credentials: Sendable {
        private struct State {
            var current: String
            var underWay: [String: Int] = [:]
            var answered = 0
            var isOver = false
        }

        private let state: Mutex<State>

        init(_ first: String) { state = Mutex(State(current: first)) }

        var answered: Int { state.withLock { $0.answered } }

        /// Whether clients stop asking.
        var isOver: Bool {
            get { state.withLock { $0.isOver } }
            set { state.withLock { $0.isOver = newValue } }
        }

        func take() -> String {
            state.withLock { state in
                state.underWay[state.current, default: 0] += 1
                return state.current
            }
        }

        func give(back credential: String) {
            state.withLock { state in
                state.underWay[credential, default: 0] -= 1
                state.answered += 1
            }
        }

        func change(to next: String) { state.withLock { $0.current = next } }

        func isUnused(_ credential: String) -> Bool { state.withLock { ($0.underWay[credential] ?? 0) == 0 } }
    }

    /// Keeps four clients asking with whatever credential is current, while `change` works.
    private func underLoad(
        _ server: RunningServer,
        _ credentials: Credentials,
        _ change: @escaping @Sendable (HTTPClient) async throws -> Void
    ) async throws {
        try await RunningServer.withClient { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        while !credentials.isOver {
                            let credential = credentials.take()
                            let status = try await Self.status(server, credential, client)
                            #expect(status == 200, "a good request failed after \(credentials.answered)")
                            credentials.give(back: credential)
                        }
                    }
                }
                do { try await change(client) } catch {
                    credentials.isOver = true
                    throw error
                }
                credentials.isOver = true
                try await group.waitForAll()
            }
        }
        #expect(credentials.answered > 50)
    }

    private static func status(_ server: RunningServer, _ credential: String, _ client: HTTPClient) async throws -> Int
    {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/v1/students/S-1")
        request.headers.add(name: "Authorization", value: "Bearer \(credential)")
        request.headers.add(name: "X-Purpose", value: "registration")
        let response = try await client.execute(request, timeout: .seconds(30))
        _ = try await response.body.collect(upTo: 1 << 20)
        return Int(response.status.code)
    }

    @Test("API keys are made and revoked while requests run: none with a good key fails, a revoked one opens nothing")
    func keys() async throws {
        let keys = try await TestKeys()
        let record = TestRecord()
        defer { withExtendedLifetime(record) {} }
        let access = try await ServerAccess.forTests(record: record, keys: keys)
        let first = try #require(keys.texts[.registrar])
        let credentials = Credentials(first)
        try await RunningServer.run(access: access) { server in
            try await underLoad(server, credentials) { client in
                var (old, id) = (first, try keys.store.verify(first).id)
                for round in 0..<15 {
                    // As `lyceum keys` does it, in another process: by the file.
                    let other = KeyStore(file: keys.store.file)
                    let request = KeyRequest(name: "round \(round)", role: .registrar, createdBy: "test")
                    let (record, text) = try await other.create(request)
                    credentials.change(to: text.reveal())
                    let goal = credentials.answered + 5
                    let last = old
                    try await server.until { credentials.isUnused(last) && credentials.answered >= goal }
                    _ = try await other.revoke(id, by: "test")
                    #expect(try await Self.status(server, last, client) == 401, "a revoked key opens something")
                    (old, id) = (text.reveal(), record.id)
                }
            }
        }
    }

    @Test(
        "an identity provider changes its signing key while requests run: no good token is refused, a withdrawn key's is"
    )
    func signingKeys() async throws {
        let issuer = try await SigningIssuer()
        let clock = MovableClock()
        let settings = AccessSettings(
            keys: URL.temporaryDirectory.appending(path: "lyceum-no-keys-\(UUID().uuidString).json"),
            oidc: try OIDCSettings(
                issuer: issuer.url,
                audiences: ["lyceum"],
                claims: ClaimMapping(role: "groups", roles: ["registrars": .registrar])
            ),
            rateLimits: TestKeys.limits
        )
        let record = TestRecord()
        defer { withExtendedLifetime(record) {} }
        let access = try await ServerAccess(
            authenticator: Authenticator(settings: settings, logger: Logger(label: "test"), clock: clock.clock),
            policy: Policy.bundled(),
            audit: record.open()
        )
        var key = await SigningIssuer.Key("key-0")
        issuer.publish([key])
        let first = try await issuer.token(key, clock.now)
        let credentials = Credentials(first)
        let start = key
        try await RunningServer.run(access: access) { server in
            try await underLoad(server, credentials) { client in
                var (old, oldKey) = (first, start)
                for round in 1...8 {
                    let next = await SigningIssuer.Key("key-\(round)")
                    // The new key is published beside the old one, then signs, then the old one goes.
                    issuer.publish([oldKey, next])
                    clock.advance(by: .seconds(31))
                    let token = try await issuer.token(next, clock.now)
                    credentials.change(to: token)
                    let goal = credentials.answered + 5
                    let last = old
                    try await server.until { credentials.isUnused(last) && credentials.answered >= goal }
                    issuer.publish([next])
                    clock.advance(by: .seconds(601))
                    // Old keys go on while the new ones are fetched in the background; then they are refused.
                    try await server.until { try await Self.status(server, last, client) == 401 }
                    (old, oldKey) = (token, next)
                }
            }
        }
        key = await SigningIssuer.Key("never published")
        let forged = try await issuer.token(key, clock.now)
        try await RunningServer.run(access: access) { server in
            try await RunningServer.withClient { client in
                let status = try await Self.status(server, forged, client)
                #expect(status == 401)
            }
        }
        await issuer.stop()
    }
}
