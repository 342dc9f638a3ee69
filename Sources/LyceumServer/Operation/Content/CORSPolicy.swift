// Which other sites' pages may call the API from a browser.

import Foundation
import HTTPTypes
import Hummingbird

/// Cross-origin resource sharing (the Fetch standard); without a policy no other site may.
public struct CORSPolicy: Sendable, Hashable {
    /// The sites, each as a browser names it: `https://portal.example.edu`. Empty with ``isOpen``.
    public let origins: Set<String>
    /// Whether any site may, without credentials.
    public let isOpen: Bool
    /// Whether browsers may send cookies and other credentials of theirs along.
    public let allowsCredentials: Bool
    /// How long a browser may remember the answer to a preflight, in seconds.
    public let maximumAge: Int

    /// What a page may send: the caller's credentials, and the headers that the API reads.
    static let requestHeaders =
        "Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match, Traceparent, Tracestate, X-API-Key, "
        + "X-Purpose, X-Request-Id"
    /// What a page may read beside the few headers that browsers show anyway.
    static let responseHeaders =
        "Deprecation, ETag, Link, Retry-After, Sunset, Traceparent, WWW-Authenticate, X-Request-Id"

    /// A policy for some sites; the only origin `*` means any.
    ///
    /// - Throws: ``ServerError`` with code `invalid_configuration`, its location the origin, when one is not an origin, or
    ///   when any site is to be allowed with credentials.
    public init(origins: [String], allowsCredentials: Bool = false, maximumAge: Int = 600) throws {
        isOpen = origins == ["*"]
        guard !(isOpen && allowsCredentials) else {
            throw ServerError(
                .invalidConfiguration,
                "any site (*) may not be allowed with credentials: every page a user visits could read students' data; "
                    + "list the sites",
                location: "*"
            )
        }
        guard (0...86_400).contains(maximumAge) else {
            throw ServerError(
                .invalidConfiguration,
                "a preflight can be remembered from 0 to 86400 seconds, not \(maximumAge)",
                location: "max_age"
            )
        }
        var known: Set<String> = []
        for origin in origins where !isOpen {
            guard let normal = Self.normal(origin) else {
                throw ServerError(
                    .invalidConfiguration,
                    "'\(origin.prefix(200))' is not an origin such as https://portal.example.edu: scheme, host and port "
                        + "if it is not the usual one, and nothing after; http only for this machine",
                    location: String(origin.prefix(200))
                )
            }
            known.insert(normal)
        }
        self.origins = known
        self.allowsCredentials = allowsCredentials
        self.maximumAge = maximumAge
    }

    /// An origin as browsers write it, in small letters and without the usual port.
    private static func normal(_ text: String) -> String? {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host()?.lowercased(),
            !host.isEmpty, url.path.isEmpty, url.query() == nil, url.fragment == nil, url.user() == nil,
            !text.contains("*")
        else { return nil }
        let isLoopback = ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host)
        guard scheme == "https" || (scheme == "http" && isLoopback) else { return nil }
        let bracketed = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        guard let port = url.port, port != (scheme == "https" ? 443 : 80) else { return "\(scheme)://\(bracketed)" }
        return "\(scheme)://\(bracketed):\(port)"
    }

    /// Whether a request is a browser's question before the real request.
    static func isPreflight(_ request: Request) -> Bool {
        request.method == .options && request.headers[.origin] != nil
            && request.headers[.accessControlRequestMethod] != nil
    }

    /// The answer to a preflight for a resource that answers some methods. It is no error to be refused: then it just lacks
    /// the headers that would allow the request.
    func preflight(_ headers: HTTPFields, methods: [HTTPRequest.Method]) -> Response {
        var answer = Response(status: .noContent)
        if let origin = headers[.origin], allows(origin) {
            answer.headers[.accessControlAllowMethods] = methods.map(\.rawValue).joined(separator: ", ")
            answer.headers[.accessControlAllowHeaders] = Self.requestHeaders
            answer.headers[.accessControlMaxAge] = String(maximumAge)
        }
        answer.headers.vary(on: "Access-Control-Request-Method")
        answer.headers.vary(on: "Access-Control-Request-Headers")
        return answer
    }

    /// Adds to any answer what lets the site's page read it.
    func apply(to response: inout HTTPFields, origin: String?) {
        if !isOpen { response.vary(on: "Origin") }
        guard let origin, allows(origin) else { return }
        response[.accessControlAllowOrigin] = isOpen ? "*" : origin
        response[.accessControlExposeHeaders] = Self.responseHeaders
        if allowsCredentials { response[.accessControlAllowCredentials] = "true" }
        // For the pages of allowed sites the resource is meant to be shared.
        response[.crossOriginResourcePolicy] = "cross-origin"
    }

    private func allows(_ origin: String) -> Bool {
        isOpen || origins.contains(origin)
    }
}
