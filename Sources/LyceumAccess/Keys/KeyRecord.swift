// What the store knows of an API key: everything but the key.

import Crypto
import Foundation
import LyceumCore

/// One API key as it is kept: whom it stands for, what it opens, until when, and the hash of its text.
public struct KeyRecord: Sendable, Hashable {
    /// The public part of the key; logs and the audit record name it.
    public let id: String
    /// What people call it, such as the program that uses it.
    public let name: String
    /// The part its holder plays.
    public let role: Role
    /// Whom the role is about; nil for roles that are about everyone.
    public let subject: String?
    /// What it opens: all that its role does, or less.
    public let scopes: Set<Scope>
    /// The SHA-256 of the whole key, 32 bytes. One round is enough: a secret of 256 random bits cannot be guessed.
    let digest: [UInt8]
    /// When it was made.
    public let created: Date
    /// Who made it.
    public let createdBy: String
    /// When it stops working, if ever.
    public let expires: Date?
    /// When it was revoked, if it was.
    public internal(set) var revoked: Date?
    /// Who revoked it.
    public internal(set) var revokedBy: String?

    /// Whether the key opens anything at a time.
    public func isActive(at time: Date) -> Bool {
        revoked == nil && (expires.map { time < $0 } ?? true)
    }

    /// The SHA-256 of the whole key, as 64 hexadecimal digits.
    public var sha256: String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The caller that the key stands for.
    public var caller: Caller {
        Caller(id: "key:\(id)", role: role, subject: subject, credential: .key(id))
    }

    /// The hash by which a key is known.
    static func digest(of text: String) -> [UInt8] {
        Array(SHA256.hash(data: Data(text.utf8)))
    }
}
