// The accounting of disclosures, on its way out.

import LyceumAccess
import LyceumAudit

extension Records {
    /// Who looked at a student's record. That this was asked stands in the record as well.
    ///
    /// - Throws: ``Problem`` 503 when it cannot be read, or the look at it cannot be recorded.
    func disclosures(
        of student: String,
        from history: AuditDisclosures,
        includesInternal: Bool,
        limit: Int,
        _ visit: PageVisit,
        _ purpose: Purpose?
    ) async throws -> [Disclosure] {
        let looks: [Disclosure]
        do {
            looks = try await history.looks(at: student, includesInternal: includesInternal, limit: limit)
        } catch {
            audit.logger.error("the accounting of disclosures cannot be read: \(error)")
            throw Problem.disclosuresUnavailable
        }
        try await audit.record(
            AuditEntry(
                request: visit.requestID,
                actor: visit.caller?.id ?? "anonymous",
                role: visit.caller?.role.rawValue,
                action: .inspect,
                resource: visit.template,
                collection: CollectionName.students.rawValue,
                subjects: [student],
                fields: ["disclosures"],
                purpose: purpose?.name,
                basis: purpose?.basis
            )
        )
        return looks
    }
}
