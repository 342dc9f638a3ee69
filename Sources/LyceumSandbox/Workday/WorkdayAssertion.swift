// Checks the signed statements of the JWT bearer grant. No I/O.

import CryptoExtras
import Foundation

/// A signed statement of who asks, for whom, at which server, until when (RFC 7523).
struct WorkdayAssertion: Sendable, Equatable {
    var issuer: String
    var subject: String
    var audience: String
    /// Seconds since 1970.
    var expiry: Int
    /// Tells this statement from all others.
    var id: String?

    /// What is not as it must be.
    struct Fault: Error, Equatable {
        let reason: String
    }

    /// The audience that Workday expects.
    static let audience = "wd"
    /// The longest time that a statement may be good for, in seconds.
    static let longestLife = 300

    /// Reads a statement whose signature (RS256) fits the public key.
    init(_ text: String, publicKey: String) throws(Fault) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Self.decode(parts[0]), let body = Self.decode(parts[1]),
            let signature = Self.decode(parts[2])
        else { throw Fault(reason: "the assertion is no JWT") }
        struct Header: Decodable { var alg: String }
        struct Claims: Decodable {
            var iss, sub, aud: String
            var exp: Int
            var jti: String?
        }
        let decoder = JSONDecoder()
        guard let header = try? decoder.decode(Header.self, from: head), header.alg == "RS256" else {
            throw Fault(reason: "the assertion is not signed with RS256")
        }
        guard let key = try? _RSA.Signing.PublicKey(pemRepresentation: publicKey) else {
            throw Fault(reason: "the client's public key cannot be read")
        }
        let statement = Data((parts[0] + "." + parts[1]).utf8)
        guard
            key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature),
                for: statement,
                padding: .insecurePKCS1v1_5
            )
        else { throw Fault(reason: "the assertion's signature does not fit") }
        guard let claims = try? decoder.decode(Claims.self, from: body) else {
            throw Fault(reason: "the assertion lacks iss, sub, aud or exp")
        }
        issuer = claims.iss
        subject = claims.sub
        audience = claims.aud
        expiry = claims.exp
        id = claims.jti
    }

    /// Checks what is stated.
    func check(client: String, user: String, now: Int) throws(Fault) {
        guard issuer == client else { throw Fault(reason: "iss is not the API client") }
        guard subject == user else { throw Fault(reason: "sub is no user that the client may act for") }
        guard audience == Self.audience else { throw Fault(reason: "aud is not wd") }
        guard expiry > now else { throw Fault(reason: "the assertion has expired") }
        guard expiry <= now + Self.longestLife else { throw Fault(reason: "the assertion is good for too long") }
    }

    private static func decode(_ text: Substring) -> Data? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }
}
