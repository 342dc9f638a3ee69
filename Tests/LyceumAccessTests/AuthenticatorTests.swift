// From two headers and an address to a caller.

import Foundation
import JWTKit
import Logging
import Testing

@testable import LyceumAccess

@Suite("The authenticator", .timeLimit(.minutes(5)))
struct AuthenticatorTests {
    private let setting: TokenSetting
    private let folder: TemporaryFolder
    private let authenticator: Authenticator
    private let key: String

    init() async throws {
        setting = try await TokenSetting()
        folder = try TemporaryFolder()
        var logger = Logger(label: "authenticator")
        logger.logLevel = .critical
        authenticator = Authenticator(
            settings: AccessSettings(
                keys: folder.url.appending(path: "keys.json"),
                oidc: setting.settings,
                rateLimits: RateLimits(standard: .init(perSecond: 1, burst: 30))
            ),
            logger: logger,
            clock: setting.clock.clock
        )
        let request = KeyRequest(name: "desk", role: .adviser, subject: "A-7", scopes: [.students], createdBy: "test")
        key = try await authenticator.keys.create(request).text.reveal()
    }

    private func ask(
        _ authorization: String?,
        apiKey: String? = nil,
        from address: String = "192.0.2.1"
    ) async throws(AccessError) -> AuthenticatedCaller {
        try await authenticator.authenticate(authorization: authorization, apiKey: apiKey, address: address)
    }

    private func code(_ authorization: String?, apiKey: String? = nil, from address: String = "192.0.2.1") async
        -> AccessError.Code?
    {
        do throws(AccessError) {
            _ = try await ask(authorization, apiKey: apiKey, from: address)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("a key comes as a bearer or in its own header, a token as a bearer")
    func ways() async throws {
        for caller in [
            try await ask("Bearer \(key)"), try await ask("bearer   \(key) "), try await ask(nil, apiKey: key),
        ] {
            #expect(caller.caller.role == .adviser && caller.scopes == [.students])
        }
        let token = try await setting.key.sign(setting.claims())
        let caller = try await ask("Bearer \(token)")
        #expect(caller.caller.id == "oidc:u-1" && caller.scopes == Role.registrar.scopes)
        #expect(caller.budget.remaining == 29)
    }

    @Test("scopes that a credential does not open are said to be missing")
    func scopes() async throws {
        let caller = try await ask(nil, apiKey: key)
        try caller.require(.students)
        let error = #expect(throws: AccessError.self) { try caller.require(.runs) }
        #expect(error?.code == .scopeMissing)
    }

    @Test("no credential is one answer, a wrong one another")
    func wrong() async throws {
        let token = try await setting.key.sign(setting.claims())
        #expect(await code(nil) == .credentialRequired)
        #expect(await code("Basic dXNlcjpwdw==") == .credentialRequired)
        #expect(await code("") == .credentialRequired)
        for text in [
            "Bearer", "Bearer ", "Bearer x", "Bearer \(key)x", "Bearer \(key) \(key)", "Bearer \u{0}", "Bearer é",
        ] {
            #expect(await code(text, from: UUID().uuidString) == .credentialRefused, "\(text)")
        }
        #expect(await code(nil, apiKey: token, from: "198.51.100.1") == .credentialRefused)
        #expect(await code(nil, apiKey: "", from: "198.51.100.1") == .credentialRefused)
        #expect(await code("Bearer \(key)", apiKey: key, from: "198.51.100.1") == .credentialRefused)
        #expect(
            await code("Bearer " + String(repeating: "x", count: 1 << 20), from: "198.51.100.1") == .credentialRefused
        )
    }

    @Test("tokens are refused where no provider is configured")
    func noProvider() async throws {
        var logger = Logger(label: "authenticator")
        logger.logLevel = .critical
        let keysOnly = Authenticator(
            settings: AccessSettings(keys: folder.url.appending(path: "keys.json")),
            logger: logger
        )
        let token = try await setting.key.sign(setting.claims())
        let error = await #expect(throws: AccessError.self) {
            try await keysOnly.authenticate(authorization: "Bearer \(token)", apiKey: nil, address: "192.0.2.1")
        }
        #expect(error?.code == .credentialRefused)
        _ = try await keysOnly.authenticate(authorization: "Bearer \(key)", apiKey: nil, address: "192.0.2.1")
    }

    @Test("a caller over its limit is told how long to wait, and others are not held up")
    func limit() async throws {
        for _ in 0..<30 { _ = try await ask("Bearer \(key)") }
        do throws(AccessError) {
            _ = try await ask("Bearer \(key)")
            Issue.record("the 31st request passed")
        } catch {
            #expect(error.code == .rateLimited && error.retryAfter == .seconds(1))
        }
        let token = try await setting.key.sign(setting.claims())
        _ = try await ask("Bearer \(token)")
        setting.clock.advance(by: .seconds(1))
        _ = try await ask("Bearer \(key)")
    }

    @Test("guessing closes the address to new credentials, not to those known there to be good")
    func guessing() async throws {
        _ = try await ask("Bearer \(key)")
        let fresh = try await authenticator.keys.create(
            KeyRequest(name: "new", role: .registrar, createdBy: "test")
        ).text.reveal()
        let guess = "Bearer lyc_aaaaaaaaaaaa_" + String(repeating: "a", count: 43)
        for _ in 0..<6 { #expect(await code(guess) == .credentialRefused) }
        #expect(await code(guess) == .rateLimited)
        // Neither does the right key help who is made to wait, or the answer would say which guess was right.
        #expect(await code("Bearer \(fresh)") == .rateLimited)
        #expect(await code("Bearer \(fresh)", from: "192.0.2.2") == nil)
        #expect(await code("Bearer \(key)") == nil)
        setting.clock.advance(by: .seconds(2))
        #expect(await code(guess) == .credentialRefused)
        #expect(await code(guess) == .rateLimited)
        // A known credential that is revoked is no longer one.
        let id = try #require(KeyText.id(in: key))
        try await authenticator.keys.revoke(id, by: "test")
        #expect(await code("Bearer \(key)") == .credentialRefused)
        #expect(await code("Bearer \(key)") == .rateLimited)
    }

    @Test("a request without a credential costs an address nothing")
    func noCredential() async {
        for _ in 0..<100 { #expect(await code(nil) == .credentialRequired) }
        #expect(await code("Bearer \(key)") == nil)
    }

    @Test("a damaged key store keeps keys out and says so, and tokens still work")
    func damagedStore() async throws {
        let file = folder.url.appending(path: "keys.json")
        try Data("{".utf8).write(to: file)
        for _ in 0..<30 { #expect(await code("Bearer \(key)") == .keyStoreUnreadable) }
        let token = try await setting.key.sign(setting.claims())
        #expect(await code("Bearer \(token)") == nil)
    }
}
