// Requests over the network: time limits, retries, one connection pool.

import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// A request as it goes out.
struct OutgoingRequest: Sendable {
    var method: HTTPMethod
    var url: String
    var headers: [(name: String, value: String)] = []
    var body: ByteBuffer?
}

/// An answer, read to its end.
struct IncomingAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: ByteBuffer
}

/// How long to try.
public struct AWSLimits: Sendable, Hashable {
    /// The longest time for a connection to be made.
    public var connectSeconds = 5.0
    /// The longest silence on a connection.
    public var readSeconds = 30.0
    /// The most attempts, the first included.
    public var attempts = 5
    /// Requests at once to one host.
    public var concurrency = 16
    /// The largest answer that is held in memory, in bytes.
    public var answerBytes = 1 << 30

    /// The defaults.
    public init() {}
}

/// Sends requests, and sends them again where that can help. `sign` is called for each attempt, because signatures age.
final class AWSTransport: Sendable {
    let limits: AWSLimits
    private let client: HTTPClient
    private let logger: Logger

    init(limits: AWSLimits, logger: Logger) {
        var configuration = HTTPClient.Configuration()
        // A redirect would carry the signature to wherever the answer says.
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .milliseconds(Int64(limits.connectSeconds * 1000))
        configuration.timeout.read = .milliseconds(Int64(limits.readSeconds * 1000))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, limits.concurrency)
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.limits = limits
        self.logger = logger
    }

    deinit {
        client.shutdown { _ in }
    }

    /// The answer, whatever its status but those worth another attempt.
    ///
    /// - Throws: ``AWSError`` with code `unreachable`, or `CancellationError`.
    func send(
        at location: String,
        attempts: Int? = nil,
        _ request: @Sendable () async throws -> OutgoingRequest
    ) async throws -> IncomingAnswer {
        try await repeated(at: location, attempts: attempts) {
            let answer = try await self.execute(try await request())
            let body = try await answer.body.collect(upTo: self.limits.answerBytes)
            return IncomingAnswer(status: Int(answer.status.code), headers: answer.headers, body: body)
        }
    }

    /// Refuses plain `http` to another machine: this is where TLS is required of all that goes to AWS.
    ///
    /// The metadata services of containers and instances speak plain `http` at addresses that no router passes on.
    private static func requireEncryption(_ url: String) throws {
        if url.hasPrefix("https://") { return }
        let host = URL(string: url)?.host() ?? ""
        let isNear =
            host == "localhost" || host.hasPrefix("127.") || host == "::1" || host.hasPrefix("169.254.")
            || host == "fd00:ec2::254"
        guard url.hasPrefix("http://"), isNear else {
            throw AWSError(.configuration, "plain http is accepted to this machine only: use https", location: url)
        }
    }

    private func execute(_ request: OutgoingRequest) async throws -> HTTPClientResponse {
        try Self.requireEncryption(request.url)
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = request.method
        for (name, value) in request.headers where name != "host" { outgoing.headers.add(name: name, value: value) }
        if let body = request.body { outgoing.body = .bytes(body) }
        return try await client.execute(outgoing, deadline: .distantFuture)
    }

    private func repeated(
        at location: String,
        attempts: Int?,
        _ attempt: @Sendable () async throws -> IncomingAnswer
    ) async throws -> IncomingAnswer {
        let most = max(1, attempts ?? limits.attempts)
        var number = 0
        while true {
            number += 1
            var failure: any Error
            do {
                let answer = try await attempt()
                guard Self.isWorthAnother(answer), number < most else { return answer }
                failure = AWSError(.serverFailure, "the service answered \(answer.status)", location: location)
            } catch let error as AWSError {
                throw error
            } catch let error as CancellationError {
                throw error
            } catch {
                try Task.checkCancellation()
                guard number < most else {
                    throw AWSError(
                        .unreachable,
                        "no answer after \(number) attempts; check the address, the network and its proxies",
                        location: location,
                        cause: error
                    )
                }
                failure = error
            }
            let wait = Self.wait(beforeAttempt: number + 1, random: .random(in: 0..<1))
            logger.debug(
                "sending a request again",
                metadata: ["at": "\(location)", "attempt": "\(number)", "error": "\(type(of: failure))"]
            )
            try await Task.sleep(for: wait)
        }
    }

    private static func isWorthAnother(_ answer: IncomingAnswer) -> Bool {
        if [429, 500, 502, 503, 504].contains(answer.status) { return true }
        guard answer.status == 400 || answer.status == 408 else { return false }
        let text = String(buffer: answer.body)
        return ["RequestTimeout", "ThrottlingException", "ProvisionedThroughputExceeded"].contains { text.contains($0) }
    }

    /// Exponential backoff with full jitter: uniform below 0.1 s · 2^(attempt-2), at most 10 s.
    static func wait(beforeAttempt attempt: Int, random: Double) -> Duration {
        .milliseconds(Int64(min(10_000, 100 * pow(2, Double(min(attempt, 20) - 2))) * random))
    }
}
