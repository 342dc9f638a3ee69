// The secret of an audit record: by it students are known again without being named, and checkpoints are signed.

import Crypto
import Foundation
import LyceumCore

/// The keys of a record, all derived from one secret of 32 bytes (HKDF-SHA-256, RFC 5869).
///
/// Whoever has the secret can try out whose hash is whose, and can sign a forged record; keep it apart from the record.
public struct AuditKey: Sendable {
    /// Keyed hashes that have taken in no more than what they are of; each is copied for a text.
    private let students: HMAC<SHA256>
    private let actors: HMAC<SHA256>
    private let queries: HMAC<SHA256>
    private let signing: Curve25519.Signing.PrivateKey

    /// Reads a secret: 32 bytes as 64 hexadecimal digits or in Base64.
    ///
    /// - Parameter location: where it comes from, for the error.
    /// - Throws: ``AuditError`` with code `bad_secret`.
    public init(_ secret: Secret, location: String = "audit.secret") throws(AuditError) {
        guard let bytes = Self.bytes(of: secret.reveal()) else {
            throw AuditError(
                .badSecret,
                "the secret of the audit record must be 32 bytes, as 64 hexadecimal digits or in Base64 (openssl rand -hex 32)",
                location: location
            )
        }
        let secret = SymmetricKey(data: bytes)
        func derived(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: secret,
                info: Data("lyceum audit \(purpose)".utf8),
                outputByteCount: 32
            )
        }
        func keyed(_ kind: String, by key: SymmetricKey) -> HMAC<SHA256> {
            var hash = HMAC<SHA256>(key: key)
            hash.update(data: Array("\(kind)\u{1F}".utf8))
            return hash
        }
        students = keyed("student", by: derived("subject"))
        actors = keyed("actor", by: derived("subject"))
        queries = keyed("query", by: derived("query"))
        do {
            let seed = derived("checkpoint")
            signing = try seed.withUnsafeBytes { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) }
        } catch {
            throw AuditError(
                .badSecret,
                "no signing key can be derived from the secret",
                location: location,
                cause: error
            )
        }
    }

    /// A new secret, as text for a secret file.
    public static func generate() -> Secret {
        Secret(Hexadecimal.text(SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }))
    }

    private static func bytes(of text: String) -> [UInt8]? {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if let bytes = Hexadecimal.bytes(text), bytes.count == 32 { return bytes }
        if let data = Data(base64Encoded: text), data.count == 32 { return Array(data) }
        return nil
    }

    // MARK: - Pseudonyms

    /// The keyed hash that stands for a student: the first 128 bits of HMAC-SHA-256, as 22 characters of base64url.
    ///
    /// Blanks around the id and its case do not count.
    public func pseudonym(ofStudent id: String) -> String {
        Self.pseudonym(of: Self.normalised(id), students)
    }

    /// The keyed hash that stands for an actor who is a student.
    public func pseudonym(ofActor id: String) -> String {
        "hash:" + Self.pseudonym(of: id, actors)
    }

    /// The keyed hash that stands for a query, by which equal ones are seen to be equal.
    public func pseudonym(ofQuery text: String) -> String {
        Self.pseudonym(of: text, queries)
    }

    private static func pseudonym(of text: String, _ keyed: HMAC<SHA256>) -> String {
        var hash = keyed
        var text = text
        text.withUTF8 { hash.update(data: UnsafeRawBufferPointer($0)) }
        return hash.finalize().withUnsafeBytes { Base64URL.text($0.prefix(16)) }
    }

    private static func normalised(_ id: String) -> String {
        // Most ids are visible ASCII, which has no blanks and needs none of Unicode's tables.
        if id.utf8.allSatisfy({ (0x21..<0x7F).contains($0) && !(0x41...0x5A).contains($0) }) { return id }
        let text = id.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            return text.precomposedStringWithCanonicalMapping.lowercased()
        }
        return String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    // MARK: - Signatures

    /// The public key that checkpoints are checked with, in Base64.
    public var publicKey: String { signing.publicKey.rawRepresentation.base64EncodedString() }

    /// Signs some bytes (Ed25519); the signature in Base64.
    func sign(_ data: Data) throws(AuditError) -> String {
        do {
            return try signing.signature(for: data).base64EncodedString()
        } catch {
            throw AuditError(.badSecret, "the checkpoint cannot be signed", cause: error)
        }
    }
}

/// A public key that checkpoints are checked with.
struct CheckpointVerifier {
    private let key: Curve25519.Signing.PublicKey

    /// Reads a key in Base64; nil if it is none.
    init?(publicKey: String) {
        guard let raw = Data(base64Encoded: publicKey),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
        else { return nil }
        self.key = key
    }

    /// Whether a signature in Base64 is that of some bytes.
    func isValid(_ signature: String, of data: Data) -> Bool {
        guard let signature = Data(base64Encoded: signature) else { return false }
        return key.isValidSignature(signature, for: data)
    }
}
