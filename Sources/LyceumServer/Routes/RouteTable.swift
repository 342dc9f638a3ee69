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
            routes += SuggestionRoutes.routes(collection, services)
            routes.append(DocumentRoutes.route(collection, services))
        }
        routes += SimilarRoutes.routes(services)
        routes += RecommendationRoutes.routes(services)
        routes += CallerRoutes.routes(services)
        routes += AuditRoutes.routes(services)
        routes += KeyRoutes.routes(services)
        routes += RunRoutes.routes(services)
        routes += OperationRoutes.routes(services)
        routes += AssetRoutes.routes(services)
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
        router.add(middleware: EdgeMiddleware(table: self, services: services))
        for route in routes {
            router.on(RouterPath(route.template), method: route.method) { request, context in
                var context = context
                try await services.gatekeeper.admit(request, route, &context)
                return try await route.answer(request, context)
            }
        }
        return router.buildResponder()
    }
}

/// What routes work with.
struct ServerServices: Sendable {
    let records: Records
    let gatekeeper: Gatekeeper
    let runs: (any RunHistory)?
    let limits: ServerConfiguration.Limits
    let metrics: ServerMetrics
    let edge: Edge
    let pages: PageStore
    let layout: PageLayout
    let documentation: Documentation
    let disclosures: AuditDisclosures
    let logsRequests: Bool
    let log: Logger

    var snapshots: any SnapshotSource { records.snapshots }
    var entrance: PageEntrance { layout.entrance }
}
