// Errors as the caller sees them: RFC 9457 problem details.

import HTTPTypes
import Hummingbird
import LyceumAccess
import NIOCore

/// An answer that is an error, sent as `application/problem+json` (RFC 9457).
///
/// Nothing in it may come from a student's record, and no text of an unforeseen error reaches it.
struct Problem: Error, Sendable {
    /// The stable name of the kind; `type` is `urn:lyceum:problem:<code>`.
    var code: String
    var status: HTTPResponse.Status
    /// What the kind means, the same for every occurrence.
    var title: String
    /// What happened this time and what to do about it.
    var detail: String
    /// The parameter or JSON member at fault.
    var parameter: String?
    /// The 1-based character position of the fault in that parameter.
    var position: Int?
    /// Further response headers.
    var headers: HTTPFields = [:]

    init(
        _ code: String,
        _ status: HTTPResponse.Status,
        _ title: String,
        _ detail: String,
        parameter: String? = nil,
        position: Int? = nil,
        headers: HTTPFields = [:]
    ) {
        self.code = code
        self.status = status
        self.title = title
        self.detail = detail
        self.parameter = parameter
        self.position = position
        self.headers = headers
    }

    /// The response, with the request's id as its instance.
    func response(requestID: String) -> Response {
        var body = JSONObjectText()
        body.add("type", "urn:lyceum:problem:\(code)")
        body.add("title", title)
        body.add("status", status.code)
        body.add("detail", detail)
        body.add("instance", "urn:lyceum:request:\(requestID)")
        body.add("request_id", requestID)
        if let parameter { body.add("parameter", parameter) }
        if let position { body.add("position", position) }
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: body.text)))
    }
}

extension Problem {
    static let credentialRequired = Problem(
        "credential-required",
        .unauthorized,
        "A credential is required",
        "Send an API key or a token as 'Authorization: Bearer <credential>', or a key as 'X-API-Key: <key>'.",
        headers: [.wwwAuthenticate: "Bearer realm=\"lyceum\""]
    )

    static let forbidden = Problem(
        "forbidden",
        .forbidden,
        "This is not for this caller",
        "The policy gives this caller's role no such access; GET /v1/me tells what it has."
    )

    /// A refusal of the room that decides about access; its messages are made for callers.
    init(_ error: AccessError) {
        let (code, status, title): (String, HTTPResponse.Status, String) =
            switch error.code {
            case .credentialRequired: ("credential-required", .unauthorized, "A credential is required")
            case .credentialRefused: ("credential-refused", .unauthorized, "The credential is not valid")
            case .scopeMissing: ("scope-missing", .forbidden, "The credential does not open this")
            case .rateLimited: ("rate-limited", .tooManyRequests, "Too many requests")
            case .purposeRequired: ("purpose-required", .badRequest, "A purpose must be declared")
            case .purposeRefused: ("purpose-refused", .forbidden, "The purpose is not this caller's")
            case .keyUnknown: ("no-such-key", .notFound, "There is no such key")
            case .invalidKey: ("bad-key-request", .unprocessableContent, "The key cannot be made like this")
            default: ("access-unavailable", .serviceUnavailable, "Credentials cannot be checked at the moment")
            }
        var headers: HTTPFields = [:]
        if status == .unauthorized {
            let error = code == "credential-refused" ? ", error=\"invalid_token\"" : ""
            headers[.wwwAuthenticate] = "Bearer realm=\"lyceum\"" + error
        }
        let seconds = error.retryAfter.map { max(1, Int($0.components.seconds) + 1) }
        if let seconds = seconds ?? (status == .serviceUnavailable ? 5 : nil) { headers[.retryAfter] = "\(seconds)" }
        // What is wrong with the store of keys, and where it is, is for the operator.
        let isInternal = status == .serviceUnavailable && error.code != .providerUnreachable
        let detail = isInternal ? "The operator finds the reason in this server's log." : error.message
        self.init(code, status, title, detail, headers: headers)
        if code == "bad-key-request" { parameter = error.location }
        if code.hasPrefix("purpose-") { parameter = "X-Purpose" }
    }

