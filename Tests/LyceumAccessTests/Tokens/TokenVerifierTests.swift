// Tokens of a real issuer: which are accepted, and that no others are.

import Crypto
import Foundation
import JWTKit
import Testing

@testable import LyceumAccess

@Suite("Tokens", .timeLimit(.minutes(5)))
struct TokenVerifierTests {
    @Test(
        "a token by RS256 and one by ES256 stand for their callers, keys found by discovery or by address",
        arguments: [true, false]
    )
    func accepted(byDiscovery: Bool) async throws {
        let setting = try await TokenSetting(byDiscovery: byDiscovery)
        let curve = try await IssuerKey.ecdsa("two")
        setting.issuer.publish(setting.key, curve)
        for key in [setting.key, curve] {
            let caller = try await setting.verifier.verify(try await key.sign(setting.claims()))
            #expect(
                caller
                    == Caller(
                        id: "oidc:u-1",
                        role: .registrar,
                        subject: nil,
                        credential: .token(issuer: setting.issuer.url)
                    )
            )
        }
        #expect(setting.issuer.keyRequests == 1)
    }

    @Test("roles and subjects come from the configured claims")
    func mapping() async throws {
        let setting = try await TokenSetting()
        func caller(_ changes: [String: JWTHeaderField?]) async throws -> Caller {
            try await setting.verifier.verify(try await setting.key.sign(setting.claims(changes)))
        }
        let student = try await caller(["groups": "lyceum-students", "student_id": .int(4711)])
        #expect(student.role == .student && student.subject == "4711")
        let adviser = try await caller([
            "groups": ["other", "lyceum-advisers"], "employee": ["number": "E-9"], "student_id": "S-1",
        ])
        #expect(adviser.role == .adviser && adviser.subject == "E-9")
        let registrar = try await caller(["groups": ["lyceum-registrars", "lyceum-registry"], "student_id": "S-1"])
        #expect(registrar.role == .registrar && registrar.subject == nil)
    }

    @Test("the audience may be a text or a list, and any configured one will do")
    func audiences() async throws {
        let setting = try await TokenSetting()
        for audience in ["lyceum", ["other", "https://lyceum.example.edu"]] as [JWTHeaderField] {
            _ = try await setting.verifier.verify(try await setting.key.sign(setting.claims(["aud": audience])))
        }
    }

    @Test("claims that are wrong, missing or of the wrong type are refused")
    func wrongClaims() async throws {
        let setting = try await TokenSetting()
        let url = setting.issuer.url
        let wrong: [[String: JWTHeaderField?]] = [
            ["iss": "https://evil.example"], ["iss": .string(url + "/")], ["iss": nil], ["iss": [.string(url)]],
            ["aud": "other"], ["aud": []], ["aud": nil], ["aud": "lyceum "], ["aud": ["Lyceum"]], ["aud": .int(1)],
            ["exp": nil], ["exp": "1900000000"], ["exp": .null], ["exp": .int(-1)], ["exp": true],
            ["nbf": "yesterday"], ["iat": "yesterday"], ["nbf": .null],
            ["sub": nil], ["sub": ""], ["sub": .int(1)], ["sub": "a\nb"],
            ["sub": .string(String(repeating: "s", count: 256))],
            ["groups": nil], ["groups": []], ["groups": "staff"], ["groups": ["LYCEUM-REGISTRARS"]],
            ["groups": .int(1)],
            ["groups": ["lyceum-registrars", "lyceum-advisers"], "employee": ["number": "E-9"]],
            ["groups": "lyceum-students"], ["groups": "lyceum-students", "student_id": ""],
            ["groups": "lyceum-students", "student_id": .decimal(1.5)],
            ["groups": "lyceum-advisers", "student_id": "S-1"], ["groups": "lyceum-advisers", "employee": "E-9"],
        ]
        for changes in wrong {
            await setting.expectRefused(try await setting.key.sign(setting.claims(changes)), "\(changes)")
        }
        _ = try await setting.verifier.verify(try await setting.key.sign(setting.claims()))
    }

    @Test("times are kept to, give or take the clock skew")
    func times() async throws {
        let setting = try await TokenSetting()
        let now = Int(setting.clock.now.timeIntervalSince1970)
        for (changes, isGood) in [
            (["exp": .int(now - 59)], true), (["exp": .int(now - 60)], false), (["exp": .int(now - 3600)], false),
            (["nbf": .int(now + 60)], true), (["nbf": .int(now + 61)], false), (["iat": .int(now + 60)], true),
            (["iat": .int(now + 61)], false), (["nbf": nil, "iat": nil], true),
            (["exp": .decimal(Double(now) + 0.5)], true),
        ] as [([String: JWTHeaderField?], Bool)] {
            let token = try await setting.key.sign(setting.claims(changes))
            if isGood {
                _ = try await setting.verifier.verify(token)
            } else {
                await setting.expectRefused(token, "\(changes)")
            }
        }
    }

    @Test("a token that was accepted is refused once it has expired")
    func expiryOfKnownToken() async throws {
        let setting = try await TokenSetting()
        let token = try await setting.key.sign(setting.claims())
        for _ in 0..<3 { _ = try await setting.verifier.verify(token) }
        setting.clock.advance(by: .seconds(359))
        _ = try await setting.verifier.verify(token)
        setting.clock.advance(by: .seconds(1))
        await setting.expectRefused(token)
    }

    @Test("'none' is refused, however it is written, and with or without a signature")
    func unsigned() async throws {
        let setting = try await TokenSetting(algorithms: Set(SigningAlgorithm.allCases))
        let good = try await setting.key.sign(setting.claims())
        let parts = good.split(separator: ".")
        for algorithm in ["none", "None", "NONE", "nOnE", ""] {
            let header = base64URL(Data(#"{"alg":"\#(algorithm)","kid":"one"}"#.utf8))
            await setting.expectRefused("\(header).\(parts[1]).", "\(algorithm)")
            await setting.expectRefused("\(header).\(parts[1]).\(parts[2])", "\(algorithm)")
        }
        await setting.expectRefused("\(parts[0]).\(parts[1]).")
        let library = await JWTKeyCollection().addUnsecuredNone()
        await setting.expectRefused(try await library.sign(setting.claims()))
    }

    @Test("HMAC with the public key, or with a key that the set itself publishes, is refused")
    func hmacConfusion() async throws {
        let setting = try await TokenSetting(algorithms: Set(SigningAlgorithm.allCases))
        let secret = "a secret that the provider should never have published"
        setting.issuer.change {
            $0.keys = [
                setting.key.published, #"{"kty":"oct","kid":"shared","k":"\#(base64URL(Data(secret.utf8)))"}"#,
                #"{"kty":"oct","kid":"hs","alg":"HS256","k":"\#(base64URL(Data(secret.utf8)))"}"#,
                #"{"kty":"oct","kid":"rs","alg":"RS256","k":"\#(base64URL(Data(secret.utf8)))"}"#,
            ]
        }
        let secrets = [
            setting.key.pem, setting.key.pem + "\n", setting.key.members["n"] ?? "", setting.key.published, secret, "",
        ]
        let payload = base64URL(try JSONEncoder().encode(setting.claims()))
        for text in secrets {
            for kid in ["one", "shared", "hs", "rs"] {
                // Under its own name, and under the name of an algorithm that is allowed.
                for algorithm in ["HS256", "RS256"] {
                    let header = base64URL(Data(#"{"alg":"\#(algorithm)","kid":"\#(kid)"}"#.utf8))
                    let signed = "\(header).\(payload)"
                    let code = HMAC<SHA256>.authenticationCode(
                        for: Data(signed.utf8),
                        using: SymmetricKey(data: Data(text.utf8))
                    )
                    await setting.expectRefused("\(signed).\(base64URL(Data(code)))", "\(algorithm) \(kid)")
                }
            }
        }
        _ = try await setting.verifier.verify(try await setting.key.sign(setting.claims()))
    }

    @Test("an algorithm that is not configured is refused although the key could do it")
    func pinnedAlgorithms() async throws {
        let setting = try await TokenSetting(algorithms: [.es256])
        let curve = try await IssuerKey.ecdsa("two")
        setting.issuer.change { $0.keys = [setting.key.json(["alg": nil]), curve.published] }
        await setting.expectRefused(try await setting.key.sign(setting.claims()))
        _ = try await setting.verifier.verify(try await curve.sign(setting.claims()))
    }

    @Test("a key is used only for what it says it is for")
    func keyPurpose() async throws {
        let setting = try await TokenSetting()
        let token = try await setting.key.sign(setting.claims())
        let unfit: [[String: String?]] = [
            ["use": "enc"], ["alg": "RS512"], ["alg": "PS256"], ["alg": "RSA-OAEP"], ["kty": "EC"], ["e": nil],
            ["n": "AQAB"],
            ["n": "!!!"], ["e": ""], ["n": String(repeating: "A", count: 5000)],
        ]
        for changes in unfit {
            setting.issuer.change { $0.keys = [setting.key.json(changes)] }
            let verifier = TokenSetting.verifier(setting.settings, setting.clock)
            let error = await #expect(throws: AccessError.self, "\(changes)") { try await verifier.verify(token) }
            #expect(error?.code == .credentialRefused, "\(changes)")
        }
        let encrypting = setting.key.published.replacing("{", with: #"{"key_ops": ["encrypt"], "#)
        setting.issuer.change { $0.keys = [encrypting] }
        await setting.expectRefused(token)
        // Without a word on its purpose a key serves what its type can.
        setting.issuer.change { $0.keys = [setting.key.json(["alg": nil, "use": nil])] }
        _ = try await TokenSetting.verifier(setting.settings, setting.clock).verify(token)
    }

    @Test("with several keys a token must name one; with one it need not")
    func keyNames() async throws {
        let setting = try await TokenSetting()
        let nameless = try await setting.key.sign(setting.claims(), header: JWTHeader())
        _ = try await setting.verifier.verify(nameless)
        let other = try await IssuerKey.rsa("two", number: 1)
        setting.issuer.publish(setting.key, other)
        let verifier = TokenSetting.verifier(setting.settings, setting.clock)
        let error = await #expect(throws: AccessError.self) { try await verifier.verify(nameless) }
        #expect(error?.code == .credentialRefused)
        _ = try await verifier.verify(try await setting.key.sign(setting.claims()))
        // The name of one key over the signature of another.
        let mixed = try await other.sign(setting.claims(), header: ["kid": "one"])
        await #expect(throws: AccessError.self) { try await verifier.verify(mixed) }
    }

    @Test("critical extensions, foreign types and keys that a token brings along are refused")
    func headers() async throws {
        let setting = try await TokenSetting()
        let stranger = try await IssuerKey.rsa("one", number: 1)
        let refused: [JWTHeader] = [
            ["kid": "one", "crit": ["exp"]], ["kid": "one", "crit": []], ["kid": "one", "crit": .null],
            ["kid": "one", "b64": false, "crit": ["b64"]], ["kid": "one", "typ": "logout+jwt"],
            ["kid": "one", "typ": "dpop+jwt"], ["kid": .int(1)], ["kid": .string(String(repeating: "k", count: 300))],
            ["kid": "../../etc/passwd"], ["kid": "' OR 1=1"],
        ]
        for header in refused {
            await setting.expectRefused(try await setting.key.sign(setting.claims(), header: header), "\(header)")
        }
        for type in ["at+jwt", "JWT", "application/at+jwt"] {
            let token = try await setting.key.sign(setting.claims(), header: ["kid": "one", "typ": .string(type)])
            _ = try await setting.verifier.verify(token)
        }
        let brought: JWTHeader = [
            "kid": "one", "jku": .string(setting.issuer.url + "/keys"),
            "jwk": ["kty": "RSA", "n": .string(stranger.members["n"] ?? ""), "e": "AQAB"],
        ]
        await setting.expectRefused(try await stranger.sign(setting.claims(), header: brought))
    }

    @Test("what is no token at all is refused, without a request to the provider")
    func garbage() async throws {
        let setting = try await TokenSetting()
        let good = try await setting.key.sign(setting.claims())
        let parts = good.split(separator: ".").map(String.init)
        let payload = String(decoding: Base64URL.decode(parts[1].utf8) ?? [], as: UTF8.self)
        let header = #"{"alg":"RS256","kid":"one"}"#
        let garbage = [
            "", ".", "..", "...", "a.b", "a.b.c", parts[0], "\(parts[0]).\(parts[1])", good + ".", "." + good,
            good + "=", good + "\n", "\(parts[0])=.\(parts[1]).\(parts[2])",
            "\(parts[0]).\(parts[1]).\(parts[2]).AAAA.AAAA",
            compact(header: "[]", payload: payload), compact(header: "null", payload: payload),
            compact(header: #"{"alg":["RS256"]}"#, payload: payload), compact(header: "{", payload: payload),
            compact(header: #"{"alg":null}"#, payload: payload), compact(header: header, payload: "[]"),
            compact(header: header, payload: "{"), compact(header: header, payload: "\u{0}"),
            compact(header: header, payload: String(repeating: #"{"a":"#, count: 900)),
            compact(header: String(repeating: "[", count: 3000), payload: payload),
            compact(header: header, payload: payload, signature: []),
            String(repeating: "a", count: 8 << 10), String(repeating: ".", count: 8 << 10),
            String(repeating: "a", count: 1 << 20),
        ]
        for token in garbage { await setting.expectRefused(token, "\(token.prefix(60))") }
        #expect(setting.issuer.keyRequests == 0)
        // Well formed, but larger than any token we look at.
        let huge = try await setting.key.sign(setting.claims(["x": .string(String(repeating: "x", count: 8000))]))
        #expect(huge.utf8.count > 8 << 10)
        await setting.expectRefused(huge)
        // Numbers that no integer holds are numbers, and no reason to fall over.
        let large = #"{"alg":"RS256","kid":"one","x":1e300}"#
        await setting.expectRefused(compact(header: large, payload: payload))
        await setting.expectRefused(compact(header: header, payload: #"{"exp":1e400,"iat":-1e300,"nbf":1e300}"#))
    }
}
