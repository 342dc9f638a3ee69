// GET /v1/students/{id}/recommendations/{jobs|courses} and POST /v1/recommendations/{jobs|courses}.

import Foundation
import Hummingbird

/// What suits a student, with the reasons.
enum RecommendationRoutes {
    static let parameters = ["filter", "limit", "explain"]

    static func routes(_ services: ServerServices) -> [Route] {
        [CollectionName.jobs, .courses].flatMap { collection in
            [forStudent(collection, services), forProfile(collection, services)]
        }
    }

    private static func forStudent(_ collection: CollectionName, _ services: ServerServices) -> Route {
        Route(
            .get,
            "/v1/students/{id}/recommendations/\(collection.rawValue)",
            access: .collection(.students, .recommend),
            parameters: parameters
        ) { request, context in
            let parameters = try SearchParameters(
                QueryString(request.uri.query),
                limits: services.limits,
                names: parameters
            )
            let id = try context.documentID("id", .students)
            let answer = try await services.records.recommendations(
                collection,
                forStudent: id,
                parameters,
                context.granted()
            )
            guard let answer else { throw Problem.noDocument(CollectionName.students.singular) }
            return .json(answer)
        }
    }

    private static func forProfile(_ collection: CollectionName, _ services: ServerServices) -> Route {
        Route(.post, "/v1/recommendations/\(collection.rawValue)", access: .collection(collection, .recommend)) {
            request,
            context in
            guard request.carriesJSON else { throw Problem.unsupportedMediaType }
            try request.refuseQuery(services)
            let body = try await ProfileRequest(
                json: request.collectedBody(services.limits, context),
                limits: services.limits
            )
            return try .json(
                services.records.recommendations(collection, forProfile: body.profile, body.parameters)
            )
        }
    }
}
