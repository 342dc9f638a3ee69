// A small HTTP server inside the tests that answers as a test tells it to, faults included.

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// What the server is asked.
struct StubRequest: Sendable {
    var method: String
    var path: String
    var query: [String: String]
    var headers: [String: String]
    var body: String
    /// How many requests came before, to any path.
    var number: Int
}

/// What it answers.
struct StubResponse: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// How long to wait before the answer.
    var delay: Duration = .zero
    /// Whether the connection is broken off in the middle of the body.
    var isTruncated = false

    static func json(_ text: String, status: Int = 200, headers: [String: String] = [:]) -> StubResponse {
        StubResponse(
            status: status,
            headers: headers.merging(["Content-Type": "application/json"]) { a, _ in a },
            body: Array(text.utf8)
        )
    }

    static func text(_ text: String, status: Int = 200) -> StubResponse {
        StubResponse(status: status, body: Array(text.utf8))
    }
}

/// A server on a free port of this machine.
final class FaultServer: Sendable {
    let url: String
    private let task: Task<Void, any Error>
    private let log: RequestLog

    final class RequestLog: Sendable {
        private let requests = Mutex<[StubRequest]>([])
        var all: [StubRequest] { requests.withLock { $0 } }
        func append(_ request: StubRequest) { requests.withLock { $0.append(request) } }
        var count: Int { requests.withLock { $0.count } }
    }

    /// The requests so far.
    var requests: [StubRequest] { log.all }

    struct BrokenOff: Error {}

    init(_ answer: @escaping @Sendable (StubRequest) async -> StubResponse) async throws {
        let log = RequestLog()
        self.log = log
        let router = Router()
        let handler: @Sendable (Request, BasicRequestContext) async throws -> Response = { request, _ in
            let body = try await request.body.collect(upTo: 1 << 20)
            var query: [String: String] = [:]
            for (key, value) in request.uri.queryParameters { query[String(key)] = String(value) }
            var headers: [String: String] = [:]
            for field in request.headers { headers[field.name.canonicalName] = field.value }
            let asked = StubRequest(
                method: request.method.rawValue,
                path: request.uri.path,
                query: query,
                headers: headers,
                body: String(buffer: body),
                number: log.count
            )
            log.append(asked)
            let stub = await answer(asked)
            if stub.delay > .zero { try await Task.sleep(for: stub.delay) }
            var fields = HTTPFields()
            for (name, value) in stub.headers {
                if let name = HTTPField.Name(name) { fields[name] = value }
            }
            let bytes = stub.body
            let body2: ResponseBody =
                stub.isTruncated
                ? ResponseBody(contentLength: bytes.count) { writer in
                    try await writer.write(ByteBuffer(bytes: bytes.prefix(bytes.count / 2)))
                    throw BrokenOff()
                }
                : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            return Response(status: .init(code: stub.status), headers: fields, body: body2)
        }
        router.on("**", method: .get, use: handler)
        router.on("**", method: .post, use: handler)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "fault-server")
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
