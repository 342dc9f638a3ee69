// What can go wrong in the sandbox.

/// An error of the sandbox.
public struct SandboxError: Error, Sendable, CustomStringConvertible {
    /// What kind of error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        /// The data or SQL that comes with the package is missing or damaged.
        public static let resources = Code(description: "resources")
        /// A database did not do what it was asked.
        public static let database = Code(description: "database")
        /// The database holds tables of the same names that the sandbox did not make.
        public static let occupied = Code(description: "occupied")
        /// A file or folder could not be read or written.
        public static let files = Code(description: "files")
        /// The server could not start.
        public static let server = Code(description: "server")
        /// The faults that were asked for cannot be made.
        public static let faults = Code(description: "faults")
    }

    /// What kind of error.
    public let code: Code
    /// What happened, to what, and what to do.
    public let message: String
    /// The error behind it.
    public let cause: (any Error)?
    /// The file, table or address it happened at.
    public let location: String?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil, location: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.location = location
    }

    /// Message, place and cause in one line.
    public var description: String {
        var text = message
        if let location { text += " (\(location))" }
        if let cause { text += ": \(cause)" }
        return text
    }
}
