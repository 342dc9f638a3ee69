// A server that really listens, run and shut down as `lyceum serve` does it.

import AsyncHTTPClient
import Foundation
import HTTPTypes
import Logging
import LyceumCore
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization
import Testing

@testable import LyceumServer

/// A server on a port of its own.
struct RunningServer: Sendable {
    let port: Int
    let server: Server
    private let group: ServiceGroup

    /// Runs a test against a server, and ends the server afterwards.
    static func run(
        snapshots: any SnapshotSource = StubSnapshots(),
        access: ServerAccess? = nil,
        runs: (any RunHistory)? = nil,
        log: LogLines = LogLines(),
        configure: (inout ServerConfiguration) -> Void = { _ in },
        _ test: @escaping @Sendable (RunningServer) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration(
            port: 0,
            indexDirectory: URL(filePath: "/nonexistent"),
            reloadInterval: .milliseconds(20)
        )
        configuration.shutdown = .init(limit: .seconds(60))
        // Tests that run at once make every server of theirs look overloaded.
        configuration.limits = .patient
        configure(&configuration)
        let given: ServerAccess
        // Kept to the end, for its folder goes with it.
        let record = TestRecord()
        defer { withExtendedLifetime(record) {} }
        if let access { given = access } else { given = try await .forTests(record: record) }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = try Server(
            configuration: configuration,
            snapshots: snapshots,
            access: given,
            runs: runs,
            logger: log.logger(),
            onRunning: { continuation.yield($0) }
        )
        let group = ServiceGroup(configuration: .init(services: [server], logger: log.logger()))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else {
                try await tasks.waitForAll()
                return
            }
            do {
                try await test(RunningServer(port: port, server: server, group: group))
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    func beginShutdown() async { await group.triggerGracefulShutdown() }

    var counts: ServerMetrics.State { server.services.metrics.counts }
    var queue: Admission.Standing { server.services.edge.admission.standing }

    /// Waits until something holds; the test's time limit is the only one.
    func until(_ holds: @Sendable () async throws -> Bool) async throws {
        while try await !holds() { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// One request on a connection of its own.
    func get(_ path: String, _ headers: [(String, String)] = []) async throws -> Answer {
        try await Self.withClient { client in
            try await Self.get("http://127.0.0.1:\(port)\(path)", headers, over: client)
        }
    }

    struct Answer: Sendable {
        var status: Int
        var version: String
        var headers: [String: String]
        var body: Data
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    static func get(
        _ url: String,
        _ headers: [(String, String)] = [],
        method: String = "GET",
        over client: HTTPClient
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        request.headers.add(name: "Authorization", value: "Bearer \(try await TestKeys.text(.administrator))")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await client.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 64 << 20)
        var fields: [String: String] = [:]
        for (name, value) in response.headers { fields[name.lowercased()] = value }
        return Answer(
            status: Int(response.status.code),
            version: "\(response.version.major).\(response.version.minor)",
            headers: fields,
            body: Data(body.readableBytesView)
        )
    }

    static func withClient<Value>(
        _ configuration: HTTPClient.Configuration = .init(),
        _ work: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let value = try await work(client)
            try await client.shutdown()
            return value
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}

/// A history of runs that is not told before the test lets it, and does not heed cancellation.
final class GatedRuns: RunHistory {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    var waiting: Int { state.withLock { $0.waiting.count } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func recentRuns(limit: Int) async -> [String] {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
        return []
    }

    func run(_ id: RunID) async -> String? { nil }
}
