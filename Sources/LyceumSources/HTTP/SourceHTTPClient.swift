// The HTTP client that all REST sources share: authorization × retry × rate limit × size and time limits.

import AsyncHTTPClient
import Foundation
import Logging
import LyceumCore
import NIOCore
import Synchronization

/// Sends requests, and sends them again when that can help.
///
/// The decisions are values (``RetryPolicy``, ``RetryBudget``, ``CircuitBreaker``, ``TokenBucket``, ``TokenLifecycle``);
/// this class only carries them out. Answers are read on the caller's task, several at once.
final class SourceHTTPClient: Sendable {
    /// What a source's requests may take.
    struct Limits: Sendable {
        /// The longest time for a connection to be made.
        var connect: Duration = .seconds(10)
        /// The longest silence on a connection.
        var read: Duration = .seconds(60)
        /// The longest time for a whole request with its answer.
        var total: Duration = .seconds(60)
        /// The largest answer that is held whole, in bytes after decompression.
        var responseBytes = 1 << 30
        /// The longest silence on a connection whose answer is read in pieces: a report is computed first.
        var streamRead: Duration = .seconds(900)
        /// The longest time for an answer that is read in pieces.
        var streamTotal: Duration = .seconds(3_600)
        /// The largest answer that is read in pieces, in bytes after decompression.
        var streamBytes = 64 << 30
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
    private let state: Mutex<State>

    private struct State {
        var budget: RetryBudget
        var breaker: CircuitBreaker
        var lastFailure: SourceError?
    }

    init(
        limits: Limits,
        policy: RetryPolicy = RetryPolicy(),
        budget: RetryBudget = RetryBudget(),
        breaker: CircuitBreaker = CircuitBreaker(),
        network: NetworkSettings = .direct,
        logger: Logger
    ) {
        self.limits = limits
        self.policy = policy
        self.logger = logger
        state = Mutex(State(budget: budget, breaker: breaker))
        gate = RequestGate(requestsPerSecond: limits.requestsPerSecond, concurrency: limits.concurrency)
        connections = Connections(limits, network: network)
    }

    /// Sends a request and returns what `read` makes of its complete answer, whose status is a success.
    ///
    /// When `read` throws a retryable ``SourceError`` with code `malformed` (a page that is not JSON), the request is sent
    /// again like any other failure.
    ///
    /// - Throws: ``SourceError``, or `CancellationError`.
    func send<Result: Sendable>(
        _ request: APIRequest,
        authorization: any Authorization,
        read: @escaping @Sendable (APIResponse) throws -> Result
    ) async throws -> Result {
        try await repeating(
            request,
            authorization: authorization,
            bytes: limits.responseBytes,
            total: limits.total,
            isStream: false
        ) { answer in
            let body = try await answer.body.collect()
            return try read(
                APIResponse(status: answer.status, body: body, location: answer.location, headers: answer.headers)
            )
        }
    }

    /// Sends a request and returns its answer, whose status is a success.
    func send(_ request: APIRequest, authorization: any Authorization) async throws -> APIResponse {
        try await send(request, authorization: authorization) { $0 }
    }

    /// Sends a request and lets `read` take its answer in pieces, so that memory does not grow with it.
    ///
    /// `read` starts over from the first byte when the connection breaks or it throws a retryable ``SourceError`` with code
    /// `malformed`: what it has handed on before, it hands on again or remembers. Its other errors end the request and
    /// come out unchanged. The request counts as under way until `read` returns.
    func stream<Result: Sendable>(
        _ request: APIRequest,
        authorization: any Authorization,
        read: @escaping @Sendable (StreamedResponse) async throws -> Result
    ) async throws -> Result {
        try await repeating(
            request,
            authorization: authorization,
            bytes: limits.streamBytes,
            total: limits.streamTotal,
            isStream: true,
            read: read
        )
    }

    /// Closes the connections.
    func close() async {
        await connections.close()
    }

    // MARK: Attempts

    private enum Outcome<Result: Sendable>: Sendable {
        case answer(Result)
        case tokenRejected(AccessToken, SourceError)
        case failed(AttemptFailure, SourceError)
    }

    /// How many tokens may end one after another while a request with the token before is under way.
    private static let mostStaleTokens = 16

    private typealias Proof = (headers: [(String, String)], token: AccessToken?)

