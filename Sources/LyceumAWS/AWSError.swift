// What can go wrong with a service of AWS, or one that speaks its protocols.

/// An error of a service, of its credentials, or of the way to it.
public struct AWSError: Error, Sendable, CustomStringConvertible {
    /// The class of an error: what a caller can do about it.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The class as words.
        public let description: String

        /// The configuration cannot work, whatever the service answers.
        public static let configuration = Code(description: "configuration")
        /// No credentials were found, or they could not be fetched.
        public static let credentials = Code(description: "credentials")
        /// The credentials were not accepted, or do not allow this.
        public static let forbidden = Code(description: "forbidden")
        /// The bucket or object is not there.
        public static let notFound = Code(description: "not found")
        /// A conditional request's condition does not hold: someone else was first.
        public static let conditionFailed = Code(description: "condition failed")
        /// The service asked to be left alone.
        public static let throttled = Code(description: "throttled")
        /// No answer in time, or the connection broke.
        public static let unreachable = Code(description: "unreachable")
        /// The service failed on its own account.
        public static let serverFailure = Code(description: "server failure")
        /// The service refused the request as wrong.
        public static let rejected = Code(description: "rejected")
        /// The answer cannot be read, or what came is not what was asked for.
        public static let malformed = Code(description: "malformed")
    }

    /// Its class.
    public let code: Code
    /// What happened, to what, and what to do.
    public let message: String
    /// Where: `s3://bucket/key`, a host, or a file.
    public let location: String?
    /// The service's own code, such as `NoSuchKey`.
    public let serviceCode: String?
    /// The service's id of the request, which its support asks for.
    public let requestID: String?
    /// The error below.
    public let cause: (any Error)?

    /// States an error.
    public init(
        _ code: Code,
        _ message: String,
        location: String? = nil,
        serviceCode: String? = nil,
        requestID: String? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.location = location
        self.serviceCode = serviceCode
        self.requestID = requestID
        self.cause = cause
    }

    /// The class, the message and the location in one line.
    public var description: String {
        let id = requestID.map { " (request \($0))" } ?? ""
        return "\(code): \(message)\(id)" + (location.map { " [\($0)]" } ?? "")
    }
}
