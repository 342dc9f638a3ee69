// Who we are to AWS.

import Foundation
import LyceumCore

/// An access key, and the session token of temporary ones.
public struct AWSCredentials: Sendable, Hashable {
    /// The public half, which stands in every request.
    public var accessKeyID: String
    /// The secret half, which never leaves the process.
    public var secretAccessKey: Secret
    /// The session token of temporary credentials.
    public var sessionToken: Secret?
    /// When temporary credentials end; nil for lasting ones.
    public var expiration: Date?

    /// States credentials.
    public init(
        accessKeyID: String,
        secretAccessKey: Secret,
        sessionToken: Secret? = nil,
        expiration: Date? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }

    /// Whether they are good for five more minutes.
    func isFresh(at time: Date) -> Bool { expiration.map { time.addingTimeInterval(300) < $0 } ?? true }
}

/// A place where credentials may be found.
protocol CredentialsSource: Sendable {
    /// What the place is called in an error that lists where was looked.
    var name: String { get }
    /// The credentials there; nil if the place is not in use on this machine.
    ///
    /// - Throws: ``AWSError`` if the place is in use and gives none.
    func credentials() async throws -> AWSCredentials?
}
