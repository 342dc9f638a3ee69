// A small HTTP server inside the tests that answers as a test tells it to, faults included.

import HTTPTypes
import Hummingbird
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
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
    /// How long to wait between the body's pieces of 64 KiB; nil sends it at once.
    var drip: Duration?
    /// How often the body comes, one after another: a large body without its memory.
    var repetitions = 1
    /// Makes the body's pieces until it gives nil, in place of `body`.
    var generated: (@Sendable (Int) -> [UInt8]?)?

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

    /// - Parameter tls: serves `https` with this certificate and key.
    init(tls: TLSConfiguration? = nil, _ answer: @escaping @Sendable (StubRequest) async -> StubResponse) async throws {
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
            let isWhole = !stub.isTruncated && stub.drip == nil && stub.repetitions == 1 && stub.generated == nil
            let body2: ResponseBody =
                isWhole
                ? ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
                : ResponseBody(contentLength: stub.isTruncated ? bytes.count : nil) { writer in
                    var number = 0
                    while let piece = stub.generated?(number) {
                        try await writer.write(ByteBuffer(bytes: piece))
                        number += 1
                    }
                    let sent = stub.isTruncated ? bytes.count / 2 : bytes.count
                    for _ in 0..<stub.repetitions {
                        for start in stride(from: 0, to: sent, by: 65_536) {
                            try await writer.write(ByteBuffer(bytes: bytes[start..<min(start + 65_536, sent)]))
                            if let drip = stub.drip { try await Task.sleep(for: drip) }
                        }
                    }
                    if stub.isTruncated { throw BrokenOff() }
                    try await writer.finish(nil)
                }
            return Response(status: .init(code: stub.status), headers: fields, body: body2)
        }
        router.on("", method: .get, use: handler)
        router.on("**", method: .get, use: handler)
        router.on("**", method: .post, use: handler)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "fault-server")
        logger.logLevel = .critical
        let application = Application(
            router: router,
            server: try tls.map { try .tls(.http1(), tlsConfiguration: $0) } ?? .http1(),
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
        url = (tls == nil ? "http" : "https") + "://127.0.0.1:\(port)"
    }

    deinit { task.cancel() }
}
