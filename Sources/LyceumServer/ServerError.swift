// What can go wrong in setting a server up, as opposed to answering one request.

/// A failure of the server as a whole: its configuration, its address, its resources.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; new kinds may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The kind's stable name, as it appears in logs.
        public let description: String

        /// A value in the configuration that cannot be used.
        public static let invalidConfiguration = Code(description: "invalid_configuration")
        /// The address cannot be listened on.
        public static let addressUnavailable = Code(description: "address_unavailable")
        /// A file that belongs to the program is not where it should be.
        public static let resourceMissing = Code(description: "resource_missing")
        /// An answer cannot be compressed.
        public static let compressionFailed = Code(description: "compression_failed")
        /// The run ledger cannot be read.
        public static let runsUnavailable = Code(description: "runs_unavailable")
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, to what, and what to do about it.
    public let message: String
    /// The error underneath, when there is one.
    public let cause: (any Error)?
    /// Where: a file, an address, or the name of a setting.
    public let location: String?

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
