// Lets a request through to its route, or says why not.

import HTTPTypes
import Hummingbird
import Logging
import LyceumAccess
import LyceumAudit

/// Checks credential, policy and purpose, in this order, before a route answers.
struct Gatekeeper: Sendable {
    let authenticator: Authenticator
    let policy: Policy
    let audit: AuditTrail
    let log: Logger

    /// Fills in the context what the route may do.
    ///
    /// A refusal that concerns personal data, or the record of who saw it, stands in the audit record like an answer.
    ///
    /// - Throws: ``Problem`` 401, 403, 429 or 503, or 400 when no purpose is declared.
    func admit(_ request: Request, _ route: Route, _ context: inout ServerContext) async throws {
        if case .open = route.access { return }
        let authenticated = try await authenticated(request.headers, address: context.address)
        context.caller = authenticated?.caller
        if authenticated == nil {
            do { try authenticator.admitAnonymous(from: context.address) } catch { throw Problem(error) }
        }
        let scopes = route.access.scopes
        if let authenticated, let scope = scopes.first, authenticated.scopes.isDisjoint(with: scopes) {
            do {
                try authenticated.require(scope)
            } catch {
                try await refuse(Problem(error), route, context)
            }
        }
        switch route.access {
        case .open: return
        case .credential:
            guard context.caller != nil else { throw Problem.credentialRequired }
        case .right(let rights):
            guard let caller = context.caller else { throw Problem.credentialRequired }
            guard rights.contains(where: { policy.allows(caller, $0) }) else {
                try await refuse(.forbidden, route, context)
            }
        case .collection(let collection, let action):
            context.access = try await access(
                context.caller,
                to: collection,
                action,
                purpose: request.headers[.xPurpose],
                requestID: context.requestID,
                route: route.template,
                subject: context.subject(of: route.template)
            )
        }
    }

    /// What a caller may do in a collection: the one decision for the interface and for the pages.
    ///
    /// - Parameters:
    ///   - declared: the purpose the caller declares.
    ///   - template: the route's template, by which the audit record calls what was asked for.
    ///   - subject: the student who was asked for by id, if one was.
    /// - Throws: ``Problem`` 401 or 403 when the policy grants no such thing, 400 when no purpose is declared, 503 when the
    ///   refusal cannot be recorded.
    func access(
        _ caller: Caller?,
        to collection: CollectionName,
        _ action: Grant.Action,
        purpose declared: String?,
        requestID: String,
        route template: String,
        subject: String?
    ) async throws -> Access {
        func refuse(_ problem: Problem) async throws -> Never {
            try await self.refuse(
                problem,
                caller,
                requestID: requestID,
                route: template,
                action.audited,
                collection,
                subject: subject
            )
        }
        guard let grant = policy.grant(caller, collection.rawValue), grant.actions.contains(action) else {
            guard caller != nil else { throw Problem.credentialRequired }
            try await refuse(.forbidden)
        }
        do {
            return Access(
                caller: caller,
                grant: grant,
                purpose: try grant.purpose(declared: declared),
                requestID: requestID,
                route: template
            )
        } catch {
            try await refuse(Problem(error))
        }
    }

    /// The caller with what the credential opens, or nil where none is presented.
    private func authenticated(_ headers: HTTPFields, address: String) async throws -> AuthenticatedCaller? {
        let (authorization, key) = (headers[.authorization], headers[.xAPIKey])
        guard authorization != nil || key != nil else { return nil }
        do {
            return try await authenticator.authenticate(authorization: authorization, apiKey: key, address: address)
        } catch {
            if error.code == .keyStoreUnreadable || error.code == .providerUnreachable {
                log.error("credentials cannot be checked", metadata: ["error": .string("\(error)")])
            }
            throw Problem(error)
        }
    }

    /// The caller whose credential was typed into the sign-in page; that they signed in stands in the audit record.
    ///
    /// - Throws: ``AccessError`` when it is not good, or failed too often from this address; ``Problem`` 503 when it cannot
    ///   be recorded.
    func caller(signingInWith credential: String, address: String, requestID: String) async throws -> Caller {
        let caller = try await authenticator.authenticate(
            authorization: "Bearer \(credential)",
            apiKey: nil,
            address: address
        ).caller
        try await note(.signedIn, caller, requestID: requestID, route: "/sign-in")
        return caller
    }

    /// Records that somebody signed in or out.
    func note(_ action: AuditAction, _ caller: Caller, requestID: String, route template: String) async throws {
        try await audit.record(
            AuditEntry(
                request: requestID,
                actor: caller.id,
                role: caller.role.rawValue,
                action: action,
                resource: template
            )
        )
    }

    private func refuse(_ problem: Problem, _ route: Route, _ context: ServerContext) async throws -> Never {
        let (action, collection) = route.access.audited
        try await refuse(
            problem,
            context.caller,
            requestID: context.requestID,
            route: route.template,
            action,
            collection,
            subject: context.subject(of: route.template)
        )
    }

    /// Refuses a request; where it was about people, or about who looked at them, only once that is recorded.
    ///
    /// - Throws: the problem, or ``Problem`` 503.
    func refuse(
        _ problem: Problem,
        _ caller: Caller?,
        requestID: String,
        route template: String,
        _ action: AuditAction,
        _ collection: CollectionName?,
        subject: String?
    ) async throws -> Never {
        if collection?.isPersonal ?? true {
            try await audit.record(
                AuditEntry(
                    refused: problem,
                    caller,
                    requestID: requestID,
                    route: template,
                    action,
                    collection,
                    // 34 CFR 99.32 accounts for requests as well.
                    subjects: subject.map { [$0] } ?? []
                )
            )
        }
        throw problem
    }
}

extension ServerContext {
    /// The student whom a path names.
    func subject(of template: String) -> String? {
        template.hasPrefix("/v1/students/{id}") || template.hasPrefix("/students/{id}") ? pathID : nil
    }
}

extension RouteAccess {
    /// What a refusal of it is recorded as.
    var audited: (AuditAction, CollectionName?) {
        switch self {
        case .open, .credential: (.read, nil)
        case .right(let rights): (rights.contains(.audit) ? .auditRead : .read, nil)
        case .collection(let collection, let action): (action.audited, collection)
        }
    }
}
