// Signed assertions: what they state, and that their signature fits.

import CryptoExtras
import Foundation
import Logging
import LyceumCore
import Testing

@testable import LyceumSources

@Suite("JWT assertion") struct JWTAssertionTests {
    private func decode(_ text: Substring) throws -> Data {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        return try #require(Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)))
    }

    @Test("the statement names issuer, subject, audience and times, and is signed with RS256")
    func statement() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let assertion = try JWTAssertion(
            issuer: "client",
            subject: "ISU",
            audience: "wd",
            keyID: "k1",
            privateKey: Secret(key.pemRepresentation)
        )
        let parts = try assertion.make(now: 1_800_000_000, id: "one").reveal().split(separator: ".")
        #expect(parts.count == 3)
        #expect(try String(decoding: decode(parts[0]), as: UTF8.self) == #"{"alg":"RS256","kid":"k1","typ":"JWT"}"#)
        #expect(
            try String(decoding: decode(parts[1]), as: UTF8.self)
                == #"{"aud":"wd","exp":1800000180,"iat":1800000000,"iss":"client","jti":"one","sub":"ISU"}"#
        )
        let signature = _RSA.Signing.RSASignature(rawRepresentation: try decode(parts[2]))
        let signed = Data((parts[0] + "." + parts[1]).utf8)
        #expect(key.publicKey.isValidSignature(signature, for: signed, padding: .insecurePKCS1v1_5))
        let other = Data((parts[0] + "." + parts[1] + "x").utf8)
        #expect(!key.publicKey.isValidSignature(signature, for: other, padding: .insecurePKCS1v1_5))
        #expect(!parts.joined().contains("="))
    }

    @Test(
        "a key that cannot be used is refused without being shown",
        arguments: ["", "hush-hush", "-----BEGIN PRIVATE KEY-----\naHVzaA==\n-----END PRIVATE KEY-----"]
    )
    func unusableKey(text: String) {
        #expect {
            _ = try JWTAssertion(issuer: "c", subject: "s", audience: "a", privateKey: Secret(text))
        } throws: {
            ($0 as? SourceError)?.code == .configuration && !"\($0)".contains("hush") && !"\($0)".contains("aHVz")
        }
    }

    @Test(
        "a token endpoint's answer that is not JSON is asked for again, with a new assertion; JSON without a token is not",
        arguments: ["<html>busy", #"{"access_to"#, #"{"error":"no"}"#, "[]"]
    )
    func garbledAnswer(body: String) async throws {
        let isJSON = !body.hasPrefix("<") && body != #"{"access_to"#
        let server = try await FaultServer { request in
            request.number == 0 ? .json(body) : .json(#"{"access_token":"t","expires_in":"3600"}"#)
        }
        let endpoint = try OAuthConfiguration(
            tokenURL: server.url + "/token",
            grant: .jwtBearer,
            clientID: "client",
            privateKey: Secret(try _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation),
            subject: "ISU",
            audience: "wd"
        ).endpoint(of: "hr")
        var policy = RetryPolicy()
        policy.base = .milliseconds(2)
        let client = SourceHTTPClient(limits: SourceHTTPClient.Limits(), policy: policy, logger: Logger(label: "test"))
        if isJSON {
            await #expect { _ = try await endpoint.fetch(by: client) } throws: {
                ($0 as? SourceError)?.code == .malformed && "\($0)".contains("without an access token")
            }
            #expect(server.requests.count == 1)
        } else {
            #expect(try await endpoint.fetch(by: client).secret == Secret("t"))
            #expect(server.requests.count == 2)
            #expect(Set(server.requests.map(\.body)).count == 2)
        }
        await client.close()
    }

    @Test("the JWT grant sends a new assertion each time and needs no client secret")
    func grant() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let endpoint = try OAuthConfiguration(
            tokenURL: "https://hr.example/token",
            grant: .jwtBearer,
            clientID: "client",
            privateKey: Secret(key.pemRepresentation),
            subject: "ISU",
            audience: "wd"
        ).endpoint(of: "hr")
        let bodies = try (0..<2).map { _ in String(decoding: try endpoint.request().body, as: UTF8.self) }
        #expect(bodies[0] != bodies[1])
        #expect(bodies[0].hasPrefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey"))
        #expect(try !endpoint.request().headers.contains { $0.0 == "Authorization" })
    }

    @Test("client id and secret stand in the header or in the form")
    func clientAuthentication() throws {
        var settings = OAuthConfiguration(
            tokenURL: "https://hr.example/token",
            grant: .clientCredentials,
            clientID: "client",
            clientSecret: Secret("s&cret"),
            scope: "read"
        )
        let basic = try settings.endpoint(of: "hr").request()
        #expect(String(decoding: basic.body, as: UTF8.self) == "grant_type=client_credentials&scope=read")
        #expect(basic.headers.contains { $0.0 == "Authorization" && $0.1.hasPrefix("Basic ") })
        settings.clientAuthentication = .form
        let form = try settings.endpoint(of: "hr").request()
        #expect(
            String(decoding: form.body, as: UTF8.self)
                == "grant_type=client_credentials&scope=read&client_id=client&client_secret=s%26cret"
        )
        #expect(!form.headers.contains { $0.0 == "Authorization" })
    }

    @Test("what a grant needs and does not have is named", arguments: OAuthConfiguration.Grant.allCases)
    func missing(grant: OAuthConfiguration.Grant) {
        #expect {
            _ = try OAuthConfiguration(tokenURL: "https://x.example", grant: grant, clientID: "c").endpoint(of: "hr")
        } throws: {
            ($0 as? SourceError)?.code == .configuration && "\($0)".contains("'hr'")
        }
    }
}
