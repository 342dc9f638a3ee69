// GET and POST /v1/keys, DELETE /v1/keys/{id}.

import Foundation
import Hummingbird
import LyceumAccess
import LyceumAudit
import LyceumCore

/// API keys, as administrators look after them.
enum KeyRoutes {
    static func routes(_ services: ServerServices) -> [Route] {
        let access = RouteAccess.right([.keys])
        let answers = RepeatedAnswers()
        return [
            Route(.get, "/v1/keys", access: access) { request, _ in
                try request.refuseQuery(services)
                let records = try await asProblem { try services.gatekeeper.authenticator.keys.list() }
                return .json("{\"keys\":[\(records.map { object($0).text }.joined(separator: ","))]}")
            },
            Route(.post, "/v1/keys", access: access) { request, context in
                guard request.carriesJSON else { throw Problem.unsupportedMediaType }
                try request.refuseQuery(services)
                let body = try await request.collectedBody(services.limits, context)
                let by = context.caller?.id ?? ""
                return try await answers.answer(request.headers[.idempotencyKey], of: by, body) {
                    let wanted = try NewKeyRequest(json: body, by: by)
                    try await note(.keyCreated, context, services)
                    let (record, text) = try await asProblem {
                        try await services.gatekeeper.authenticator.keys.create(wanted.key)
                    }
                    var answer = object(record)
                    answer.add("key", text.reveal())
                    return .init(
                        status: .created,
                        headers: [.contentType: "application/json", .location: "/v1/keys/\(record.id)"],
                        body: answer.text
                    )
                }
            },
            Route(.delete, "/v1/keys/{id}", access: access) { request, context in
                try request.refuseQuery(services)
                let id = try QueryString.decodedSegment(context.parameters.get("id") ?? "")
                guard (1...64).contains(id.utf8.count) else { throw Problem.notFound }
                try await note(.keyRevoked, context, services)
                let by = context.caller?.id ?? ""
                _ = try await asProblem { try await services.gatekeeper.authenticator.keys.revoke(id, by: by) }
                return Response(status: .noContent)
            },
        ]
    }

    /// Turns refusals of the key store into problems.
    private static func asProblem<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as AccessError {
            throw Problem(error)
        }
    }

    private static func note(_ action: AuditAction, _ context: ServerContext, _ services: ServerServices) async throws {
        try await services.records.audit.record(
            AuditEntry(
                request: context.requestID,
                actor: context.caller?.id ?? "anonymous",
                role: context.caller?.role.rawValue,
                action: action,
                resource: context.endpointPath ?? ""
            )
        )
    }

    private static func object(_ record: KeyRecord) -> JSONObjectText {
        var body = JSONObjectText()
        body.add("id", record.id)
        body.add("name", record.name)
        body.add("role", record.role.rawValue)
        if let subject = record.subject { body.add("subject", subject) }
        body.add("scopes", raw: JSONText.list(record.scopes.sorted().map(\.rawValue)))
        body.add("created", Timestamp.iso(record.created))
        body.add("created_by", record.createdBy)
        if let expires = record.expires { body.add("expires", Timestamp.iso(expires)) }
        if let revoked = record.revoked { body.add("revoked", Timestamp.iso(revoked)) }
        return body
    }
}
