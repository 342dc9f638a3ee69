// GET /v1/{collection}/{id}.

import Foundation
import Hummingbird
import LyceumCore

/// One stored document: what the caller may see of it, as it was built.
enum DocumentRoutes {
    static func route(_ collection: CollectionName, _ services: ServerServices) -> Route {
        Route(.get, "/v1/\(collection.rawValue)/{id}", access: .collection(collection, .read)) { request, context in
            try request.refuseQuery(services)
            let id = try context.documentID("id", collection)
            guard let document = try await services.records.document(collection, id: id, context.granted()) else {
                throw Problem.noDocument(collection.singular)
            }
            guard !collection.isPersonal else { return .json(document) }
            // Of the bytes sent and not of the snapshot, which tells of other documents.
            let tag = "\"\(ContentHash.of(String(decoding: document, as: UTF8.self)).prefix(32))\""
            if request.hasCurrentCopy(tag: tag) {
                return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-cache"])
            }
            var response = Response.json(document)
            response.headers[.eTag] = tag
            response.headers[.cacheControl] = "no-cache"
            return response
        }
    }
}

extension ServerContext {
    /// The id in the path, percent-decoded.
    ///
    /// - Throws: ``Problem`` 404 for what can be no id, 400 for a broken escape.
    func documentID(_ name: String, _ collection: CollectionName) throws -> String {
        let id = try QueryString.decodedSegment(parameters.get(name) ?? "")
        guard (1...512).contains(id.utf8.count), !id.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw Problem.noDocument(collection.singular)
        }
        return id
    }
}

extension Request {
    /// Refuses a query string where none is known, so that a misspelt request does not pass for another.
    func refuseQuery(_ services: ServerServices) throws {
        _ = try SearchParameters(QueryString(uri.query), limits: services.limits, names: [])
    }

    /// Whether `If-None-Match` names the tag (RFC 9110, section 13.1.2).
    func hasCurrentCopy(tag: String) -> Bool {
        guard let header = headers[.ifNoneMatch] else { return false }
        return header.split(separator: ",").contains { given in
            let given = given.trimmingPrefix { $0 == " " || $0 == "\t" }
            let strong = given.hasPrefix("W/") ? given.dropFirst(2) : given
            return strong == "*" || strong.prefix(tag.count) == tag
        }
    }
}
