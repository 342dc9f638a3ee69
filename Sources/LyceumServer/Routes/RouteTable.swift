// All routes, and the responder made of them.

import Hummingbird
import Logging

/// Every route of the server, in order: what is literal before what has a name in braces.
struct RouteTable: Sendable {
    let routes: [Route]

    init(_ services: ServerServices) {
        var routes: [Route] = []
        for collection in CollectionName.allCases {
            routes += SearchRoutes.routes(collection, services)
            routes.append(DocumentRoutes.route(collection, services))
        }
        routes += RecommendationRoutes.routes(services)
        routes += RunRoutes.routes(services)
        routes += OperationRoutes.routes(services)
        routes += PageRoutes.routes(services)
        self.routes = routes
    }

    /// The routes that match a path, whatever the method, of the first template that does.
    func matching(path: String) -> (template: String, methods: [HTTPRequest.Method])? {
        let segments = path.split(separator: "/")
        guard let template = routes.first(where: { $0.matches(segments) })?.template else { return nil }
        var methods: [HTTPRequest.Method] = []
        for route in routes where route.template == template {
            methods.append(route.method)
            if route.method == .get { methods.append(.head) }
        }
        return (template, methods + [.options])
    }

    /// The router's responder with everything around it.
    func responder(_ services: ServerServices) -> RouterResponder<ServerContext> {
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        router.add(
            middleware: EdgeMiddleware(
                table: self,
                limits: services.limits,
                metrics: services.metrics,
                logsRequests: services.logsRequests,
                log: services.log
            )
        )
        for route in routes {
            router.on(RouterPath(route.template), method: route.method) { request, context in
                if let scope = route.scope {
                    _ = try services.authenticator.authorize(request.headers, for: scope)
                }
                return try await route.answer(request, context)
            }
        }
        return router.buildResponder()
    }
}

/// What routes work with.
struct ServerServices: Sendable {
    let snapshots: any SnapshotSource
    let runs: (any RunHistory)?
    let authenticator: Authenticator
    let limits: ServerConfiguration.Limits
    let metrics: ServerMetrics
    let pages: PageStore
    let logsRequests: Bool
    let log: Logger

    /// The snapshot in use.
    ///
    /// - Throws: ``Problem`` 503 before the first is published.
    func snapshot() throws -> any SearchBackend {
        guard let snapshot = snapshots.current else { throw Problem.noSnapshot }
        return snapshot
    }
}
