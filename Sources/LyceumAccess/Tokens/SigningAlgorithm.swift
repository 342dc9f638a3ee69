// The signature algorithms that tokens may be checked by.

import JWTKit

/// A signature algorithm of RFC 7518 with a public key.
///
/// `none` and the HMAC algorithms are not among them, so no configuration can turn them on: with them, whoever knows the
/// published keys could sign.
public enum SigningAlgorithm: String, Sendable, Hashable, CaseIterable {
    /// RSA, PKCS #1 v1.5, SHA-256.
    case rs256 = "RS256"
    /// RSA, PKCS #1 v1.5, SHA-384.
    case rs384 = "RS384"
    /// RSA, PKCS #1 v1.5, SHA-512.
    case rs512 = "RS512"
    /// RSA-PSS, SHA-256.
    case ps256 = "PS256"
    /// RSA-PSS, SHA-384.
    case ps384 = "PS384"
    /// RSA-PSS, SHA-512.
    case ps512 = "PS512"
    /// ECDSA on P-256, SHA-256.
    case es256 = "ES256"
    /// ECDSA on P-384, SHA-384.
    case es384 = "ES384"
    /// ECDSA on P-521, SHA-512.
    case es512 = "ES512"
    /// Ed25519.
    case eddsa = "EdDSA"

    /// The type of key that it needs (`kty`), and the curve (`crv`) where that matters.
    var keyType: (type: String, curve: String?) {
        switch self {
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: ("RSA", nil)
        case .es256: ("EC", "P-256")
        case .es384: ("EC", "P-384")
        case .es512: ("EC", "P-521")
        case .eddsa: ("OKP", "Ed25519")
        }
    }

    /// The library's name for it.
    var jwk: JWK.Algorithm? { JWK.Algorithm(rawValue: rawValue) }
}
