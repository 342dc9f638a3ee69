// Owns the HTTP library's clients, one for each way to a source: its proxy and its limit on silence are the client's.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// Sends single requests, and shuts its clients down when nobody needs them any more.
final class Connections: Sendable {
    private let limits: SourceHTTPClient.Limits
    private let network: NetworkSettings
    private let state = Mutex(State())

    private struct Route: Hashable {
        var proxy: ProxyServer?
        var isStream: Bool
    }

    private struct State {
        var clients: [Route: HTTPClient] = [:]
        var isClosed = false
    }

    init(_ limits: SourceHTTPClient.Limits, network: NetworkSettings) {
        self.limits = limits
        self.network = network
    }

    deinit {
        for client in state.withLock({ $0.clients.values }) { client.shutdown { _ in } }
    }

    /// Sends a request and hands its answer on, within a time limit for all of it.
    ///
    /// The library's own deadline ends with the answer's head, so a body that drips in is bounded here.
    ///
    /// - Throws: ``TransportFault``, or what `receive` throws.
    func execute<Result: Sendable>(
        _ request: HTTPClientRequest,
        total: Duration,
        isStream: Bool,
        receive: @escaping @Sendable (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        let client = try client(for: request.url, isStream: isStream)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                let answer: HTTPClientResponse
                do {
                    answer = try await client.execute(request, deadline: .now() + total.timeAmount)
                } catch let error as CancellationError {
                    throw error
                } catch {
                    throw TransportFault(cause: error)
                }
                return try await receive(answer)
            }
            group.addTask {
                try await Task.sleep(for: total)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw TransportFault(cause: HTTPClientError.deadlineExceeded)
            }
            return result
        }
    }

    /// Closes all connections. No request can be sent after this.
    func close() async {
        let clients = state.withLock { state in
            defer { state = State(clients: [:], isClosed: true) }
            return state.clients.values.map { $0 }
        }
        for client in clients { try? await client.shutdown() }
    }

    private func client(for url: String, isStream: Bool) throws -> HTTPClient {
        let route = Route(proxy: network.proxies.proxy(for: url), isStream: isStream)
        return try state.withLock { state in
            guard !state.isClosed else { throw TransportFault(cause: HTTPClientError.alreadyShutdown) }
            if let client = state.clients[route] { return client }
            let client = make(for: route)
            state.clients[route] = client
            return client
        }
    }

    private func make(for route: Route) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = network.tls
        configuration.proxy = route.proxy?.configuration
        configuration.timeout.read = (route.isStream ? limits.streamRead : limits.read).timeAmount
        // A redirect would carry the credentials to wherever the answer says.
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = limits.connect.timeAmount
        configuration.decompression = .enabled(limit: .size(max(limits.responseBytes, limits.streamBytes)))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, limits.concurrency)
        // Whether a refused connection is tried again is the retry policy's decision.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

extension Duration {
    /// The same duration in NIO's type.
    var timeAmount: TimeAmount { .nanoseconds(Int64(clamping: Int(min(inSeconds * 1e9, 9e18)))) }
}
