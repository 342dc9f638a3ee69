// The outermost layer of the router: identity, limits, errors as problems, headers, metrics, access log.

import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Wraps every request, also those that match no route.
struct EdgeMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    private let table: RouteTable
    private let limits: ServerConfiguration.Limits
    private let metrics: ServerMetrics
    private let edge: Edge
    private let logsRequests: Bool
    private let log: Logger
    private let problemPages: ProblemPages
    /// The templates of all routes: the only texts that become metric labels and log fields.
    private let templates: Set<String>
    /// A busy server is alive and can be measured: these are never shed.
    private static let neverShed: Set<String> = ["/health/live", "/health/ready", "/metrics"]

    init(table: RouteTable, services: ServerServices) {
        self.table = table
        limits = services.limits
        metrics = services.metrics
        edge = services.edge
        logsRequests = services.logsRequests
        log = services.log
        problemPages = ProblemPages(layout: services.layout)
        templates = Set(table.routes.map(\.template))
    }

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let identity = RequestIdentity(headers: request.headers)
        var context = context
        context.requestID = identity.id
        context.trace = identity.trace
        metrics.requestBegan()
        var route = context.endpointPath.flatMap { templates.contains($0) ? $0 : nil } ?? "none"

        var response: Response
        do {
            guard request.uri.string.utf8.count <= limits.targetBytes else { throw Problem.targetTooLong }
            if route == "none" {
                let match = table.matching(path: request.uri.path)
                route = match?.template ?? route
                response = try unrouted(request, methods: match?.methods)
            } else {
                response = try await routed(request, route: route, context) { try await next(request, context) }
            }
        } catch {
            response = answer(to: error, of: request, identity)
        }

        finish(&response, request, identity)
        let elapsed = NIODeadline.now() - context.arrival.moment
        let microseconds = max(0, Int(elapsed.nanoseconds / 1000))
        let method = context.isHead ? HTTPRequest.Method.head : request.method
        metrics.requestEnded(route: route, method: method, status: response.status.code, microseconds: microseconds)
        if logsRequests { note(method, response, route, microseconds, identity, caller: context.callerID) }
        return response
    }

    private func routed(
        _ request: Request,
        route: String,
        _ context: ServerContext,
        _ next: () async throws -> Response
    ) async throws -> Response {
        // Before anything is read, so that what will not be sent is not looked up either.
        if let type = Negotiation.mediaType(ofRoute: route), !Negotiation.accepts(type, request.headers) {
            throw Problem.notAcceptable
        }
        try Negotiation.checkEncoding(of: request.headers)
        if route == "/health/ready", edge.draining.hasBegun { throw Problem.draining }
        func answer() async throws -> Response {
            let response = try await next()
            if request.method == .get, response.status == .ok, Negotiation.mediaType(ofRoute: route) == nil,
                let type = response.headers[.contentType], !Negotiation.accepts(type, request.headers)
            {
                throw Problem.notAcceptable
            }
            return try await edge.compression.apply(to: response, for: request.headers)
        }
        if Self.neverShed.contains(route) { return try await answer() }
        return try await edge.admission.admit(arrival: context.arrival.moment, answer)
    }

    /// Answers what no route takes: `OPTIONS`, a method that is not allowed, a path that leads nowhere.
    private func unrouted(_ request: Request, methods: [HTTPRequest.Method]?) throws -> Response {
        if request.method == .options, request.uri.path == "*" {
            return Response(status: .noContent, headers: [.allow: "GET, HEAD, POST, OPTIONS"])
        }
        guard let methods else { throw Problem.notFound }
        guard request.method == .options else { throw Problem.methodNotAllowed(allowed: methods) }
        if let cors = edge.cors, CORSPolicy.isPreflight(request) {
            return cors.preflight(request.headers, methods: methods)
        }
        return Response(status: .noContent, headers: [.allow: methods.map(\.rawValue).joined(separator: ", ")])
    }

    private func answer(to error: any Error, of request: Request, _ identity: RequestIdentity) -> Response {
        func answer(_ problem: Problem) -> Response {
            problemPages.response(problem, to: request, requestID: identity.id)
                ?? problem.response(requestID: identity.id)
        }
        if let problem = error as? Problem { return answer(problem) }
        // The error's text may quote data; it goes to the log of this machine, never to the caller.
        log.error(
            "request failed",
            metadata: ["request_id": .string(identity.id), "error_type": .string("\(type(of: error))")]
        )
        log.debug("request failed", metadata: ["request_id": .string(identity.id), "error": .string("\(error)")])
        return answer(.unforeseen)
    }

    private func finish(_ response: inout Response, _ request: Request, _ identity: RequestIdentity) {
        response.headers[.xRequestID] = identity.id
        response.headers[.traceparent] = identity.trace.header
        SecurityHeaders.apply(to: &response.headers)
        if let strictTransport = edge.strictTransport { response.headers[.strictTransportSecurity] = strictTransport }
        edge.cors?.apply(to: &response.headers, origin: request.headers[.origin])
    }

    /// One line a request: the route's template, never the target, which may name a student or what is sought.
    private func note(
        _ method: HTTPRequest.Method,
        _ response: Response,
        _ route: String,
        _ microseconds: Int,
        _ identity: RequestIdentity,
        caller: String?
    ) {
        var metadata: Logger.Metadata = [
            "request_id": .string(identity.id),
            "trace_id": .string(identity.trace.traceID),
            "span_id": .string(identity.trace.spanID),
            "method": .string(ServerMetrics.label(of: method)),
            "route": .string(route),
            "status": .stringConvertible(response.status.code),
            "us": .stringConvertible(microseconds),
        ]
        // Not known for an answer that is made while it is sent.
        if let length = response.body.contentLength {
            metadata["bytes"] = .stringConvertible(method == .head ? 0 : length)
        }
        if let caller { metadata["caller"] = .string(caller) }
        log.info("request", metadata: metadata)
    }
}

extension Problem {
    static let draining = Problem(
        "shutting-down",
        .serviceUnavailable,
        "The server is shutting down",
        "Send the next requests to another server, or to this address again in a moment.",
        headers: [.retryAfter: "5"]
    )
}
