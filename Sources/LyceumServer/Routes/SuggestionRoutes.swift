// GET /v1/{collection}/suggestions.

import Hummingbird

/// Completions of what somebody types.
enum SuggestionRoutes {
    static let parameters = ["q", "limit"]

    static func routes(_ collection: CollectionName, _ services: ServerServices) -> [Route] {
        [
            Route(
                .get,
                "/v1/\(collection.rawValue)/suggestions",
                access: .collection(collection, .suggest),
                parameters: parameters
            ) { request, context in
                let query = try QueryString(request.uri.query)
                let parameters = try SearchParameters(query, limits: services.limits, names: parameters)
                return try await .json(
                    services.records.suggestions(
                        collection,
                        parameters.query,
                        limit: parameters.limit,
                        context.granted()
                    )
                )
            }
        ]
    }
}
