// Whether a client takes what a route gives.

import HTTPTypes

/// Proactive negotiation (RFC 9110, section 12): each resource has one media type, so all there is to decide is whether the
/// client accepts it.
enum Negotiation {
    /// The media type of the answers of a route, where the template tells; nil for pages, which say it themselves.
    static func mediaType(ofRoute template: String) -> String? {
        if template.hasPrefix("/v1/") || template.hasPrefix("/health/") || template == "/openapi.json" {
            return "application/json"
        }
        return template == "/metrics" ? "text/plain" : nil
    }

    /// Whether the client accepts a media type. A client that says nothing accepts all, and so does one whose header cannot
    /// be read. Who accepts `application/*` or problems (`application/problem+json`) only may have JSON too: the error that
    /// they would get instead is no better.
    static func accepts(_ mediaType: String, _ headers: HTTPFields) -> Bool {
        guard let header = headers[.accept] else { return true }
        let list = QualityList(header)
        guard !list.members.isEmpty else { return true }
        let type = mediaType.prefix { $0 != ";" }.lowercased()
        let family = type.prefix { $0 != "/" } + "/*"
        // The most exact member decides.
        for range in [type, String(family), "*/*"] {
            if let member = list.members.first(where: { $0.value == range }) { return member.quality > 0 }
        }
        return type == "application/json" && list.members.contains { $0.value.hasSuffix("+json") && $0.quality > 0 }
    }

    /// Refuses bodies in a coding that no route undoes.
    ///
    /// - Throws: ``Problem`` 415.
    static func checkEncoding(of headers: HTTPFields) throws {
        guard let coding = headers[.contentEncoding]?.lowercased(), coding != "identity", !coding.isEmpty else {
            return
        }
        throw Problem.unsupportedEncoding
    }
}

extension Problem {
    static let notAcceptable = Problem(
        "not-acceptable",
        .notAcceptable,
        "The answer has another media type than asked for",
        "This resource is there in one media type only; /openapi.json says which. Leave the Accept header out, or add */*."
    )

    static let unsupportedEncoding = Problem(
        "unsupported-content-encoding",
        .unsupportedMediaType,
        "The body is compressed",
        "Send the body as it is, without Content-Encoding.",
        headers: [.acceptEncoding: "identity"]
    )
}
