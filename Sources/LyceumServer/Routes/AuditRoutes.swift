// GET /v1/audit and GET /v1/students/{id}/disclosures.

import Dispatch
import Foundation
import Hummingbird
import LyceumAccess
import LyceumAudit
import LyceumCore

/// The audit record as auditors search it, and a student's accounting of disclosures (34 CFR 99.32).
enum AuditRoutes {
    static let parameters = [
        "actor", "student", "action", "purpose", "request", "from", "until", "denied", "after", "limit",
    ]

    static func routes(_ services: ServerServices) -> [Route] {
        [
            Route(.get, "/v1/audit", access: .right([.audit]), parameters: parameters) { request, context in
                let text = try QueryString(request.uri.query)
                let query = try AuditQuery(text, limits: services.limits)
                try await note(.auditRead, context, services, student: query.filter.student)
                let page = try await reading(services) { reader in try query.page(of: reader) }
                var body = JSONObjectText()
                body.add("entries", raw: "[\(page.entries.joined(separator: ","))]")
                if let next = page.next { body.add("next_after", raw: "\(next)") }
                var response = Response.json(body.text)
                if let next = page.next {
                    response.linkNext(text.replacing(["after"], with: ("after", "\(next)")), of: "/v1/audit")
                }
                return response
            },
            Route(
                .get,
                "/v1/students/{id}/disclosures",
                access: .right([.disclosures, .ownDisclosures]),
                parameters: ["internal"]
            ) { request, context in
                let pairs = try QueryString(request.uri.query).pairs
                if let name = pairs.first(where: { $0.name != "internal" })?.name {
                    throw SearchParameters.unknown(name, known: ["internal"])
                }
                let isInternal = try pairs.last.map { try SearchParameters.flag("internal", $0.value) } ?? false
                let id = try context.documentID("id", .students)
                let caller = context.caller
                // Another student's are as if there were no such student.
                guard services.gatekeeper.policy.allows(caller, .disclosures) || caller?.subject == id else {
                    throw Problem.noDocument(CollectionName.students.singular)
                }
                try await note(.inspect, context, services, student: id)
                let found = try await reading(services) { reader in
                    try reader.disclosures(ofStudent: id, includesInternal: isInternal).map(AuditQuery.json)
                }
                return .json("{\"disclosures\":[\(found.joined(separator: ","))]}")
            },
        ]
    }

    /// Looking at the record is itself recorded.
    private static func note(
        _ action: AuditAction,
        _ context: ServerContext,
        _ services: ServerServices,
        student: String?
    ) async throws {
        try await services.records.audit.record(
            AuditEntry(
                request: context.requestID,
                actor: context.caller?.id ?? "anonymous",
                role: context.caller?.role.rawValue,
                action: action,
                resource: context.endpointPath ?? "",
                subjects: student.map { [$0] } ?? []
            )
        )
    }

    /// Reads the record on a thread of its own: it may be long.
    private static func reading<Value: Sendable>(
        _ services: ServerServices,
        _ read: @escaping @Sendable (AuditReader) throws -> Value
    ) async throws -> Value {
        let record = services.records.audit.record
        let reader = AuditReader(record.folder, key: record.key)
        do {
            return try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global(qos: .utility).async { continuation.resume(with: Result { try read(reader) }) }
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            services.log.error("the audit record cannot be read: \(error)")
            throw Problem.auditUnreadable
        }
    }
}
