// The one error of this module.

import CArrow

/// An error from a driver, from the database behind it, or from loading the driver.
public struct ADBCError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is: the status codes of ADBC, and three for drivers that cannot be loaded.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The driver did not say.
        case unknown
        /// The driver or the database cannot do this.
        case notImplemented
        /// Something named in the request does not exist.
        case notFound
        /// Something to be created exists already.
        case alreadyExists
        /// The request is wrong, for instance its SQL.
        case invalidArgument
        /// The request does not fit the state of the connection.
        case invalidState
        /// The data is wrong, for instance a division by zero.
        case invalidData
        /// A constraint of the database would be violated.
        case integrity
        /// The driver or the database failed inside.
        case `internal`
        /// Reading or writing failed, for instance because the server is gone.
        case io
        /// The operation was cancelled.
        case cancelled
        /// The operation took too long.
        case timeout
        /// The credentials were refused.
        case unauthenticated
        /// The credentials do not allow this.
        case unauthorized
        /// No library was found for the driver.
        case driverNotFound
        /// The file is not a library, or a library that is no ADBC driver.
        case notADriver
        /// A library that the driver needs is not installed.
        case missingDependency

        init(status: AdbcStatusCode) {
            let codes: [Code] = [
                .unknown, .unknown, .notImplemented, .notFound, .alreadyExists, .invalidArgument, .invalidState,
                .invalidData, .integrity, .internal, .io, .cancelled, .timeout, .unauthenticated, .unauthorized,
            ]
            self = Int(status) < codes.count ? codes[Int(status)] : .unknown
        }
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, to what, and what to do; passwords replaced by `***`.
    public let message: String
    /// The SQLSTATE of the database, five characters, if it gave one.
    public let sqlState: String?
    /// The database's own error number, such as Oracle's 1017; 0 if it gave none.
    public let vendorCode: Int32
    /// What the driver adds, by its own names. May quote values of the data: not for logs.
    public let details: [String: String]
    /// Where it happened: the driver's name or path.
    public let location: String?
    /// The error underneath, if any.
    public let cause: (any Error)?
    /// Whether the connection it happened on should not be used again.
    public let breaksConnection: Bool

    /// Creates an error.
    public init(
        _ code: Code,
        _ message: String,
        sqlState: String? = nil,
        vendorCode: Int32 = 0,
        details: [String: String] = [:],
        location: String? = nil,
        cause: (any Error)? = nil
    ) {
        self.init(
            code,
            message,
            sqlState: sqlState,
            vendorCode: vendorCode,
            details: details,
            location: location,
            cause: cause,
            isEmbedded: false
        )
    }

    /// - Parameter isEmbedded: whether the database is in this process, where no file it cannot read ends a connection.
    init(
        _ code: Code,
        _ message: String,
        sqlState: String? = nil,
        vendorCode: Int32 = 0,
        details: [String: String] = [:],
        location: String? = nil,
        cause: (any Error)? = nil,
        isEmbedded: Bool
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.vendorCode = vendorCode
        self.details = details
        self.location = location
        self.cause = cause
        let signs = [
            "server closed the connection", "no connection to the server", "terminating connection",
            "connection has been closed", "broken pipe", "database has been invalidated",
        ]
        let lowercased = message.lowercased()
        breaksConnection =
            !isEmbedded && (code == .io || code == .unauthenticated)
            || sqlState.map { $0.hasPrefix("08") || $0.hasPrefix("57P") } ?? false
            || signs.contains { lowercased.contains($0) }
    }

    /// The error as one line.
    public var description: String {
        var text = location.map { "\($0): \(message)" } ?? message
        var notes = [code.rawValue]
        if let sqlState { notes.append("SQLSTATE \(sqlState)") }
        if vendorCode != 0 { notes.append("vendor code \(vendorCode)") }
        text += " (\(notes.joined(separator: ", ")))"
        if let cause { text += ": \(cause)" }
        return text
    }
}
