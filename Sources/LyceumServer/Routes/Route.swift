// One route: what it matches, what it takes to pass, and what answers.

import Hummingbird

/// A method and a path template with what answers them; the OpenAPI document is checked against the list of these.
struct Route: Sendable {
    /// The method; `HEAD` goes with every `GET`.
    let method: HTTPRequest.Method
    /// The path with names in braces, `/v1/jobs/{id}`.
    let template: String
    /// What a caller's key must open, or nil where anyone may read.
    let scope: APIKey.Scope?
    /// The names its query string may use; others are refused.
    let parameters: [String]
    /// Answers the request; what it throws becomes a problem.
    let answer: @Sendable (Request, ServerContext) async throws -> Response

    init(
        _ method: HTTPRequest.Method,
        _ template: String,
        scope: APIKey.Scope? = nil,
        parameters: [String] = [],
        answer: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        self.method = method
        self.template = template
        self.scope = scope
        self.parameters = parameters
        self.answer = answer
    }

    /// Whether the template matches a path, segment by segment, as the router does.
    func matches(_ path: [Substring]) -> Bool {
        let segments = template.split(separator: "/")
        return segments.count == path.count
            && zip(segments, path).allSatisfy { segment, given in segment.first == "{" || segment == given }
    }
}
