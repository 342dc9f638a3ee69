// An API key as the server knows it: never the key, only its hash.

import Crypto
import Foundation
import LyceumCore

/// A key that a caller may present, kept as the SHA-256 of its text, with what it opens and until when.
public struct APIKey: Sendable, Hashable {
    /// What a key opens.
    public enum Scope: String, Sendable, Hashable, Codable, CaseIterable {
        /// Student search, profiles and recommendations.
        case students
        /// The history of pipeline runs.
        case runs
        /// The server's metrics.
        case metrics
    }

    /// Who holds it; appears in the access log.
    public let name: String
    /// The SHA-256 of the key's UTF-8 bytes, 32 bytes.
    public let digest: Data
    /// What it opens.
    public let scopes: Set<Scope>
    /// When it stops working, if ever.
    public let expires: Date?

    /// A key from its hash as 64 hexadecimal digits (`printf %s "$KEY" | sha256sum`).
    ///
    /// - Throws: ``ServerError`` with code `invalid_configuration` when the name is empty or the hash is not one.
    public init(
        name: String,
        sha256: String,
        scopes: Set<Scope> = Set(Scope.allCases),
        expires: Date? = nil
    ) throws {
        guard let digest = Self.bytes(ofHexadecimal: sha256), digest.count == 32 else {
            throw ServerError(
                .invalidConfiguration,
                "the sha256 of the API key '\(name)' is not 64 hexadecimal digits; make it with "
                    + "printf %s \"$KEY\" | sha256sum",
                location: "apiKeys"
            )
        }
        guard !name.isEmpty, name.utf8.count <= 64, !name.unicodeScalars.contains(where: { $0.value < 32 }) else {
            throw ServerError(
                .invalidConfiguration,
                "an API key has no name, or one over 64 bytes",
                location: "apiKeys"
            )
        }
        self.name = name
        self.digest = digest
        self.scopes = scopes
        self.expires = expires
    }

    /// A key from its text, which is hashed at once and not kept.
    ///
    /// - Throws: ``ServerError`` with code `invalid_configuration` when the name is empty or the key is shorter than 16
    ///   bytes, which could be guessed.
    public init(
        name: String,
        key: Secret,
        scopes: Set<Scope> = Set(Scope.allCases),
        expires: Date? = nil
    ) throws {
        guard (16...512).contains(key.reveal().utf8.count) else {
            throw ServerError(
                .invalidConfiguration,
                "the API key '\(name)' has fewer than 16 bytes (or over 512); openssl rand -hex 32 makes a good one",
                location: "apiKeys"
            )
        }
        try self.init(name: name, sha256: ContentHash.of(key.reveal()), scopes: scopes, expires: expires)
    }

    private init(name: String, digest: Data, scopes: Set<Scope>, expires: Date?) {
        self.name = name
        self.digest = digest
        self.scopes = scopes
        self.expires = expires
    }

    /// A fresh key of 256 random bits, and its text, which is shown once and kept nowhere.
    public static func generate(
        name: String,
        scopes: Set<Scope> = Set(Scope.allCases),
        expires: Date? = nil
    ) -> (key: APIKey, text: Secret) {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let text =
            "lyc_"
            + bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return (APIKey(name: name, digest: hash(of: text), scopes: scopes, expires: expires), Secret(text))
    }

    /// The hash as 64 hexadecimal digits, for the configuration file.
    public var sha256: String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// The SHA-256 of a presented key.
    static func hash(of text: String) -> Data {
        Data(SHA256.hash(data: Data(text.utf8)))
    }

    private static func bytes(ofHexadecimal text: String) -> Data? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes = Data(capacity: digits.count / 2)
        for pair in stride(from: 0, to: digits.count, by: 2) {
            guard let high = nibble(digits[pair]), let low = nibble(digits[pair + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
