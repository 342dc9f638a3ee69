// The accounting of who looked at a student's record, as the pages need it.

import Dispatch
import LyceumAudit

/// The accounting of disclosures (34 CFR 99.32) as the audit record has it.
struct AuditDisclosures: Sendable {
    let record: AuditLog

    /// The latest looks at a student's record, newest first.
    ///
    /// - Parameter includesInternal: whether looks within the institution, and the student's own, are among them.
    func looks(at student: String, includesInternal: Bool, limit: Int) async throws -> [Disclosure] {
        let reader = AuditReader(record.folder, key: record.key)
        // On a thread of its own: the record may be long.
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(
                    with: Result {
                        try reader.disclosures(ofStudent: student, includesInternal: includesInternal)
                            .suffix(limit).reversed()
                    }
                )
            }
        }
    }
}

extension Problem {
    static let disclosuresUnavailable = Problem(
        "disclosures-unavailable",
        .serviceUnavailable,
        "The accounting of disclosures cannot be read",
        "The audit record cannot be read; the operator finds the reason in this server's log.",
        headers: [.retryAfter: "30"]
    )
}
