// GET / and /suggestions.

import Hummingbird

/// The search page, and the completions its script asks for.
enum SearchPageRoutes {
    static func routes(_ services: ServerServices) -> [Route] {
        [
            PageRoutes.page("/", services) { request, _, visit in
                try await search(request, visit, services)
            },
            PageRoutes.page("/suggestions", services, parameters: ["in", "q"]) { request, _, visit in
                let query = try QueryString(request.uri.query)
                let collection = try SearchForm.collection(in: query)
                let words = query.pairs.filter { $0.name != "in" }
                let parameters = try SearchParameters(
                    QueryString(PageTarget.query(words)),
                    limits: services.limits,
                    names: ["q"]
                )
                let access = try await services.entrance.access(visit, to: collection, .suggest)
                return .json(
                    try await services.records.suggestions(collection, parameters.query, limit: 8, access)
                )
            },
        ]
    }

    private static func search(
        _ request: Request,
        _ visit: PageVisit,
        _ services: ServerServices
    ) async throws -> Response {
        let entrance = services.entrance
        let query = try QueryString(request.uri.query)
        let open = [CollectionName.students, .jobs, .courses].filter { entrance.grant(visit, $0, .search) != nil }
        var collection = try SearchForm.collection(in: query)
        if !query.pairs.contains(where: { $0.name == "in" }), !open.contains(collection) {
            guard let other = open.first else { return PageRoutes.redirect(elsewhere(visit, entrance)) }
            collection = other
        }
        let access = try await entrance.access(visit, to: collection, .search)
        let offer = SearchOffer(collection, try await services.records.fields(collection, access))
        let form = try SearchForm(query, collection, offer)
        let page = SearchPage(
            form: form,
            offer: offer,
            collections: open,
            countsOnly: !access.grant.givesDocuments
        )
        let title = "Search \(collection.rawValue)"
        do {
            let parameters = try form.parameters(offer, services.limits, countsOnly: page.countsOnly)
            let answer = try StoredDocument(await services.records.search(collection, parameters, access))
            return try services.layout.response("search", title: title, place: .search, page.fields(answer), visit)
        } catch let problem as Problem where problem.status == .badRequest {
            return try services.layout.response(
                "search",
                title: title,
                place: .search,
                page.fields(problem),
                visit,
                status: .badRequest
            )
        }
    }

    /// Where somebody begins who may search nothing.
    private static func elsewhere(_ visit: PageVisit, _ entrance: PageEntrance) -> String {
        if entrance.allows(visit, .disclosures) || entrance.allows(visit, .ownDisclosures) { return "/disclosures" }
        return entrance.allows(visit, .runs) ? "/runs" : "/docs"
    }
}
