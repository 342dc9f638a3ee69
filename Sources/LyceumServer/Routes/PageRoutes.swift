// The page at / and its files.

import Hummingbird

/// The search page, its style and script, and the OpenAPI document.
enum PageRoutes {
    static func routes(_ services: ServerServices) -> [Route] {
        PageStore.paths.map { path, _, _ in
            Route(.get, path) { request, _ in
                guard let file = services.pages[path: path] else { throw Problem.notFound }
                // Revalidated each time: a new version of the program shows at once.
                var headers: HTTPFields = [.eTag: file.tag, .cacheControl: "no-cache"]
                // Also on a 304: its headers replace those of the browser's copy.
                if file.contentType.hasPrefix("text/html") {
                    headers[.contentSecurityPolicy] = SecurityHeaders.pagePolicy
                }
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
