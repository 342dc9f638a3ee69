// The one error of this module.

/// An error met while importing, reading or building Arrow data.
public struct ArrowError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is; compare with the static values.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, as printed.
        public let description: String

        /// A producer handed over a structure that breaks the C data interface.
        public static let malformed = Code(description: "malformed")
        /// A column was read as a type that it does not have.
        public static let typeMismatch = Code(description: "type mismatch")
        /// No column has this name.
        public static let columnNotFound = Code(description: "column not found")
        /// A type this module does not read.
        public static let unsupported = Code(description: "unsupported")
        /// A value that does not fit the column it was appended to.
        public static let invalidValue = Code(description: "invalid value")
        /// The columns of a builder have different lengths.
        public static let lengthMismatch = Code(description: "length mismatch")
        /// The producer of a stream reported a failure.
        public static let streamFailed = Code(description: "stream failed")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, to what, and what to do.
    public let message: String
    /// The error underneath, if any.
    public let cause: (any Error)?
    /// Where it happened: a column, or a column and row.
    public let location: String?

    /// Creates an error.
    public init(_ code: Code, _ message: String, location: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.location = location
        self.cause = cause
    }

    /// The error as one line.
    public var description: String {
        var text = "Arrow: \(message)"
        if let location { text += " (at \(location))" }
        if let cause { text += ": \(cause)" }
        return text
    }
}
