// What a provider's settings may be.

import Testing

@testable import LyceumAccess

@Suite("Settings of an identity provider")
struct OIDCSettingsTests {
    private static let mapping = ClaimMapping(role: "groups", roles: ["r": .registrar])

    @Test(
        "an issuer is reached over https, or on this machine",
        arguments: [
            ("https://login.example.edu", true), ("https://login.example.edu/realms/campus/", true),
            ("http://127.0.0.1:8080", true), ("http://localhost", true), ("http://[::1]:80", true),
            ("http://login.example.edu", false), ("http://127.0.0.1.evil.example", false),
            ("ftp://login.example.edu", false),
            ("https://user:pw@login.example.edu", false), ("https://login.example.edu?x", false),
            ("https://login.example.edu#x", false), ("login.example.edu", false), ("", false), ("https://", false),
        ]
    )
    func issuers(issuer: String, isGood: Bool) {
        do {
            _ = try OIDCSettings(issuer: issuer, audiences: ["a"], claims: Self.mapping)
            #expect(isGood)
        } catch {
            #expect(!isGood && error.code == .invalidConfiguration && error.location == "issuer")
        }
    }

    @Test("the description is found under the issuer, without a second slash")
    func discovery() throws {
        for issuer in ["https://a.example/realms/x", "https://a.example/realms/x/"] {
            let settings = try OIDCSettings(issuer: issuer, audiences: ["a"], claims: Self.mapping)
            #expect(settings.discoveryURL == "https://a.example/realms/x/.well-known/openid-configuration")
        }
    }

    @Test("settings that would let nobody in, or anybody, are refused by name")
    func refused() {
        func location(_ make: () throws(AccessError) -> OIDCSettings) -> String? {
            do throws(AccessError) {
                _ = try make()
                return nil
            } catch {
                return error.location
            }
        }
        let issuer = "https://a.example"
        #expect(
            location { () throws(AccessError) in
                try OIDCSettings(issuer: issuer, audiences: [], claims: Self.mapping)
            } == "audience"
        )
        #expect(
            location { () throws(AccessError) in
                try OIDCSettings(issuer: issuer, audiences: ["a"], jwksURI: "http://a.example", claims: Self.mapping)
            } == "jwks_uri"
        )
        #expect(
            location { () throws(AccessError) in
                try OIDCSettings(issuer: issuer, audiences: ["a"], algorithms: [], claims: Self.mapping)
            } == "algorithms"
        )
        #expect(
            location { () throws(AccessError) in
                try OIDCSettings(issuer: issuer, audiences: ["a"], clockSkew: .seconds(601), claims: Self.mapping)
            } == "clock_skew"
        )
        for mapping in [
            ClaimMapping(role: "groups", roles: [:]), ClaimMapping(role: "", roles: ["r": .registrar]),
            ClaimMapping(role: "groups", roles: ["s": .student]),
        ] {
            #expect(
                location { () throws(AccessError) in
                    try OIDCSettings(issuer: issuer, audiences: ["a"], claims: mapping)
                } == "claims"
            )
        }
    }

    @Test("neither 'none' nor an HMAC algorithm can be configured")
    func algorithms() {
        for name in ["none", "None", "HS256", "HS384", "HS512", "RSA-OAEP", ""] {
            #expect(SigningAlgorithm(rawValue: name) == nil)
        }
    }
}
