// /sign-in, /purpose and /sign-out.

import Foundation
import HTTPTypes
import Hummingbird
import LyceumAccess

/// Signing in with a key or token, declaring a purpose, signing out.
enum SessionRoutes {
    static func routes(_ services: ServerServices) -> [Route] {
        [
            PageRoutes.page("/sign-in", services, parameters: ["to", "ended"]) { request, _, visit in
                let query = try SessionQuery(request)
                guard visit.caller == nil else { return PageRoutes.redirect(query.target) }
                return try signInPage(query.target, request, visit, services, hasEnded: query.hasEnded)
            },
            Route(.post, "/sign-in", isPage: true) { request, context in
                try await signIn(request, context, services)
            },
            PageRoutes.page("/purpose", services, parameters: ["to"]) { request, _, visit in
                let query = try SessionQuery(request)
                guard let session = visit.session else { throw Problem.credentialRequired }
                let purposes = services.entrance.purposes(session.caller)
                guard !purposes.isEmpty else { return PageRoutes.redirect(query.target) }
                var fields = PageFields(["to": query.target, "token": FormToken.masked(session.formToken)])
                fields.set("choices", choices(purposes, services.entrance.purpose(session)))
                // The form in the heading leads on to where this page does.
                return try services.layout.response(
                    "purpose",
                    title: "Declare a purpose",
                    fields,
                    PageVisit(visit, target: query.target)
                )
            },
            Route(.post, "/purpose", isPage: true) { request, context in
                let (form, visit) = try await ownForm(request, context, "/purpose", services)
                guard let session = visit.session, let id = visit.sessionID else { throw Problem.credentialRequired }
                let purposes = services.entrance.purposes(session.caller)
                guard let purpose = purposes.first(where: { $0.name == form["purpose"] }) else {
                    throw Problem.badParameter("purpose", "Choose one of the purposes that the page names.")
                }
                services.entrance.sessions.declare(purpose.name, in: id)
                return PageRoutes.redirect(PageTarget.own(form["to"]))
            },
            Route(.post, "/sign-out", isPage: true) { request, context in
                let (_, visit) = try await ownForm(request, context, "/sign-out", services)
                if let id = visit.sessionID, let caller = visit.caller {
                    services.entrance.sessions.end(id)
                    let gatekeeper = services.entrance.gatekeeper
                    try await gatekeeper.note(.signedOut, caller, requestID: visit.requestID, route: visit.template)
                }
                var response = PageRoutes.redirect("/")
                let cookie = services.entrance.cookie
                response.headers.append(HTTPField(name: .setCookie, value: cookie.removing(cookie.session)))
                return response
            },
        ]
    }

    private static func choices(_ purposes: [Purpose], _ current: Purpose?) -> [PageFields] {
        // Somebody with one purpose has it marked already, and still declares it themselves.
        let chosen = current ?? (purposes.count == 1 ? purposes[0] : nil)
        return PageLayout.options(purposes, chosen).filter { $0.child(named: "value") is String }
    }

    private static func signInPage(
        _ target: String,
        _ request: Request,
        _ visit: PageVisit,
        _ services: ServerServices,
        hasEnded: Bool = false,
        fault: Problem? = nil
    ) throws -> Response {
        let cookie = services.entrance.cookie
        let known = cookie.value(of: cookie.form, in: request.headers).flatMap { SessionStore.isID($0) ? $0 : nil }
        let token = known ?? SessionStore.randomText()
        var fields = PageFields(["to": target, "token": FormToken.masked(token), "fault": fault?.detail])
        fields.set("has_ended", hasEnded)
        var response = try services.layout.response(
            "sign-in",
            title: "Sign in",
            fields,
            PageVisit(visit, target: target),
            status: fault?.status ?? .ok
        )
        if let fault {
            for field in fault.headers { response.headers[field.name] = field.value }
        }
        if known == nil {
            response.headers.append(HTTPField(name: .setCookie, value: cookie.setting(cookie.form, token)))
        }
        return response
    }

