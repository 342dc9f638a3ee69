// GET /v1/runs and /v1/runs/{id}.

import Hummingbird
import LyceumCore

/// The history of pipeline runs.
enum RunRoutes {
    static func routes(_ services: ServerServices) -> [Route] {
        [
            Route(.get, "/v1/runs", access: .right([.runs]), parameters: ["limit"]) { request, _ in
                let parameters = try SearchParameters(
                    QueryString(request.uri.query),
                    limits: services.limits,
                    names: ["limit"]
                )
                let runs = try await reading(services) { try await $0.recentRuns(limit: parameters.limit) }
                return .json("{\"runs\":[" + runs.joined(separator: ",") + "]}")
            },
            Route(.get, "/v1/runs/{id}", access: .right([.runs])) { request, context in
                try request.refuseQuery(services)
                guard let id = RunID(try QueryString.decodedSegment(context.parameters.get("id") ?? "")),
                    let run = try await reading(services, { try await $0.run(id) })
                else { throw Problem.noDocument("run") }
                return .json(run)
            },
        ]
    }

    /// Reads the history.
    ///
    /// - Throws: ``Problem`` 503 where there is none, or it cannot be read.
    static func reading<Value: Sendable>(
        _ services: ServerServices,
        _ read: (any RunHistory) async throws -> Value
    ) async throws -> Value {
        guard let runs = services.runs else { throw Problem.runsUnavailable }
        do {
            return try await read(runs)
        } catch {
            services.log.warning("run history not readable", metadata: ["error": .string("\(error)")])
            throw Problem.runsUnavailable
        }
    }
}
