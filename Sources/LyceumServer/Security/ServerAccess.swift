// Who is let in, what they may see, and where it is recorded.

import LyceumAccess
import LyceumAudit
import LyceumSearch

/// What a server decides about access by.
public struct ServerAccess: Sendable {
    let authenticator: Authenticator
    let policy: Policy
    let audit: AuditLog

    /// Puts together who is let in, what they may see, and the record of it.
    public init(authenticator: Authenticator, policy: Policy, audit: AuditLog) {
        self.authenticator = authenticator
        self.policy = policy
        self.audit = audit
    }
}

extension Policy {
    /// Checks that every filter of the policy can be read with the fields there are: one that cannot would show nobody anything.
    ///
    /// - Throws: ``ServerError`` with code `invalid_configuration`, its location the policy's file and line.
    public func checkAgainstCollections() throws {
        let schemas = CollectionSchema.all
        for (collection, filter, location) in filters {
            guard let schema = schemas.first(where: { $0.name == collection }) else { continue }
            do {
                _ = try Filter.parse(filter, schema: schema)
            } catch {
                throw ServerError(
                    .invalidConfiguration,
                    "the policy's filter '\(filter)' for \(collection) cannot be read: \(error)",
                    location: location
                )
            }
        }
    }
}
