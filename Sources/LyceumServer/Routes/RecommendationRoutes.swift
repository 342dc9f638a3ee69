// GET /v1/students/{id}/recommendations/{jobs|courses}.

import Hummingbird

/// What suits a student, with the reasons.
enum RecommendationRoutes {
    static let parameters = ["filter", "limit", "explain"]

    static func routes(_ services: ServerServices) -> [Route] {
        [CollectionName.jobs, .courses].map { collection in
            Route(
                .get,
                "/v1/students/{id}/recommendations/\(collection.rawValue)",
                scope: .students,
                parameters: parameters
            ) { request, context in
                let parameters = try SearchParameters(
                    QueryString(request.uri.query),
                    limits: services.limits,
                    names: parameters
                )
                let id = try context.documentID("id", .students)
                guard
                    let answer = try services.snapshot().recommendations(collection, forStudent: id, parameters)
                else { throw Problem.noDocument(CollectionName.students.singular) }
                return .json(answer)
            }
        }
    }
}
