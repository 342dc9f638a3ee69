// The files that pages are made of, and the contract.

import Hummingbird

/// The style, script and icon of the pages, and the OpenAPI document.
enum AssetRoutes {
    static func routes(_ services: ServerServices) -> [Route] {
        PageStore.paths.map { path, _, _ in
            Route(.get, path) { request, _ in
                guard let file = services.pages[path: path] else { throw Problem.notFound }
                // Revalidated each time: a new version of the program shows at once.
                var headers: HTTPFields = [.eTag: file.tag, .cacheControl: "no-cache"]
                guard !request.hasCurrentCopy(tag: file.tag) else {
                    return Response(status: .notModified, headers: headers)
                }
                headers[.contentType] = file.contentType
                return Response(
                    status: .ok,
                    headers: headers,
                    body: .init(byteBuffer: ByteBuffer(bytes: file.data))
                )
            }
        }
    }
}
