// The headers that tell a browser what a response must not be used for.

import HTTPTypes

/// Security headers put on every response.
enum SecurityHeaders {
    /// What pages may load: only what this server serves, and nothing inline.
    static let pagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    /// Data is not a page: nothing may be loaded from it.
    static let dataPolicy = "default-src 'none'; frame-ancestors 'none'"

    /// Adds the headers; what the route has set of policies and `Cache-Control` stays.
    static func apply(to headers: inout HTTPFields) {
        if headers[.contentSecurityPolicy] == nil { headers[.contentSecurityPolicy] = dataPolicy }
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        headers[.xContentTypeOptions] = "nosniff"
        headers[.xFrameOptions] = "DENY"
        // A page's forms name their origin, which they would not under `no-referrer`; nothing goes to other sites either way.
        if headers[.referrerPolicy] == nil { headers[.referrerPolicy] = "no-referrer" }
        headers[.crossOriginResourcePolicy] = "same-origin"
        headers[.crossOriginOpenerPolicy] = "same-origin"
        headers[.permissionsPolicy] = "camera=(), geolocation=(), microphone=()"
    }
}
