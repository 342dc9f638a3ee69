// GET /v1/{jobs|courses}/{id}/similar and /v1/jobs/{id}/students.

import Hummingbird

/// What is like a job or course, and who fits a job.
enum SimilarRoutes {
    static let parameters = ["filter", "limit", "explain"]

    static func routes(_ services: ServerServices) -> [Route] {
        [CollectionName.jobs, .courses].map { collection in
            Route(
                .get,
                "/v1/\(collection.rawValue)/{id}/similar",
                access: .collection(collection, .search),
                parameters: parameters
            ) { request, context in
                let parameters = try read(request, services)
                let id = try context.documentID("id", collection)
                guard
                    let answer = try await services.records.similar(collection, to: id, parameters, context.granted())
                else { throw Problem.noDocument(collection.singular) }
                return .json(answer)
            }
        } + [
            Route(
                .get,
                "/v1/jobs/{id}/students",
                access: .collection(.students, .match),
                parameters: parameters
            ) { request, context in
                let parameters = try read(request, services)
                let id = try context.documentID("id", .jobs)
                guard let answer = try await services.records.students(forJob: id, parameters, context.granted())
                else { throw Problem.noDocument(CollectionName.jobs.singular) }
                return .json(answer)
            }
        ]
    }

    private static func read(_ request: Request, _ services: ServerServices) throws -> SearchParameters {
        try SearchParameters(QueryString(request.uri.query), limits: services.limits, names: parameters)
    }
}
