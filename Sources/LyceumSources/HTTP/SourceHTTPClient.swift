// The HTTP client that all REST sources share: authorization × retry × rate limit × size and time limits.

import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOFoundationCompat

/// Sends requests, and sends them again when that can help.
///
/// The decisions are values (``RetryPolicy``, ``RetryBudget``, ``TokenBucket``, ``TokenLifecycle``); this actor only
/// carries them out.
actor SourceHTTPClient {
    /// What a source's requests may take.
    struct Limits: Sendable {
        /// The longest time for a connection to be made.
        var connect: Duration = .seconds(10)
        /// The longest silence on a connection.
        var read: Duration = .seconds(60)
        /// The longest time for a whole request with its answer.
        var total: Duration = .seconds(60)
        /// The largest answer, in bytes after decompression.
        var responseBytes = 1 << 30
        /// Requests a second.
        var requestsPerSecond = 5.0
        /// Requests at once.
        var concurrency = 4
    }

    private let limits: Limits
    private let policy: RetryPolicy
    private let gate: RequestGate
    private let connections: Connections
    private let logger: Logger
    private var budget: RetryBudget

    init(limits: Limits, policy: RetryPolicy = RetryPolicy(), budget: RetryBudget = RetryBudget(), logger: Logger) {
        self.limits = limits
        self.policy = policy
        self.budget = budget
        self.logger = logger
        gate = RequestGate(requestsPerSecond: limits.requestsPerSecond, concurrency: limits.concurrency)
        connections = Connections(limits)
    }

    /// Sends a request and returns its answer, whose status is a success.
    ///
    /// `read` looks at the answer; when it throws a retryable ``SourceError`` (a page that is not JSON), the request is
    /// sent again like any other failure.
    ///
    /// - Throws: ``SourceError``, or `CancellationError`.
    func send<Result: Sendable>(
        _ request: APIRequest,
        authorization: any Authorization,
        read: @Sendable (APIResponse) throws -> Result
    ) async throws -> Result {
        budget.earn()
        let location = Redaction.url(request.url)
        var attempt = 0
        var hasRenewed = false
        while true {
            attempt += 1
            // Outside the gate: fetching a token is a request too, and must not wait for those that wait for it.
            let proof = try await authorization.headers()
            let outcome = try await gate.admit {
                try await self.attempt(request, with: proof, authorization: authorization, location: location)
            }
            let failure: AttemptFailure
            let error: SourceError
            switch outcome {
            case .answer(let response):
                do {
                    return try read(response)
                } catch let malformed as SourceError where malformed.code == .malformed && malformed.isRetryable {
                    (failure, error) = (.malformed, malformed)
                }
            case .tokenRejected(let token, let refusal):
                guard !hasRenewed else { throw refusal }
                hasRenewed = true
                attempt -= 1
                await authorization.reject(token)
                logger.debug("token rejected, renewing once", metadata: ["url": "\(location)"])
                continue
            case .failed(let how, let what):
                (failure, error) = (how, what)
            }
            guard let delay = policy.delay(after: failure, attempt: attempt, random: .random(in: 0..<1)) else {
                throw attempt > 1 ? error.after(attempts: attempt) : error
            }
            guard budget.spend() else {
                throw error.after(attempts: attempt, because: "too many of this source's requests fail")
            }
            logger.notice(
                "retrying a request",
                metadata: [
                    "url": "\(location)", "attempt": "\(attempt)", "wait_ms": "\(Int(delay.inSeconds * 1000))",
                    "error": "\(error.code)",
                ]
            )
            if case .status(429, _?) = failure { await gate.pause(for: delay) }
            try await Task.sleep(for: delay)
        }
    }

    /// Sends a request and returns its answer, whose status is a success.
    func send(_ request: APIRequest, authorization: any Authorization) async throws -> APIResponse {
        try await send(request, authorization: authorization) { $0 }
    }

    /// Closes the connections.
    func close() async {
        await connections.close()
    }

    private enum Outcome: Sendable {
        case answer(APIResponse)
        case tokenRejected(AccessToken, SourceError)
        case failed(AttemptFailure, SourceError)
    }

    private func attempt(
        _ request: APIRequest,
        with proof: (headers: [(String, String)], token: AccessToken?),
        authorization: any Authorization,
        location: String
    ) async throws -> Outcome {
        var head = HTTPClientRequest(url: request.url)
        head.method = request.method == .get ? .GET : .POST
        head.headers.add(name: "User-Agent", value: "lyceum")
        for (name, value) in request.headers + proof.headers {
            head.headers.replaceOrAdd(name: name, value: value)
        }
        if !request.body.isEmpty { head.body = .bytes(ByteBuffer(bytes: request.body)) }
        do {
            let (answer, body) = try await connections.execute(head, limits: limits)
            let status = Int(answer.status.code)
            if (200..<300).contains(status) {
                return .answer(APIResponse(status: status, body: body, location: location))
            }
            let retryAfter = answer.headers.first(name: "Retry-After").flatMap { RetryAfter.parse($0, now: Date()) }
            let refusal = HTTPRefusal.error(status: status, retryAfter: retryAfter, body: body, location: location)
            if let token = proof.token, authorization.isTokenRejected(status: status, body: body) {
                return .tokenRejected(token, refusal)
            }
            return .failed(.status(status, retryAfter: retryAfter), refusal)
        } catch let error as CancellationError {
            throw error
        } catch {
            try Task.checkCancellation()
            let (failure, what) = try HTTPRefusal.classify(error, limits: limits, location: location)
            return .failed(failure, what)
        }
    }
}

extension SourceError {
    /// The same error, saying how often it was tried.
    func after(attempts: Int, because reason: String? = nil) -> SourceError {
        let tail =
            reason.map { " (gave up after \(attempts) attempts: \($0))" } ?? " (gave up after \(attempts) attempts)"
        return SourceError(code, message + tail, location: location, isRetryable: isRetryable, cause: cause)
    }
}

/// Owns an `HTTPClient`, and shuts it down when nobody needs it any more.
private final class Connections: Sendable {
    private let client: HTTPClient

    init(_ limits: SourceHTTPClient.Limits) {
        var configuration = HTTPClient.Configuration()
        // A redirect would carry the credentials to wherever the answer says.
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = limits.connect.timeAmount
        configuration.timeout.read = limits.read.timeAmount
        configuration.decompression = .enabled(limit: .size(limits.responseBytes))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, limits.concurrency)
        // Whether a refused connection is tried again is the retry policy's decision.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        client.shutdown { _ in }
    }

    /// Sends a request and reads its whole answer.
    ///
    /// The client's own deadline ends with the answer's head, so a body that drips in is bounded here.
    func execute(
        _ request: HTTPClientRequest,
        limits: SourceHTTPClient.Limits
    ) async throws -> (HTTPClientResponse, [UInt8]) {
        try await withThrowingTaskGroup(of: (HTTPClientResponse, [UInt8])?.self) { group in
            group.addTask { [client] in
                let answer = try await client.execute(request, deadline: .now() + limits.total.timeAmount)
                var buffer = try await answer.body.collect(upTo: limits.responseBytes)
                return (answer, buffer.readBytes(length: buffer.readableBytes) ?? [])
            }
            group.addTask {
                try await Task.sleep(for: limits.total)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw HTTPClientError.deadlineExceeded
            }
            return result
        }
    }

    func close() async {
        try? await client.shutdown()
    }
}

extension Duration {
    /// The same duration in NIO's type.
    fileprivate var timeAmount: TimeAmount { .nanoseconds(Int64(inSeconds * 1e9)) }
}
