// The pages for people, all of which work without a script.

import Hummingbird

/// All pages, and what they have in common.
enum PageRoutes {
    static func routes(_ services: ServerServices) -> [Route] {
        SearchPageRoutes.routes(services) + DocumentPageRoutes.routes(services) + RunPageRoutes.routes(services)
            + DisclosurePageRoutes.routes(services) + SessionRoutes.routes(services)
            + [
                page("/docs", services) { request, _, visit in
                    try request.refuseQuery(services)
                    return try services.layout.response(
                        "documentation",
                        title: "API",
                        place: .documentation,
                        services.documentation.fields,
                        visit
                    )
                }
            ]
    }

    /// A page. Who must sign in or declare a purpose for it is led there, and from there back.
    static func page(
        _ template: String,
        _ services: ServerServices,
        parameters: [String] = [],
        _ answer: @escaping @Sendable (Request, ServerContext, PageVisit) async throws -> Response
    ) -> Route {
        Route(.get, template, parameters: parameters, isPage: true) { request, context in
            let visit = try await services.entrance.visit(request, context, template: template)
            do {
                return try await answer(request, context, visit)
            } catch let problem as Problem {
                let back = [(name: "to", value: visit.target)]
                switch problem.code {
                case Problem.credentialRequired.code where visit.caller == nil:
                    let ended = visit.hasEnded ? [(name: "ended", value: "true")] : []
                    return redirect("/sign-in?" + PageTarget.query(back + ended))
                case "purpose-required", "purpose-refused":
                    return redirect("/purpose?" + PageTarget.query(back))
                default: throw problem
                }
            }
        }
    }

    /// Sends a browser to another page, which it gets with GET.
    static func redirect(_ address: String) -> Response {
        Response(status: .seeOther, headers: [.location: address])
    }
}
