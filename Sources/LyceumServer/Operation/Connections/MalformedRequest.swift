// The answer to what cannot be read as HTTP.

import HTTPTypes

/// A problem (RFC 9457) for bytes that are no request; no route and no middleware ever sees them.
enum MalformedRequest {
    static func answer() -> (head: HTTPResponse, body: String) {
        let id = RequestIdentity(headers: [:]).id
        var body = JSONObjectText()
        body.add("type", "urn:lyceum:problem:malformed-request")
        body.add("title", "The request is not HTTP")
        body.add("status", 400)
        body.add("detail", "The request line or a header cannot be read, or the headers are too long.")
        body.add("instance", "urn:lyceum:request:\(id)")
        body.add("request_id", id)
        var headers: HTTPFields = [
            .contentType: "application/problem+json",
            .contentLength: String(body.text.utf8.count),
            .connection: "close",
            .xRequestID: id,
        ]
        SecurityHeaders.apply(to: &headers)
        return (HTTPResponse(status: .badRequest, headerFields: headers), body.text)
    }
}
