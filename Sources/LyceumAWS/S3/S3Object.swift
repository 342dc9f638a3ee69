// What S3 says of objects.

import Foundation

/// An object without its content.
public struct S3Object: Sendable, Hashable {
    /// Its key.
    public var key: String
    /// Its size in bytes.
    public var bytes: Int64
    /// Its entity tag, which changes with its content.
    public var etag: String
    /// When it was written, in the server's words; nil if it does not say.
    public var modified: String?
}

/// A condition that a write or delete depends on, checked by the server.
public enum S3Condition: Sendable, Hashable {
    /// Whatever is there.
    case always
    /// Only if there is no such object.
    case ifAbsent
    /// Only if the object still has this entity tag.
    case ifMatch(etag: String)

    var headers: [(name: String, value: String)] {
        switch self {
        case .always: []
        case .ifAbsent: [("if-none-match", "*")]
        case .ifMatch(let etag): [("if-match", etag)]
        }
    }
}
