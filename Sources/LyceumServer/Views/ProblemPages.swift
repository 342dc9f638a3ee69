// Problems as people see them: an error page for those who ask for one.

import Foundation
import HTTPTypes
import Hummingbird

/// Makes pages of problems.
struct ProblemPages: Sendable {
    let layout: PageLayout

    /// The page of a problem, nil for somebody who asks for no page and gets `application/problem+json`.
    func response(_ problem: Problem, to request: Request, requestID: String) -> Response? {
        guard Self.wantsPage(request.headers[.accept]) else { return nil }
        var fields = PageFields([
            "status": "\(problem.status.code)", "title": problem.title, "detail": problem.detail,
            "request_id": requestID,
        ])
        let target = request.method == .get ? PageTarget.own(request.uri.string) : "/"
        let session = layout.entrance.session(of: request)
        fields.set("offers_sign_in", problem.status == .unauthorized && session == nil)
        fields.set("sign_in_address", "/sign-in?" + PageTarget.query([("to", target)]))
        guard
            var response = try? layout.response(
                "problem",
                title: problem.title,
                fields,
                session: session,
                target: target,
                offers: [],
                status: problem.status
            )
        else { return nil }
        for field in problem.headers { response.headers[field.name] = field.value }
        return response
    }

    /// Whether `Accept` names HTML, and JSON no higher (RFC 9110, section 12.5.1). Wildcards name neither.
    static func wantsPage(_ accept: String?) -> Bool {
        guard let accept else { return false }
        var (page, json) = (0.0, 0.0)
        for part in accept.split(separator: ",").prefix(32) {
            let pieces = part.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
            let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            switch pieces.first {
            case "text/html", "application/xhtml+xml": page = max(page, weight)
            case "application/json", "application/problem+json": json = max(json, weight)
            default: break
            }
        }
        return page > 0 && page >= json
    }
}
