// Starts a server for a test and reads its answers.

import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import LyceumAccess
import LyceumAudit
import LyceumCore
import Synchronization
import Testing

@testable import LyceumServer

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

extension ServerConfiguration.Limits {
    /// Limits that no test reaches by being slow: tests that run at once make every server of theirs look overloaded.
    static let patient = Self(
        queuedRequests: 10_000,
        queueMilliseconds: 600_000,
        idleSeconds: 300,
        headSeconds: 300,
        bodySeconds: 300
    )
}

/// Runs a test against the routes, without a socket, with the keys of ``TestKeys`` and an audit record of its own.
func withServer(
    policy: Policy? = nil,
    record: TestRecord = TestRecord(),
    audit: AuditLog? = nil,
    limits: ServerConfiguration.Limits = .patient,
    snapshots: any SnapshotSource = StubSnapshots(),
    runs: (any RunHistory)? = nil,
    log: LogLines = LogLines(),
    on setup: TestingSetup = .router,
    _ test: @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
    var limits = limits
    limits.queueMilliseconds = ServerConfiguration.Limits.patient.queueMilliseconds
    let configuration = ServerConfiguration(
        port: 0,
        indexDirectory: URL(filePath: "/nonexistent"),
        limits: limits,
        reloadInterval: .milliseconds(5)
    )
    let server = try Server(
        configuration: configuration,
        snapshots: snapshots,
        access: try await .forTests(policy: policy, record: record, audit: audit),
        runs: runs,
        logger: log.logger()
    )
    try await server.application().test(setup, test)
}

/// Waits until something holds, and fails after a minute, which is long for a starved machine too.
func eventually(
    _ location: SourceLocation = #_sourceLocation,
    _ holds: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while try await !holds() {
        try #require(ContinuousClock.now < end, "it did not come to hold within a minute", sourceLocation: location)
        try await Task.sleep(for: .milliseconds(5))
    }
}

extension TestClientProtocol {
    func get(_ uri: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
        try await executeRequest(uri: uri, method: .get, headers: headers, body: nil)
    }

    /// A request with an empty search as its body where it has one.
    func send(_ method: HTTPRequest.Method, _ uri: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
        guard method == .post else {
            return try await executeRequest(uri: uri, method: method, headers: headers, body: nil)
        }
        let body =
            switch uri {
            case "/v1/keys": #"{"name":"made by a test","role":"auditor"}"#
            case _ where uri.contains("recommendations"): #"{"profile":{"skills":["SQL"]}}"#
            default: "{}"
            }
        return try await post(uri, body, headers: headers)
    }

    /// A registrar's request, or another role's, with a purpose of that role.
    func getWithKey(_ uri: String, as role: Role = .registrar) async throws -> TestResponse {
        try await get(uri, TestKeys.headers(role))
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