    static let auditUnreadable = Problem(
        "audit-unreadable",
        .serviceUnavailable,
        "The audit record cannot be read",
        "'lyceum audit verify' tells the operator why and where."
    )

    static let auditUnavailable = Problem(
        "audit-unavailable",
        .serviceUnavailable,
        "Looks at personal data cannot be recorded at the moment",
        "Nothing about a person leaves without a record of it; try again in a moment.",
        headers: [.retryAfter: "5"]
    )

    static let notFound = Problem(
        "not-found",
        .notFound,
        "There is nothing here",
        "The path leads to no resource; /openapi.json lists those there are."
    )

    static func noDocument(_ what: String) -> Problem {
        Problem(
            "no-such-\(what)",
            .notFound,
            "There is no such \(what)",
            "No \(what) has this id in the current index."
        )
    }

    static func methodNotAllowed(allowed: [HTTPRequest.Method]) -> Problem {
        let list = allowed.map(\.rawValue).joined(separator: ", ")
        return Problem(
            "method-not-allowed",
            .methodNotAllowed,
            "The method is not allowed here",
            "This resource answers \(list).",
            headers: [.allow: list]
        )
    }

    static func badRequest(_ code: String, _ title: String, _ detail: String, parameter: String? = nil) -> Problem {
        Problem(code, .badRequest, title, detail, parameter: parameter)
    }

    static func badParameter(_ name: String, _ detail: String) -> Problem {
        badRequest("bad-parameter", "A parameter cannot be read", detail, parameter: name)
    }

    static let targetTooLong = Problem(
        "target-too-long",
        .uriTooLong,
        "The request target is too long",
        "Send long queries as a POST with a JSON body."
    )

    static func bodyTooLarge(limit: Int) -> Problem {
        Problem("body-too-large", .contentTooLarge, "The body is too large", "A body may have at most \(limit) bytes.")
    }

    static let idempotencyKeyReused = Problem(
        "idempotency-key-reused",
        .unprocessableContent,
        "The idempotency key belongs to another request",
        "Take a fresh Idempotency-Key for each request that is not a repetition.",
        parameter: "Idempotency-Key"
    )

    static let idempotencyKeyInUse = Problem(
        "idempotency-key-in-use",
        .conflict,
        "The first request with this idempotency key is still in progress",
        "Repeat it in a moment.",
        parameter: "Idempotency-Key",
        headers: [.retryAfter: "1"]
    )

    static let bodyBroken = badRequest(
        "bad-body",
        "The body cannot be read to its end",
        "Send it with its exact Content-Length, or in well-formed chunks."
    )

    static let bodyTooSlow = Problem(
        "body-too-slow",
        .requestTimeout,
        "The body took too long to arrive",
        "Send the request again."
    )

    static let unsupportedMediaType = Problem(
        "unsupported-media-type",
        .unsupportedMediaType,
        "The body must be JSON",
        "Send the body as 'Content-Type: application/json', in UTF-8.",
        headers: [.accept: "application/json"]
    )

    static let noSnapshot = Problem(
        "no-snapshot",
        .serviceUnavailable,
        "There is no search index yet",
        "The first run has not been published; 'lyceum run' makes the index, and this server takes it up by itself.",
        headers: [.retryAfter: "5"]
    )

    static let overloaded = Problem(
        "overloaded",
        .serviceUnavailable,
        "Too many requests are in progress",
        "Try again in a moment.",
        headers: [.retryAfter: "1"]
    )

    static let runsUnavailable = Problem(
        "runs-unavailable",
        .serviceUnavailable,
        "The run history cannot be read",
        "This server has no ledger, or cannot read it; 'lyceum doctor' says why.",
        headers: [.retryAfter: "30"]
    )

    static let unforeseen = Problem(
        "internal",
        .internalServerError,
        "The server failed",
        "The failure is logged under the request id."
    )
}

extension Problem {
    /// A filter that cannot be read, with the 1-based position of the fault where it is known.
    static func badFilter(_ detail: String, position: Int?) -> Problem {
        Problem(
            "bad-filter",
            .badRequest,
            "The filter cannot be read",
            detail,
            parameter: "filter",
            position: position
        )
    }
}