    private static func signIn(
        _ request: Request,
        _ context: ServerContext,
        _ services: ServerServices
    ) async throws -> Response {
        let entrance = services.entrance
        guard RequestOrigin.isOwn(request) else { throw Problem.formRefused }
        let form = try await request.form(services.limits, context)
        let cookie = entrance.cookie
        guard let tied = cookie.value(of: cookie.form, in: request.headers), SessionStore.isID(tied),
            FormToken.carries(form["form_token"], tied)
        else { throw Problem.formRefused }
        let target = PageTarget.own(form["to"])
        let credential = (form["credential"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        let visit = PageVisit(requestID: context.requestID, template: "/sign-in", target: target)

        let caller: Caller
        do {
            caller = try await entrance.gatekeeper.caller(
                signingInWith: credential,
                address: context.address,
                requestID: context.requestID
            )
        } catch let error as AccessError {
            let problem = Problem(error)
            guard problem.status != .serviceUnavailable else {
                services.log.error("credentials cannot be checked", metadata: ["error": .string("\(error)")])
                throw problem
            }
            return try signInPage(target, request, visit, services, fault: problem)
        }
        if let old = cookie.value(of: cookie.session, in: request.headers) { entrance.sessions.end(old) }
        let ends: Date? =
            switch caller.credential {
            case .token: TokenExpiry.date(of: credential)
            case .key: nil
            }
        let id = entrance.sessions.begin(caller, credentialEnds: ends)
        let grant = entrance.gatekeeper.policy.grant(caller, CollectionName.students.rawValue)
        let mustDeclare = grant.map { !$0.purposes.isEmpty && $0.impliedPurpose == nil } ?? false
        var response = PageRoutes.redirect(
            mustDeclare ? "/purpose?" + PageTarget.query([("to", target)]) : target
        )
        response.headers.append(HTTPField(name: .setCookie, value: cookie.setting(cookie.session, id)))
        response.headers.append(HTTPField(name: .setCookie, value: cookie.removing(cookie.form)))
        return response
    }

    /// A form that somebody who has signed in sends from one of our pages.
    ///
    /// - Throws: ``Problem`` 403 when it comes from elsewhere or without the session's token.
    private static func ownForm(
        _ request: Request,
        _ context: ServerContext,
        _ template: String,
        _ services: ServerServices
    ) async throws -> (form: [String: String], visit: PageVisit) {
        guard RequestOrigin.isOwn(request) else { throw Problem.formRefused }
        let form = try await request.form(services.limits, context)
        let visit = try await services.entrance.visit(request, context, template: template)
        guard let session = visit.session else { throw Problem.credentialRequired }
        guard FormToken.carries(form["form_token"], session.formToken) else { throw Problem.formRefused }
        return (form, visit)
    }
}

/// What the pages of sessions are asked with.
private struct SessionQuery {
    var target = "/"
    var hasEnded = false

    init(_ request: Request) throws {
        for (name, value) in try QueryString(request.uri.query).pairs {
            switch name {
            case "to": target = PageTarget.own(value)
            case "ended": hasEnded = value == "true"
            default: throw SearchParameters.unknown(name, known: ["to"])
            }
        }
    }
}

extension PageVisit {
    /// The same visit, to come back to another place.
    init(_ visit: PageVisit, target: String) {
        self.init(
            session: visit.session,
            sessionID: visit.sessionID,
            scopes: visit.scopes,
            hasEnded: visit.hasEnded,
            requestID: visit.requestID,
            template: visit.template,
            target: target,
            subject: visit.subject
        )
    }
}

extension Request {
    /// The names and values of a form.
    ///
    /// - Throws: ``Problem`` 415 for another kind of body, 413, 408, or 400 when it is not percent-encoded UTF-8.
    func form(_ limits: ServerConfiguration.Limits, _ context: ServerContext) async throws -> [String: String] {
        let type = headers[.contentType]?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased()
        guard type == "application/x-www-form-urlencoded" else { throw Problem.notAForm }
        let body = try await collectedBody(limits, context)
        guard let text = String(validating: body, as: UTF8.self) else { throw Problem.notAForm }
        return Dictionary(try QueryString(text).pairs.map { ($0.name, $0.value) }) { first, _ in first }
    }
}

extension Problem {
    static let formRefused = Problem(
        "form-refused",
        .forbidden,
        "The form was not sent from its own page",
        "Open the page again and send the form from there; cookies must be allowed for this server."
    )

    static let notAForm = Problem(
        "unsupported-media-type",
        .unsupportedMediaType,
        "The body must be a form",
        "Send the body as 'Content-Type: application/x-www-form-urlencoded', in UTF-8."
    )
}
