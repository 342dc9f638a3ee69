// Starts a server for a test and reads its answers.

import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import LyceumCore
import Synchronization
import Testing

@testable import LyceumServer

/// A key that opens everything, and its text.
let everything = APIKey.generate(name: "everything")

/// Log lines as they are written.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var text: String { all.joined() }

    func logger() -> Logger {
        Logger(label: "test") { label in
            var handler = JSONLogHandler(label: label) { line in self.lines.withLock { $0.append(line) } }
            handler.logLevel = .info
            return handler
        }
    }
}

/// Runs a test against the routes, without a socket.
func withServer(
    keys: [APIKey] = [everything.key],
    limits: ServerConfiguration.Limits = .init(),
    snapshots: any SnapshotSource = StubSnapshots(),
    runs: (any RunHistory)? = nil,
    log: LogLines = LogLines(),
    on setup: TestingSetup = .router,
    _ test: @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
    let configuration = ServerConfiguration(
        port: 0,
        indexDirectory: URL(filePath: "/nonexistent"),
        apiKeys: keys,
        limits: limits,
        reloadInterval: .milliseconds(5)
    )
    let server = try Server(configuration: configuration, snapshots: snapshots, runs: runs, logger: log.logger())
    try await server.application().test(setup, test)
}

extension TestClientProtocol {
    func get(_ uri: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
        try await executeRequest(uri: uri, method: .get, headers: headers, body: nil)
    }

    /// A request with the key that opens everything.
    func getWithKey(_ uri: String) async throws -> TestResponse {
        try await get(uri, [.authorization: "Bearer \(everything.text.reveal())"])
    }

    func post(
        _ uri: String,
        _ body: String,
        type: String? = "application/json",
        headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = type
        return try await executeRequest(uri: uri, method: .post, headers: headers, body: ByteBuffer(string: body))
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    /// The body as a JSON object; a test that gets anything else fails.
    func object() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(buffer: body)) as? [String: Any])
    }

    /// Expects a status.
    func expect(_ status: HTTPResponse.Status, _ location: SourceLocation = #_sourceLocation) {
        #expect(self.status == status, sourceLocation: location)
    }

    /// Expects a body.
    func expect(text: String, _ location: SourceLocation = #_sourceLocation) {
        #expect(self.text == text, sourceLocation: location)
    }

    /// Expects a whole RFC 9457 problem of a kind, and returns it.
    @discardableResult
    func problem(
        _ code: String,
        _ status: HTTPResponse.Status,
        _ location: SourceLocation = #_sourceLocation
    ) throws -> [String: Any] {
        #expect(self.status == status, sourceLocation: location)
        #expect(headers[.contentType] == "application/problem+json", sourceLocation: location)
        let problem = try object()
        #expect(problem["type"] as? String == "urn:lyceum:problem:\(code)", sourceLocation: location)
        #expect(problem["status"] as? Int == status.code, sourceLocation: location)
        for member in ["title", "detail"] {
            #expect((problem[member] as? String)?.isEmpty == false, sourceLocation: location)
        }
        let id = try #require(problem["request_id"] as? String, sourceLocation: location)
        #expect(problem["instance"] as? String == "urn:lyceum:request:\(id)", sourceLocation: location)
        #expect(headers[.xRequestID] == id, sourceLocation: location)
        return problem
    }
}

extension Data {
    init(buffer: ByteBuffer) {
        self.init(buffer.readableBytesView)
    }
}
