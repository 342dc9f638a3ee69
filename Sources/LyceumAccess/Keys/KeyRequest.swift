// What a new API key shall be, checked before it is made.

import Foundation

/// A key to be made.
public struct KeyRequest: Sendable, Hashable {
    /// What people call it; at most 64 bytes.
    public var name: String
    /// The part its holder plays.
    public var role: Role
    /// Whom the role is about: the student's id, the adviser's id, the employer's name; at most 128 bytes.
    public var subject: String?
    /// What it opens; nil for all that the role does.
    public var scopes: Set<Scope>?
    /// When it stops working; nil for never.
    public var expires: Date?
    /// Who makes it.
    public var createdBy: String

    /// Describes a key.
    public init(
        name: String,
        role: Role,
        subject: String? = nil,
        scopes: Set<Scope>? = nil,
        expires: Date? = nil,
        createdBy: String
    ) {
        self.name = name
        self.role = role
        self.subject = subject
        self.scopes = scopes
        self.expires = expires
        self.createdBy = createdBy
    }

    /// Checks the request.
    ///
    /// - Throws: ``AccessError`` with code `invalid_key`, its location the member's name.
    func validate(at now: Date) throws(AccessError) {
        guard Self.isWord(name, atMost: 64) else {
            throw AccessError(
                .invalidKey,
                "a key needs a name of 1 to 64 bytes without control characters",
                location: "name"
            )
        }
        guard Self.isWord(createdBy, atMost: 128) else {
            throw AccessError(.invalidKey, "it is not known who makes the key", location: "created_by")
        }
        if role.needsSubject {
            guard let subject, Self.isWord(subject, atMost: 128) else {
                throw AccessError(
                    .invalidKey,
                    "a key for the role \(role.rawValue) needs a subject of 1 to 128 bytes: whose it is",
                    location: "subject"
                )
            }
        } else if subject != nil {
            throw AccessError(
                .invalidKey,
                "the role \(role.rawValue) is not about one person or firm, so its keys have no subject",
                location: "subject"
            )
        }
        if let scopes {
            guard !scopes.isEmpty else {
                throw AccessError(.invalidKey, "a key without a scope opens nothing", location: "scopes")
            }
            let excess = scopes.subtracting(role.scopes).sorted()
            guard excess.isEmpty else {
                let names = excess.map(\.rawValue).joined(separator: ", ")
                let known = role.scopes.sorted().map(\.rawValue).joined(separator: ", ")
                throw AccessError(
                    .invalidKey,
                    "the role \(role.rawValue) does not open \(names); it opens \(known)",
                    location: "scopes"
                )
            }
        }
        if let expires, expires <= now {
            throw AccessError(.invalidKey, "the key would have expired before it was made", location: "expires")
        }
    }

    /// Whether a text is something to show on one line.
    static func isWord(_ text: String, atMost bytes: Int) -> Bool {
        !text.isEmpty && text.utf8.count <= bytes
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
