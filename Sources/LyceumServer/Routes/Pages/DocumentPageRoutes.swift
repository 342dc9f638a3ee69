// GET /students/{id}, /jobs/{id}, /jobs/{id}/students and /courses/{id}.

import Foundation
import Hummingbird
import LyceumAccess

/// The pages of one student, job or course, with what goes with it.
enum DocumentPageRoutes {
    /// How many matches or similar documents a page has.
    private static let matches = 6
    /// How many students who fit a job its list has.
    private static let fitting = 20

    static func routes(_ services: ServerServices) -> [Route] {
        [
            PageRoutes.page("/students/{id}", services) { request, context, visit in
                try request.refuseQuery(services)
                return try await student(context.documentID("id", .students), visit, services)
            },
            PageRoutes.page("/jobs/{id}", services) { request, context, visit in
                try request.refuseQuery(services)
                return try await posting(.jobs, context.documentID("id", .jobs), visit, services)
            },
            PageRoutes.page("/jobs/{id}/students", services) { request, context, visit in
                try request.refuseQuery(services)
                return try await students(context.documentID("id", .jobs), visit, services)
            },
            PageRoutes.page("/courses/{id}", services) { request, context, visit in
                try request.refuseQuery(services)
                return try await posting(.courses, context.documentID("id", .courses), visit, services)
            },
        ]
    }

    private static func student(_ id: String, _ visit: PageVisit, _ services: ServerServices) async throws -> Response {
        let (entrance, records) = (services.entrance, services.records)
        let access = try await entrance.access(visit, to: .students, .read)
        guard let stored = try await records.document(.students, id: id, access) else {
            throw Problem.noDocument(CollectionName.students.singular)
        }
        var fields = DocumentPages.student(id, try StoredDocument(stored))
        if entrance.grant(visit, .students, .recommend) != nil {
            let access = try await entrance.access(visit, to: .students, .recommend)
            let parameters = try limited(to: matches, services)
            for collection in [CollectionName.jobs, .courses] {
                let answer = try await records.recommendations(collection, forStudent: id, parameters, access)
                let cards = try answer.map { try DocumentCard.list(collection, StoredDocument($0), level: 3) } ?? []
                fields.set(collection.rawValue, cards)
            }
        }
        let isOwn = visit.caller?.subject == id && entrance.allows(visit, .ownDisclosures)
        if isOwn || entrance.allows(visit, .disclosures) {
            fields.set("looks", "/disclosures" + (isOwn ? "" : "?" + PageTarget.query([("student", id)])))
        }
        fields.set("back", entrance.grant(visit, .students, .search) == nil ? nil : "/?in=students")
        return try services.layout.response("student", title: "Student \(id)", fields, visit)
    }

    /// A job or course with others like it.
    private static func posting(
        _ collection: CollectionName,
        _ id: String,
        _ visit: PageVisit,
        _ services: ServerServices
    ) async throws -> Response {
        let (entrance, records) = (services.entrance, services.records)
        let access = try await entrance.access(visit, to: collection, .read)
        guard let stored = try await records.document(collection, id: id, access) else {
            throw Problem.noDocument(collection.singular)
        }
        let document = try StoredDocument(stored)
        var fields = collection == .jobs ? DocumentPages.job(id, document) : DocumentPages.course(id, document)
        if entrance.grant(visit, collection, .search) != nil {
            let access = try await entrance.access(visit, to: collection, .search)
            let answer = try await records.similar(collection, to: id, limited(to: matches, services), access)
            fields.set(
                "similar",
                try answer.map { try DocumentCard.list(collection, StoredDocument($0), level: 3) } ?? []
            )
        }
        // A page of its own: a look at people is one that somebody meant, and nobody is disclosed by reading about a job.
        if collection == .jobs, entrance.grant(visit, .students, .match) != nil {
            fields.set("fitting", "/jobs/\(PageTarget.encoded(id))/students")
        }
        fields.set("back", "/?in=\(collection.rawValue)")
        return try services.layout.response(
            collection.singular,
            title: document.text("title") ?? PageText.title(collection.singular),
            fields,
            visit
        )
    }

    /// Students who fit a job.
    private static func students(_ id: String, _ visit: PageVisit, _ services: ServerServices) async throws -> Response
    {
        let (entrance, records) = (services.entrance, services.records)
        let reading = try await entrance.access(visit, to: .jobs, .read)
        let matching = try await entrance.access(visit, to: .students, .match)
        let parameters = try limited(to: fitting, services)
        guard let stored = try await records.document(.jobs, id: id, reading),
            let answer = try await records.students(forJob: id, parameters, matching)
        else { throw Problem.noDocument(CollectionName.jobs.singular) }
        var fields = DocumentPages.job(id, try StoredDocument(stored))
        fields.set("cards", DocumentCard.list(.students, try StoredDocument(answer), level: 2))
        fields.set("back", "/jobs/\(PageTarget.encoded(id))")
        return try services.layout.response("job-students", title: "Students who fit a job", fields, visit)
    }

    private static func limited(to count: Int, _ services: ServerServices) throws -> SearchParameters {
        try SearchParameters(QueryString("limit=\(min(count, services.limits.hits))"), limits: services.limits)
    }
}
