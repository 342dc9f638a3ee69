// A provider, a service that trusts it, and a clock, for tests of tokens.

import Foundation
import JWTKit
import Logging
import Testing

@testable import LyceumAccess

/// An issuer with one RSA key, and a verifier of its tokens.
struct TokenSetting {
    let issuer: LocalIssuer
    let key: IssuerKey
    let clock: TestClock
    let settings: OIDCSettings
    let verifier: TokenVerifier

    static let mapping = ClaimMapping(
        role: "groups",
        subject: "student_id",
        subjects: [.adviser: "employee.number"],
        roles: [
            "lyceum-students": .student, "lyceum-advisers": .adviser, "lyceum-registrars": .registrar,
            "lyceum-registry": .registrar,
        ]
    )

    /// - Parameters:
    ///   - algorithms: what the verifier allows.
    ///   - byDiscovery: whether the verifier asks the issuer where its keys are.
    init(
        algorithms: Set<SigningAlgorithm> = [.rs256, .es256],
        byDiscovery: Bool = true,
        bounds: KeyRefresh.Bounds = KeyRefresh.Bounds(),
        total: Duration = .seconds(60)
    ) async throws {
        issuer = try await LocalIssuer()
        key = try await IssuerKey.rsa("one", number: 0)
        issuer.publish(key)
        clock = TestClock()
        settings = try OIDCSettings(
            issuer: issuer.url,
            audiences: ["lyceum", "https://lyceum.example.edu"],
            jwksURI: byDiscovery ? nil : issuer.url + "/keys",
            algorithms: algorithms,
            claims: Self.mapping
        )
        verifier = Self.verifier(settings, clock, bounds: bounds, total: total)
    }

    static func verifier(
        _ settings: OIDCSettings,
        _ clock: TestClock,
        bounds: KeyRefresh.Bounds = KeyRefresh.Bounds(),
        total: Duration = .seconds(60)
    ) -> TokenVerifier {
        var logger = Logger(label: "tokens")
        logger.logLevel = .critical
        return TokenVerifier(settings: settings, logger: logger, clock: clock.clock, bounds: bounds, total: total)
    }

    /// Claims that are good now for a registrar, with changes; nil removes a claim.
    func claims(_ changes: [String: JWTHeaderField?] = [:]) -> Claims {
        let now = Int(clock.now.timeIntervalSince1970)
        var members: [String: JWTHeaderField] = [
            "iss": .string(issuer.url), "aud": "lyceum", "sub": "u-1", "iat": .int(now - 10), "nbf": .int(now - 10),
            "exp": .int(now + 300), "groups": ["lyceum-registrars", "staff"],
        ]
        for (name, value) in changes { members[name] = value }
        return Claims(members)
    }

    /// Expects a token to be refused, with the answer that all refused tokens get.
    func expectRefused(
        _ token: String,
        _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let error = await #expect(throws: AccessError.self, comment, sourceLocation: sourceLocation) {
            try await verifier.verify(token)
        }
        #expect(error?.code == .credentialRefused, comment, sourceLocation: sourceLocation)
        #expect(
            error?.description == AccessError.credentialRefused.description,
            comment,
            sourceLocation: sourceLocation
        )
    }
}

/// A token put together by hand.
func compact(header: String, payload: String, signature: [UInt8] = [1, 2, 3]) -> String {
    [base64URL(Data(header.utf8)), base64URL(Data(payload.utf8)), base64URL(Data(signature))].joined(separator: ".")
}
