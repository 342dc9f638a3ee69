// The outermost layer: identity, limits, errors as problems, security headers, metrics, access log.

import HTTPTypes
import Hummingbird
import Logging

/// Wraps every request, also those that match no route.
struct EdgeMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    private let table: RouteTable
    private let limits: ServerConfiguration.Limits
    private let metrics: ServerMetrics
    private let logsRequests: Bool
    private let log: Logger
    /// The templates of all routes: the only texts that become metric labels and log fields.
    private let templates: Set<String>

    init(
        table: RouteTable,
        limits: ServerConfiguration.Limits,
        metrics: ServerMetrics,
        logsRequests: Bool,
        log: Logger
    ) {
        self.table = table
        self.limits = limits
        self.metrics = metrics
        self.logsRequests = logsRequests
        self.log = log
        templates = Set(table.routes.map(\.template))
    }

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let identity = RequestIdentity(headers: request.headers)
        var context = context
        context.requestID = identity.id
        var route = context.endpointPath.flatMap { templates.contains($0) ? $0 : nil } ?? "none"

        var response: Response
        do {
            if route == "none" {
                let match = table.matching(path: request.uri.path)
                route = match?.template ?? route
                response = try unrouted(request, methods: match?.methods)
            } else {
                response = try await admit(request, route: route) { try await next(request, context) }
            }
        } catch let problem as Problem {
            response = problem.response(requestID: identity.id)
        } catch {
            // The error's text may quote data; it goes to the log of this machine, never to the caller.
            log.error(
                "request failed",
                metadata: ["request_id": .string(identity.id), "error_type": .string("\(type(of: error))")]
            )
            log.debug("request failed", metadata: ["request_id": .string(identity.id), "error": .string("\(error)")])
            response = Problem.unforeseen.response(requestID: identity.id)
        }

        response.headers[.xRequestID] = identity.id
        SecurityHeaders.apply(to: &response.headers)

        let elapsed = start.duration(to: .now).components
        let microseconds = Int(elapsed.seconds) * 1_000_000 + Int(elapsed.attoseconds / 1_000_000_000_000)
        metrics.record(
            route: route,
            method: request.method,
            status: response.status.code,
            microseconds: microseconds
        )
        if logsRequests {
            note(request, response, route: route, microseconds: microseconds, identity)
        }
        return response
    }

    private func admit(
        _ request: Request,
        route: String,
        _ answer: () async throws -> Response
    ) async throws -> Response {
        try checkTarget(request)
        // A busy server is alive and can be measured: these three are never shed.
        let limit = ["/health/live", "/health/ready", "/metrics"].contains(route) ? Int.max : limits.concurrentRequests
        guard metrics.begin(limit: limit) else { throw Problem.overloaded }
        defer { metrics.end() }
        return try await answer()
    }

    /// Answers what no route takes: `OPTIONS`, a method that is not allowed, a path that leads nowhere.
    private func unrouted(_ request: Request, methods: [HTTPRequest.Method]?) throws -> Response {
        try checkTarget(request)
        guard let methods else { throw Problem.notFound }
        guard request.method == .options else { throw Problem.methodNotAllowed(allowed: methods) }
        return Response(status: .noContent, headers: [.allow: methods.map(\.rawValue).joined(separator: ", ")])
    }

    private func checkTarget(_ request: Request) throws {
        guard request.uri.string.utf8.count <= limits.targetBytes else { throw Problem.targetTooLong }
    }

    /// One line a request: the route's template, never the target, which may name a student or what is sought.
    private func note(
        _ request: Request,
        _ response: Response,
        route: String,
        microseconds: Int,
        _ identity: RequestIdentity
    ) {
        var metadata: Logger.Metadata = [
            "request_id": .string(identity.id),
            "method": .string(ServerMetrics.label(of: request.method)),
            "route": .string(route),
            "status": .stringConvertible(response.status.code),
            "us": .stringConvertible(microseconds),
        ]
        if let length = response.body.contentLength { metadata["bytes"] = .stringConvertible(length) }
        if let traceID = identity.traceID { metadata["trace_id"] = .string(traceID) }
        log.info("request", metadata: metadata)
    }
}
