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

    /// Adds the headers; a policy and a `Cache-Control` that the route has set stay.
    static func apply(to headers: inout HTTPFields) {
        if headers[.contentSecurityPolicy] == nil { headers[.contentSecurityPolicy] = dataPolicy }
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        headers[.xContentTypeOptions] = "nosniff"
        headers[.xFrameOptions] = "DENY"
        headers[.referrerPolicy] = "no-referrer"
        headers[.crossOriginResourcePolicy] = "same-origin"
        headers[.crossOriginOpenerPolicy] = "same-origin"
        headers[.permissionsPolicy] = "camera=(), geolocation=(), microphone=()"
    }
}
