// One route: what it matches, what it takes to pass, and what answers.

import Hummingbird

/// A method and a path template with what answers them; the OpenAPI document is checked against the list of these.
struct Route: Sendable {
    /// The method; `HEAD` goes with every `GET`.
    let method: HTTPRequest.Method
    /// The path with names in braces, `/v1/jobs/{id}`.
    let template: String
    /// What must hold for the route to be taken.
    let access: RouteAccess
    /// The names its query string may use; others are refused.
    let parameters: [String]
    /// Whether it is a page for people, which is no part of the interface and its contract.
    let isPage: Bool
    /// Answers the request; what it throws becomes a problem.
    let answer: @Sendable (Request, ServerContext) async throws -> Response

    init(
        _ method: HTTPRequest.Method,
        _ template: String,
        access: RouteAccess = .open,
        parameters: [String] = [],
        isPage: Bool = false,
        answer: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        self.method = method
        self.template = template
        self.access = access
        self.parameters = parameters
        self.isPage = isPage
        self.answer = answer
    }

    /// Whether the template matches a path, segment by segment, as the router does.
    func matches(_ path: [Substring]) -> Bool {
        let segments = template.split(separator: "/")
        return segments.count == path.count
            && zip(segments, path).allSatisfy { segment, given in segment.first == "{" || segment == given }
    }
}
