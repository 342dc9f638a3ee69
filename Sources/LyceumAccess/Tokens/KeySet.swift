// The keys that a provider signs by, as it publishes them (RFC 7517).

import Foundation
import JWTKit
import LyceumCore

/// The usable keys of a JSON Web Key Set.
struct KeySet: Sendable {
    /// The most keys that are read.
    static let mostKeys = 64

    /// A key together with an algorithm it may be used for.
    struct Verifier: Sendable {
        let keyID: String?
        let algorithm: SigningAlgorithm
        /// Which published key it is, for a key without `alg` serves several algorithms.
        let position: Int
        let check: any JWTAlgorithm
    }

    /// What a token's header finds in the set.
    enum Match {
        /// Keys that the token may be signed by.
        case keys([Verifier])
        /// No key of that name; the provider may have a new one.
        case unknown
        /// Refused whatever the provider has.
        case refused(TokenFault)
    }

    /// Tells one published set from another.
    let fingerprint: String
    /// The keys, each once for every algorithm that it may be used for.
    let verifiers: [Verifier]

    /// Reads a set.
    ///
    /// Keys that are not for checking signatures, or by none of the algorithms, are left out; secret keys (`oct`) always.
    ///
    /// - Throws: ``ProviderFault`` when it is not a key set at all.
    init(_ data: Data, allowing algorithms: Set<SigningAlgorithm>) async throws {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: data)
        } catch {
            throw ProviderFault("what it publishes as its keys is not a JSON Web Key Set")
        }
        guard document.keys.count <= Self.mostKeys else {
            throw ProviderFault("it publishes more than \(Self.mostKeys) keys")
        }
        fingerprint = ContentHash.of(data)
        var verifiers: [Verifier] = []
        for (position, key) in document.keys.compactMap(\.key).enumerated() {
            for algorithm in algorithms.sorted(by: { $0.rawValue < $1.rawValue }) where key.serves(algorithm) {
                guard let check = await key.algorithm(algorithm) else { continue }
                verifiers.append(Verifier(keyID: key.kid, algorithm: algorithm, position: position, check: check))
            }
        }
        self.verifiers = verifiers
    }

    /// The keys that a token may be signed by.
    func match(keyID: String?, algorithm: SigningAlgorithm) -> Match {
        guard let keyID else {
            guard Set(verifiers.map(\.position)).count == 1 else {
                return verifiers.isEmpty ? .unknown : .refused(.keyNotNamed)
            }
            let fitting = verifiers.filter { $0.algorithm == algorithm }
            return fitting.isEmpty ? .refused(.algorithm) : .keys(fitting)
        }
        let named = verifiers.filter { $0.keyID == keyID }
        guard !named.isEmpty else { return .unknown }
        let fitting = named.filter { $0.algorithm == algorithm }
        return fitting.isEmpty ? .refused(.algorithm) : .keys(fitting)
    }

    private struct Document: Decodable {
        let keys: [Entry]
    }

    /// A key, or something that is none, which spoils nothing but itself.
    private struct Entry: Decodable {
        let key: PublishedKey?

        init(from decoder: any Decoder) throws {
            key = try? PublishedKey(from: decoder)
        }
    }
}

/// One key of a set: its public members, and what it is for.
private struct PublishedKey: Decodable {
    let kty: String
    let use: String?
    let operations: [String]?
    let alg: String?
    let kid: String?
    let crv: String?
    let n: String?
    let e: String?
    let x: String?
    let y: String?

    enum CodingKeys: String, CodingKey {
        case kty, use, alg, kid, crv, n, e, x, y
        case operations = "key_ops"
    }

    /// Whether signatures of an algorithm may be checked with the key, by its own word.
    func serves(_ algorithm: SigningAlgorithm) -> Bool {
        let (type, curve) = algorithm.keyType
        return kty == type && (curve == nil || crv == curve) && (alg == nil || alg == algorithm.rawValue)
            && (use == nil || use == "sig") && (operations?.contains("verify") ?? true)
            && (kid?.utf8.count ?? 0) <= 256
    }

    /// The library's form of the key; nil when it is not sound: too short, not on its curve.
    func algorithm(_ algorithm: SigningAlgorithm) async -> (any JWTAlgorithm)? {
        guard let name = algorithm.jwk else { return nil }
        let identifier = JWKIdentifier(string: kid ?? "")
        let key: JWK
        switch algorithm.keyType {
        case ("RSA", _):
            // Up to 8192 bits; a longer modulus would make each check costly.
            guard let n, let e, n.utf8.count <= 1366, e.utf8.count <= 8 else { return nil }
            key = .rsa(name, identifier: identifier, modulus: n, exponent: e)
        case ("EC", let curve):
            guard let x, let y, x.utf8.count <= 128, y.utf8.count <= 128 else { return nil }
            key = .ecdsa(name, identifier: identifier, x: x, y: y, curve: curve.flatMap { ECDSACurve(rawValue: $0) })
        default:
            guard let x, x.utf8.count <= 128 else { return nil }
            key = .octetKeyPair(name, identifier: identifier, x: x, y: nil, curve: .ed25519)
        }
        let collection = JWTKeyCollection()
        return try? await collection.add(jwk: key).getKey(for: identifier)
    }
}
