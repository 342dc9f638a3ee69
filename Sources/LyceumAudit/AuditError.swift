// What can go wrong in keeping the audit record and in reading it.

/// A failure to keep the record, or to read it.
public struct AuditError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; new kinds may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The kind's stable name, as it appears in logs.
        public let description: String

        /// The secret is none, can be read by others, or is missing although there is a record made with one.
        public static let badSecret = Code(description: "bad_secret")
        /// The record was begun with another secret.
        public static let wrongKey = Code(description: "wrong_key")
        /// What stands in the record is not what was written there.
        public static let damaged = Code(description: "damaged")
        /// The disk does not take the line: it is full, read-only or broken.
        public static let storage = Code(description: "storage")
        /// More lines wait to be written than may wait.
        public static let overloaded = Code(description: "overloaded")
        /// Another process has held the record for too long.
        public static let locked = Code(description: "locked")
        /// The record takes no more lines, because the program is ending.
        public static let closed = Code(description: "closed")
        /// There is no record.
        public static let notFound = Code(description: "not_found")
        /// What was asked for cannot be answered as it stands.
        public static let badRequest = Code(description: "bad_request")
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, to what, and what to do about it.
    public let message: String
    /// Where: a file and perhaps a line of it, or the name of a setting.
    public let location: String?
    /// The error underneath, when there is one.
    public let cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, location: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.location = location
        self.cause = cause
    }

    /// One line: the message, where, and the error underneath.
    public var description: String {
        var text = message
        if let location { text += " (\(location))" }
        if let cause { text += ": \(cause)" }
        return text
    }
}
