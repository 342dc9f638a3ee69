// What can go wrong with a source, classified by what can be done about it.

/// An error of a source.
public struct SourceError: Error, Sendable, CustomStringConvertible {
    /// The class of an error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The class as words.
        public let description: String

        /// The configuration cannot work, whatever the source answers.
        public static let configuration = Code(description: "configuration")
        /// A driver or another component is missing on this machine.
        public static let missingComponent = Code(description: "missing component")
        /// No connection: refused, no such host, no route, TLS.
        public static let unreachable = Code(description: "unreachable")
        /// The credentials were not accepted.
        public static let unauthorized = Code(description: "unauthorized")
        /// The credentials are good and do not allow this.
        public static let forbidden = Code(description: "forbidden")
        /// The table, resource, workbook or file is not there.
        public static let notFound = Code(description: "not found")
        /// The source asked to be left alone for longer than the retry budget allows.
        public static let rateLimited = Code(description: "rate limited")
        /// No answer in time.
        public static let timeout = Code(description: "timeout")
        /// The answer cannot be read.
        public static let malformed = Code(description: "malformed")
        /// A table or column is not as required.
        public static let schema = Code(description: "schema")
        /// The answer is larger than allowed.
        public static let tooLarge = Code(description: "too large")
        /// The source died while it was being read.
        public static let interrupted = Code(description: "interrupted")
        /// The source failed on its own account.
        public static let serverFailure = Code(description: "server failure")
        /// The source refused the request as wrong.
        public static let rejected = Code(description: "rejected")
    }

    /// Its class.
    public let code: Code
    /// What happened, to what, and what to do.
    public let message: String
    /// Where: a URL without its query's secrets, `table.column`, or `file:line`.
    public let location: String?
    /// Whether the same request may succeed later.
    public let isRetryable: Bool
    /// The error below.
    public let cause: (any Error)?

    /// States an error. Without `isRetryable` the code decides.
    public init(
        _ code: Code,
        _ message: String,
        location: String? = nil,
        isRetryable: Bool? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.location = location
        self.isRetryable = isRetryable ?? Self.retryableCodes.contains(code)
        self.cause = cause
    }

    private static let retryableCodes: Set<Code> = [
        .unreachable, .rateLimited, .timeout, .interrupted, .serverFailure,
    ]

    /// The class, the message and the location in one line.
    public var description: String {
        "\(code): \(message)" + (location.map { " [\($0)]" } ?? "")
    }
}
