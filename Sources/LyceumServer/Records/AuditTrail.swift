// Looks at data about people, on their way into the audit record.

import Logging
import LyceumAccess
import LyceumAudit

/// The audit record as routes use it: an entry is durable when ``record(_:)`` returns.
struct AuditTrail: Sendable {
    let record: AuditLog
    let logger: Logger

    /// Records a look or its refusal; returns when that is durable.
    ///
    /// - Throws: ``Problem`` 503 when it cannot be recorded: then no answer may leave.
    func record(_ entry: AuditEntry) async throws {
        do {
            try await record.record(entry)
        } catch {
            logger.error("a look at personal data was refused, for it cannot be recorded: \(error)")
            throw Problem.auditUnavailable
        }
    }
}

extension AuditEntry {
    /// A look that is answered.
    init(
        _ access: Access,
        _ action: AuditAction,
        _ collection: CollectionName,
        subjects: [String],
        query: String? = nil
    ) {
        let caller = access.caller
        let isDisclosure = access.purpose?.isDisclosure == true
        self.init(
            request: access.requestID,
            actor: caller?.id ?? "anonymous",
            role: caller?.role.rawValue,
            action: action,
            resource: access.route,
            collection: collection.rawValue,
            subjects: subjects,
            fields: access.fields,
            query: query.flatMap { $0.isEmpty ? nil : $0 },
            purpose: access.purpose?.name,
            basis: access.purpose?.basis,
            recipient: isDisclosure ? (caller?.role == .employer ? .employer : .thirdParty) : nil,
            party: isDisclosure ? caller?.subject : nil
        )
    }

    /// A look that is refused.
    init(
        refused problem: Problem,
        _ caller: Caller?,
        requestID: String,
        route: String,
        _ action: AuditAction,
        _ collection: CollectionName?,
        subjects: [String]
    ) {
        self.init(
            request: requestID,
            actor: caller?.id ?? "anonymous",
            role: caller?.role.rawValue,
            action: action,
            resource: route,
            collection: collection?.rawValue,
            subjects: subjects,
            outcome: .denied(problem: problem.code)
        )
    }
}

extension Grant.Action {
    /// What the record calls it.
    var audited: AuditAction {
        switch self {
        case .search: .search
        case .read: .read
        case .suggest: .suggest
        case .recommend, .match: .recommend
        }
    }
}
