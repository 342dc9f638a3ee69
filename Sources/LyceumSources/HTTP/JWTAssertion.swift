// The signed statement of the JWT bearer grant (RFC 7523): who asks, for whom, at which server, until when.

import CryptoExtras
import Foundation
import LyceumCore

/// Makes assertions signed with a private key (RS256, RFC 7518 section 3.3).
struct JWTAssertion: Sendable {
    /// Who asks: the API client's id.
    let issuer: String
    /// For whom: the integration system user.
    let subject: String
    /// The server that is meant.
    let audience: String
    /// Names the key, where the server knows several.
    let keyID: String?
    /// How long an assertion is good for. Short, for each is used once; servers allow a few minutes at most.
    var lifetime: Duration = .seconds(180)
    private let key: _RSA.Signing.PrivateKey

    /// Reads the key.
    ///
    /// - Parameter privateKey: an RSA key of at least 2048 bits in PEM (PKCS #1 or PKCS #8), without a passphrase.
    /// - Throws: ``SourceError`` with code `configuration` that does not show the key.
    init(issuer: String, subject: String, audience: String, keyID: String? = nil, privateKey: Secret) throws {
        self.issuer = issuer
        self.subject = subject
        self.audience = audience
        self.keyID = keyID
        do {
            key = try _RSA.Signing.PrivateKey(pemRepresentation: privateKey.reveal())
        } catch {
            throw SourceError(
                .configuration,
                "The private_key cannot be used: an RSA key of at least 2048 bits in PEM without a passphrase is expected "
                    + "(-----BEGIN PRIVATE KEY-----).",
                location: "private_key"
            )
        }
    }

    /// A new assertion.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - id: tells this assertion from all others, so that a server can refuse a second use.
    func make(now: Int, id: String = UUID().uuidString) throws -> Secret {
        struct Header: Encodable {
            var alg = "RS256"
            var typ = "JWT"
            var kid: String?
        }
        struct Claims: Encodable {
            var iss, sub, aud, jti: String
            var iat, exp: Int
        }
        let claims = Claims(
            iss: issuer,
            sub: subject,
            aud: audience,
            jti: id,
            iat: now,
            exp: now + Int(lifetime.components.seconds)
        )
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let statement =
                try Self.base64URL(encoder.encode(Header(kid: keyID))) + "."
                + Self.base64URL(encoder.encode(claims))
            let signature = try key.signature(for: Data(statement.utf8), padding: .insecurePKCS1v1_5)
            return Secret(statement + "." + Self.base64URL(signature.rawRepresentation))
        } catch {
            throw SourceError(.configuration, "The private_key cannot sign.", location: "private_key", cause: error)
        }
    }

    /// Base64 with the alphabet for URLs and without padding (RFC 7515, section 2).
    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
