// A signed token as it travels: header, claims and signature (RFC 7515, compact serialization).

import Foundation

/// A token taken apart; nothing of it is true until the signature has been checked.
struct CompactToken {
    /// The longest token that is looked at, in bytes.
    static let mostBytes = 8 << 10

    /// The algorithm that the token says it is signed by.
    let algorithm: SigningAlgorithm
    /// The key that it says it is signed with.
    let keyID: String?
    /// The claims.
    let claims: [String: ClaimValue]
    /// The signature.
    let signature: [UInt8]
    /// What is signed: header and claims as they were written.
    let signed: ArraySlice<UInt8>

    /// The header's members that matter here. Keys that come along (`jwk`, `jku`, `x5c`, `x5u`) are not looked at:
    /// a token cannot say whom to trust.
    private struct Header: Decodable {
        let alg: String
        let kid: String?
        let typ: String?
        let hasCritical: Bool

        enum CodingKeys: String, CodingKey { case alg, kid, typ, crit }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            alg = try container.decode(String.self, forKey: .alg)
            kid = try container.decodeIfPresent(String.self, forKey: .kid)
            typ = try container.decodeIfPresent(String.self, forKey: .typ)
            hasCritical = container.contains(.crit)
        }
    }

    /// Takes a token apart.
    ///
    /// - Parameter allowed: the algorithms that are configured.
    init(_ text: String, allowing allowed: Set<SigningAlgorithm>) throws(TokenFault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.mostBytes else { throw .tooLong }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .malformed }
        let decoder = JSONDecoder()
        guard let fields = try? decoder.decode(Header.self, from: Data(header)) else { throw .malformed }
        guard let algorithm = SigningAlgorithm(rawValue: fields.alg), allowed.contains(algorithm) else {
            throw .algorithm
        }
        guard !fields.hasCritical else { throw .critical }
        // A provider signs other things by the same key, such as notices of logout (RFC 8725, section 3.11).
        if let type = fields.typ?.lowercased(), !["jwt", "at+jwt", "application/at+jwt"].contains(type) {
            throw .type
        }
        if let keyID = fields.kid, keyID.utf8.count > 256 { throw .malformed }
        guard !signature.isEmpty else { throw .signature }
        guard let claims = try? decoder.decode([String: ClaimValue].self, from: Data(payload)) else {
            throw .malformed
        }
        self.algorithm = algorithm
        keyID = fields.kid
        self.claims = claims
        self.signature = signature
        signed = bytes[..<parts[1].endIndex]
    }

    /// Checks issuer, audience and times.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: when the token stops being good, in seconds since 1970, the skew included.
    func check(_ settings: OIDCSettings, now: Double) throws(TokenFault) -> Double {
        let skew = settings.clockSkew.inSeconds
        guard claims["iss"]?.text == settings.issuer else { throw .issuer }
        let audiences: [String] =
            switch claims["aud"] {
            case .text(let audience): [audience]
            case .list(let values): values.compactMap(\.text)
            default: []
            }
        guard audiences.contains(where: settings.audiences.contains) else { throw .audience }
        guard let expires = claims["exp"]?.number, now < expires + skew else { throw .expired }
        if let notBefore = claims["nbf"] {
            guard let time = notBefore.number, now >= time - skew else { throw .notYetValid }
        }
        if let issued = claims["iat"] {
            guard let time = issued.number, now >= time - skew else { throw .notYetValid }
        }
        return expires + skew
    }
}
