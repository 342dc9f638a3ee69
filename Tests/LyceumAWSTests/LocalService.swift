// A small HTTP service on this machine that answers as a test tells it to.

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Stands where a token service, a container's agent or an instance's metadata would.
final class LocalService: Sendable {
    /// What it is asked.
    struct Request: Sendable {
        var method: String
        var path: String
        var headers: [String: String]
        var body: String
    }

    let url: String
    private let task: Task<Void, any Error>
    private let log: Log

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
    }

    /// The requests so far.
    var requests: [Request] { log.requests.withLock { $0 } }

    init(_ answer: @escaping @Sendable (Request) -> (status: Int, body: String)) async throws {
        let log = Log()
        self.log = log
        let router = Router()
        let handler: @Sendable (HummingbirdCore.Request, BasicRequestContext) async throws -> Response = { request, _ in
            let body = try await request.body.collect(upTo: 1 << 20)
            var headers: [String: String] = [:]
            for field in request.headers { headers[field.name.canonicalName] = field.value }
            let asked = Request(
                method: request.method.rawValue,
                path: request.uri.path,
                headers: headers,
                body: String(buffer: body)
            )
            log.requests.withLock { $0.append(asked) }
            let (status, text) = answer(asked)
            return Response(status: .init(code: status), body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        router.on("", method: .post, use: handler)
        for method in [HTTPRequest.Method.get, .put, .post] { router.on("**", method: method, use: handler) }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "local-service")
        logger.logLevel = .critical
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                continuation.yield(channel.localAddress?.port ?? 0)
                continuation.finish()
            },
            logger: logger
        )
        task = Task { try await application.run() }
        var port = 0
        for await bound in ports { port = bound }
        url = "http://127.0.0.1:\(port)"
    }

    deinit { task.cancel() }
}
