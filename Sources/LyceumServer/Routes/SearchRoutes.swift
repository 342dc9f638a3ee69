// GET and POST /v1/{collection}/search.

import Foundation
import Hummingbird

/// Search in one collection, by query string or by JSON body.
enum SearchRoutes {
    static func routes(_ collection: CollectionName, _ services: ServerServices) -> [Route] {
        let template = "/v1/\(collection.rawValue)/search"
        let access = RouteAccess.collection(collection, .search)
        return [
            Route(.get, template, access: access, parameters: SearchParameters.names) { request, context in
                let query = try QueryString(request.uri.query)
                let parameters = try SearchParameters(query, limits: services.limits)
                let page = try await services.records.page(of: collection, parameters, context.granted())
                var response = Response.json(page.body)
                if let cursor = page.nextCursor {
                    response.linkNext(query.replacing(["cursor", "offset"], with: ("cursor", cursor)), of: template)
                }
                return response
            },
            Route(.post, template, access: access) { request, context in
                guard request.carriesJSON else { throw Problem.unsupportedMediaType }
                _ = try SearchParameters(QueryString(request.uri.query), limits: services.limits, names: [])
                let body = try await request.collectedBody(services.limits, context)
                let parameters = try SearchParameters(json: body, limits: services.limits)
                // No link to the next page: it could not carry the body.
                return .json(try await services.records.page(of: collection, parameters, context.granted()).body)
            },
        ]
    }
}

extension Request {
    /// Whether the content type is `application/json`, in UTF-8 if it says.
    var carriesJSON: Bool {
        guard let type = headers[.contentType]?.lowercased() else { return false }
        let parts = type.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        guard parts.first == "application/json" else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            !parameter.hasPrefix("charset=") || ["charset=utf-8", "charset=\"utf-8\""].contains(parameter)
        }
    }

    /// The whole body.
    ///
    /// - Throws: ``Problem`` 413 when it is longer than allowed, 408 when it takes too long to arrive, 400 when its chunks
    ///   cannot be read or it breaks off.
    func collectedBody(_ limits: ServerConfiguration.Limits, _ context: ServerContext) async throws -> Data {
        let limit = limits.bodyBytes
        if let length = headers[.contentLength].flatMap(Int.init), length > limit {
            throw Problem.bodyTooLarge(limit: limit)
        }
        @Sendable func collected() async throws -> Data {
            var data = Data()
            do {
                for try await part in body {
                    guard data.count + part.readableBytes <= limit else { throw Problem.bodyTooLarge(limit: limit) }
                    data.append(contentsOf: part.readableBytesView)
                }
            } catch let error where !(error is Problem || error is CancellationError) {
                throw Problem.bodyBroken
            }
            return data
        }
        if context.arrival.isWhole { return try await collected() }
        return try await withThrowingTaskGroup(of: Data?.self) { group in
            group.addTask { try await collected() }
            group.addTask {
                try await Task.sleep(for: .seconds(limits.bodySeconds))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let data = first else { throw Problem.bodyTooSlow }
            return data
        }
    }
}

extension Response {
    /// JSON that is ready to be sent.
    static func json(_ body: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
    }

    /// JSON that is ready to be sent.
    static func json(_ data: Data, status: HTTPResponse.Status = .ok) -> Response {
        json(ByteBuffer(bytes: data), status: status)
    }

    /// JSON that is ready to be sent.
    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        json(ByteBuffer(string: text), status: status)
    }
}