    private func repeating<Result: Sendable>(
        _ request: APIRequest,
        authorization: any Authorization,
        bytes: Int,
        total: Duration,
        isStream: Bool,
        read: @escaping @Sendable (StreamedResponse) async throws -> Result
    ) async throws -> Result {
        state.withLock { $0.budget.earn() }
        let location = Redaction.url(request.url)
        var attempt = 0
        var hasRenewed = false
        var staleTokens = 0
        while true {
            attempt += 1
            try admit(location)
            // Outside the gate: fetching a token is a request too, and must not wait for those that wait for it.
            let proof = try await authorization.headers()
            let asked = try attempt > 1 ? request.remake?() ?? request : request
            let outcome = try await gate.admit {
                try await self.attempt(
                    asked,
                    proof: proof,
                    authorization: authorization,
                    location: location,
                    bytes: bytes,
                    total: total,
                    isStream: isStream,
                    read: read
                )
            }
            let failure: AttemptFailure
            let error: SourceError
            switch outcome {
            case .answer(let result):
                note(nil, nil)
                return result
            case .tokenRejected(let token, let refusal):
                note(nil, nil)
                if await authorization.reject(token) {
                    guard !hasRenewed else { throw refusal }
                    hasRenewed = true
                    logger.debug("token rejected, renewing once", metadata: ["url": "\(location)"])
                } else {
                    // Another request has had it renewed since this one was sent: that says nothing of the new one.
                    staleTokens += 1
                    guard staleTokens <= Self.mostStaleTokens else { throw refusal }
                }
                attempt -= 1
                continue
            case .failed(let how, let what):
                note(how, what)
                (failure, error) = (how, what)
            }
            guard let delay = policy.delay(after: failure, attempt: attempt, random: .random(in: 0..<1)) else {
                throw attempt > 1 ? error.after(attempts: attempt) : error
            }
            guard state.withLock({ $0.budget.spend() }) else {
                throw error.after(attempts: attempt, because: "too many of this source's requests fail")
            }
            if case .status(429, _?) = failure { await gate.pause(for: delay) }
            if case .status(503, _?) = failure { await gate.pause(for: delay) }
            logger.notice(
                "retrying a request",
                metadata: [
                    "url": "\(location)", "attempt": "\(attempt)", "wait_ms": "\(Int(delay.inSeconds * 1000))",
                    "error": "\(error.code)",
                ]
            )
            try await Task.sleep(for: delay)
        }
    }

    /// Refuses a request while the breaker is open.
    private func admit(_ location: String) throws {
        let now = ContinuousClock.now
        try state.withLock { state in
            if case .refused(let until) = state.breaker.admit(now: now) {
                throw state.breaker.error(
                    wait: now.duration(to: until),
                    date: Date(),
                    location: location,
                    last: state.lastFailure
                )
            }
        }
    }

    /// Tells the breaker how an attempt ended.
    private func note(_ failure: AttemptFailure?, _ error: SourceError?) {
        state.withLock { state in
            if let failure, CircuitBreaker.counts(failure) {
                state.breaker.failed(now: .now)
                state.lastFailure = error
            } else {
                state.breaker.succeeded()
            }
        }
    }

    private func attempt<Result: Sendable>(
        _ request: APIRequest,
        proof: Proof,
        authorization: any Authorization,
        location: String,
        bytes: Int,
        total: Duration,
        isStream: Bool,
        read: @escaping @Sendable (StreamedResponse) async throws -> Result
    ) async throws -> Outcome<Result> {
        let head = head(of: request, proof)
        let hidden = request.secrets.map { $0.reveal() } + proof.headers.map(\.1)
        do {
            return try await connections.execute(head, total: total, isStream: isStream) { answer in
                let status = Int(answer.status.code)
                guard (200..<300).contains(status) else {
                    let body = await ResponseBody(pieces: answer.body, limit: 64 * 1024, location: location)
                        .start(64 * 1024)
                    let retryAfter = answer.headers.first(name: "Retry-After")
                        .flatMap { RetryAfter.parse($0, now: Date()) }
                    let refusal = HTTPRefusal.error(
                        status: status,
                        retryAfter: retryAfter,
                        body: body,
                        hiding: hidden,
                        location: location
                    )
                    if let token = proof.token, authorization.isTokenRejected(status: status, body: body) {
                        return .tokenRejected(token, refusal)
                    }
                    return .failed(.status(status, retryAfter: retryAfter), refusal)
                }
                try Self.checkEncoding(answer.headers[canonicalForm: "Content-Encoding"].map(String.init), location)
                let streamed = StreamedResponse(
                    status: status,
                    location: location,
                    headers: answer.headers.map { ($0.name, $0.value) },
                    body: ResponseBody(pieces: answer.body, limit: bytes, location: location)
                )
                return .answer(try await read(streamed))
            }
        } catch let fault as TransportFault {
            try Task.checkCancellation()
            let (failure, what) = try HTTPRefusal.classify(fault.cause, total: total, bytes: bytes, location: location)
            return .failed(failure, what)
        } catch let malformed as SourceError where malformed.code == .malformed && malformed.isRetryable {
            return .failed(.malformed, malformed)
        }
    }

    private func head(of request: APIRequest, _ proof: Proof) -> HTTPClientRequest {
        var head = HTTPClientRequest(url: request.url)
        head.method = request.method == .get ? .GET : .POST
        head.headers.add(name: "User-Agent", value: "lyceum")
        // What the client can decode; it has no Brotli.
        head.headers.add(name: "Accept-Encoding", value: "gzip, deflate")
        for (name, value) in request.headers + proof.headers {
            head.headers.replaceOrAdd(name: name, value: value)
        }
        if !request.body.isEmpty { head.body = .bytes(ByteBuffer(bytes: request.body)) }
        return head
    }

    /// A body in an encoding that was not asked for would be taken for data.
    private static func checkEncoding(_ encodings: [String], _ location: String) throws {
        let known: Set<String> = ["gzip", "x-gzip", "deflate", "identity", ""]
        guard let strange = encodings.first(where: { !known.contains($0.lowercased()) }) else { return }
        throw SourceError(
            .malformed,
            "The answer is compressed as '\(strange.prefix(20))', although only gzip and deflate were asked for; a proxy in "
                + "between may do that.",
            location: location,
            isRetryable: false
        )
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
