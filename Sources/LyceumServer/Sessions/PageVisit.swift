// One request of a page, and the way in for those who have signed in.

import Foundation
import Hummingbird
import LyceumAccess

/// Who asks for a page.
struct PageVisit: Sendable {
    /// The session and its id; nil for somebody who has not signed in.
    var session: Session?
    var sessionID: String?
    /// What the credential behind the session opens.
    var scopes: Set<Scope> = []
    /// Whether a session was presented that has ended.
    var hasEnded = false
    let requestID: String
    /// The template of the page's route.
    let template: String
    /// The page's own path and query, to come back to.
    let target: String
    /// The student whom the path names.
    var subject: String?

    /// Who signed in.
    var caller: Caller? { session?.caller }
}

/// Lets the visitors of pages in by their sessions, where callers of the interface present a credential.
struct PageEntrance: Sendable {
    let sessions: SessionStore
    let cookie: SessionCookie
    let credentials: any SessionCredentials
    let gatekeeper: Gatekeeper

    /// Finds out who asks for a page. Somebody whose credential was revoked has no session any more.
    ///
    /// - Throws: ``Problem`` 429 when they come too often, 503 when their credential cannot be checked.
    func visit(_ request: Request, _ context: ServerContext, template: String) async throws -> PageVisit {
        var visit = PageVisit(
            requestID: context.requestID,
            template: template,
            target: PageTarget.own(request.uri.string),
            subject: context.subject(of: template)
        )
        guard let id = cookie.value(of: cookie.session, in: request.headers) else { return visit }
        guard let session = sessions.session(id) else {
            visit.hasEnded = true
            return visit
        }
        do {
            visit.scopes = try await credentials.scopes(of: session.caller)
        } catch {
            guard error.code == .credentialRefused else { throw Problem(error) }
            sessions.end(id)
            visit.hasEnded = true
            return visit
        }
        (visit.session, visit.sessionID) = (session, id)
        // For the access log, which every copy of the context leads to.
        var noted = context
        noted.caller = session.caller
        return visit
    }

    /// The session that a request presents, for the heading of a page that says why there is no other.
    func session(of request: Request) -> Session? {
        cookie.value(of: cookie.session, in: request.headers).flatMap { sessions.session($0) }
    }

    /// What a visitor may do in a collection, as the interface would let a caller with the same credential.
    ///
    /// - Throws: ``Problem`` as ``Gatekeeper/access(_:to:_:purpose:requestID:route:)``, and 403 when the credential does not
    ///   open the collection.
    func access(
        _ visit: PageVisit,
        to collection: CollectionName,
        _ action: Grant.Action
    ) async throws -> Access {
        try await requireScope(.collection(collection, action), visit)
        return try await gatekeeper.access(
            visit.caller,
            to: collection,
            action,
            purpose: visit.session?.purpose,
            requestID: visit.requestID,
            route: visit.template,
            subject: visit.subject
        )
    }

    /// What a visitor may do in a collection, or nil; asks nothing and records nothing, and so is for what a page offers.
    func grant(_ visit: PageVisit, _ collection: CollectionName, _ action: Grant.Action) -> Grant? {
        guard isOpened(.collection(collection, action), visit),
            let grant = gatekeeper.policy.grant(visit.caller, collection.rawValue), grant.actions.contains(action)
        else { return nil }
        return grant
    }

    /// Whether a visitor has a right, and a credential that opens it.
    func allows(_ visit: PageVisit, _ right: Right) -> Bool {
        gatekeeper.policy.allows(visit.caller, right) && isOpened(.right([right]), visit)
    }

    /// - Throws: ``Problem`` 401 or 403 when a visitor has none of the rights, which then stands in the audit record.
    func require(_ rights: [Right], _ visit: PageVisit) async throws {
        let access = RouteAccess.right(rights)
        try await requireScope(access, visit)
        guard let caller = visit.caller else { throw Problem.credentialRequired }
        guard !rights.contains(where: { gatekeeper.policy.allows(caller, $0) }) else { return }
        try await refuse(.forbidden, access, visit)
    }

    /// The purposes of which a visitor declares one; none where none is needed.
    func purposes(_ caller: Caller) -> [Purpose] {
        gatekeeper.policy.grant(caller, CollectionName.students.rawValue)?.purposes ?? []
    }

    /// The purpose that holds for a visitor: the one declared, or the one that goes without saying.
    func purpose(_ session: Session) -> Purpose? {
        let grant = gatekeeper.policy.grant(session.caller, CollectionName.students.rawValue)
        return try? grant?.purpose(declared: session.purpose)
    }

    private func requireScope(_ access: RouteAccess, _ visit: PageVisit) async throws {
        guard !isOpened(access, visit), let first = access.scopes.first else { return }
        let error = AccessError(
            .scopeMissing,
            "The credential does not open '\(first.rawValue)'. Ask whoever runs this service for one that does."
        )
        try await refuse(Problem(error), access, visit)
    }

    private func refuse(_ problem: Problem, _ access: RouteAccess, _ visit: PageVisit) async throws -> Never {
        let (action, collection) = access.audited
        try await gatekeeper.refuse(
            problem,
            visit.caller,
            requestID: visit.requestID,
            route: visit.template,
            action,
            collection,
            subject: visit.subject
        )
    }

    /// Whether the credential behind a session opens something; nobody's credential closes nothing.
    private func isOpened(_ access: RouteAccess, _ visit: PageVisit) -> Bool {
        visit.caller == nil || access.scopes.isEmpty || !visit.scopes.isDisjoint(with: access.scopes)
    }
}

/// Paths within these pages, to which forms lead back.
enum PageTarget {
    /// A path and query that a browser will take for one of this server, and for no other address; else `/`.
    static func own(_ text: String?) -> String {
        guard let text, text.utf8.count <= 4096, text.hasPrefix("/"), !text.hasPrefix("//"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return "/" }
        return text
    }

    /// Text as one value of a query string.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    /// A query string of names and values.
    static func query(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }
}
