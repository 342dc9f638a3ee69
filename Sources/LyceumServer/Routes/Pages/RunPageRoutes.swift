// GET /runs and /runs/{id}.

import Foundation
import Hummingbird
import LyceumCore

/// The pages of the run history.
enum RunPageRoutes {
    /// How many runs the list has.
    private static let listed = 50

    static func routes(_ services: ServerServices) -> [Route] {
        [
            PageRoutes.page("/runs", services) { request, _, visit in
                try request.refuseQuery(services)
                try await services.entrance.require([.runs], visit)
                let runs = try await RunRoutes.reading(services) { try await $0.recentRuns(limit: listed) }
                let fields = RunPages.list(try runs.map { try StoredDocument(Data($0.utf8)) })
                return try services.layout.response("runs", title: "Runs", place: .runs, fields, visit)
            },
            PageRoutes.page("/runs/{id}", services) { request, context, visit in
                try request.refuseQuery(services)
                try await services.entrance.require([.runs], visit)
                guard let id = RunID(try QueryString.decodedSegment(context.parameters.get("id") ?? "")),
                    let run = try await RunRoutes.reading(services, { try await $0.run(id) })
                else { throw Problem.noDocument("run") }
                let fields = RunPages.one(try StoredDocument(Data(run.utf8)))
                return try services.layout.response("run", title: "Run \(id.text)", place: .runs, fields, visit)
            },
        ]
    }
}
