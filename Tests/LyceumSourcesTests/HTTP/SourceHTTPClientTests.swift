// The HTTP client against a server with faults: limits, compression, answers in pieces, the breaker, redaction.

import Foundation
import Logging
import LyceumCore
import NIOCore
import Synchronization
import Testing

@testable import LyceumSources

@Suite("HTTP client") struct SourceHTTPClientTests {
    private func client(
        attempts: Int = 3,
        breaker: CircuitBreaker = CircuitBreaker(),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ change: (inout SourceHTTPClient.Limits) -> Void = { _ in }
    ) -> SourceHTTPClient {
        var limits = SourceHTTPClient.Limits()
        limits.requestsPerSecond = 0
        limits.total = .seconds(10)
        change(&limits)
        var policy = RetryPolicy()
        policy.maximumAttempts = attempts
        policy.base = .milliseconds(2)
        return SourceHTTPClient(limits: limits, policy: policy, breaker: breaker, logger: logger)
    }

    private func code(_ body: () async throws -> Void) async -> SourceError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? SourceError
        }
    }

    private static let page = #"{"total":1,"data":[{"id":"w1","firstName":"Ada"}]}"#

    @Test(
        "gzip and deflate are asked for and decoded",
        arguments: [
            ("gzip", "H4sIAAAAAAACA6tWKskvScxRsjLUUUpJLElUsoquVspMUbJSKjdU0lFKyywqLvFLzE0FCjimJCrVxtYCALfeD9kyAAAA"),
            ("deflate", "eJyrVirJL0nMUbIy1FFKSSxJVLKKrlbKTFGyUio3VNJRSsssKi7xS8xNBQo4piQq1cbWAgCKXQ+U"),
        ]
    )
    func compression(encoding: String, body: String) async throws {
        let bytes = Array(try #require(Data(base64Encoded: body)))
        let server = try await FaultServer { _ in StubResponse(headers: ["Content-Encoding": encoding], body: bytes) }
        let client = client()
        let answer = try await client.send(.get(server.url + "/x"), authorization: NoAuthorization())
        #expect(String(decoding: answer.body, as: UTF8.self) == Self.page)
        #expect(server.requests[0].headers["accept-encoding"] == "gzip, deflate")
        // A compressed body that is cut or garbled is a fault that a new answer may mend.
        let broken = try await FaultServer { _ in
            StubResponse(headers: ["Content-Encoding": encoding], body: Array(bytes.prefix(10)) + [9, 9, 9, 9, 9, 9])
        }
        let error = await code { _ = try await client.send(.get(broken.url), authorization: NoAuthorization()) }
        #expect(error?.code == .malformed || error?.code == .interrupted, "\(String(describing: error))")
        #expect(broken.requests.count == 3)
    }

    @Test(
        "a token that others have had renewed meanwhile costs a request nothing, and not for ever",
        arguments: [5, 99]
    )
    func staleToken(times: Int) async throws {
        let fetches = Counter()
        let tokens = TokenProvider { AccessToken(secret: Secret("t\(fetches.add())")) }
        let server = try await FaultServer { request in
            guard request.number < times else { return .json("{}") }
            // Another request is refused and has the token renewed before this one is.
            if let current = try? await tokens.token() {
                _ = await tokens.reject(current)
                _ = try? await tokens.token()
            }
            return .text("no", status: 401)
        }
        let error = await code {
            _ = try await client().send(.get(server.url), authorization: BearerAuthorization(tokens: tokens))
        }
        #expect(error?.code == (times == 5 ? nil : .unauthorized))
        #expect(server.requests.count == (times == 5 ? 6 : 17))
        let sent = server.requests.compactMap { $0.headers["authorization"] }
        #expect(sent == (1...sent.count).map { "Bearer t\($0)" })
    }

    @Test("a token that the server refuses although it is the newest is renewed once")
    func refusedToken() async throws {
        let tokens = TokenProvider { AccessToken(secret: Secret("t")) }
        let server = try await FaultServer { _ in .text("no", status: 401) }
        let error = await code {
            _ = try await client().send(.get(server.url), authorization: BearerAuthorization(tokens: tokens))
        }
        #expect(error?.code == .unauthorized)
        #expect(server.requests.count == 2)
    }

    @Test("an encoding that was not asked for is an error, not data")
    func brotli() async throws {
        let server = try await FaultServer { _ in StubResponse(headers: ["Content-Encoding": "br"], body: [1, 2, 3]) }
        let client = client()
        let error = await code { _ = try await client.send(.get(server.url), authorization: NoAuthorization()) }
        #expect(error?.code == .malformed && error?.message.contains("'br'") == true)
        #expect(server.requests.count == 1)
    }

    @Test("an answer beyond the limit is refused at once and not asked for again")
    func size() async throws {
        let server = try await FaultServer { _ in
            StubResponse(body: Array(repeating: 65, count: 100_000), repetitions: 100)
        }
        let client = client {
            $0.responseBytes = 300_000
            $0.streamBytes = 500_000
        }
        let whole = await code { _ = try await client.send(.get(server.url), authorization: NoAuthorization()) }
        #expect(whole?.code == .tooLarge && whole?.message.contains("300000") == true)
        let pieces = await code {
            try await client.stream(.get(server.url), authorization: NoAuthorization()) { answer in
                for try await _ in answer.body {}
            }
        }
        #expect(pieces?.code == .tooLarge && pieces?.message.contains("500000") == true)
        #expect(server.requests.count == 2)
    }

    @Test("a body that drips in ends at the limit for the whole, one that falls silent at the limit for silence")
    func slowBodies() async throws {
        let server = try await FaultServer { request in
            request.path == "/drip"
                ? StubResponse(body: Array(repeating: 65, count: 65_536), drip: .milliseconds(50), repetitions: 1_000)
                : StubResponse(body: Array(repeating: 65, count: 65_536), drip: .seconds(20), repetitions: 2)
        }
        let client = client(attempts: 1) {
            $0.total = .seconds(1)
            $0.read = .milliseconds(400)
        }
        let start = ContinuousClock.now
        let drip = await code {
            _ = try await client.send(.get(server.url + "/drip"), authorization: NoAuthorization())
        }
        #expect(drip?.code == .timeout)
        let silent = await code { _ = try await client.send(.get(server.url + "/x"), authorization: NoAuthorization()) }
        #expect(silent?.code == .timeout)
        // The whole bodies would take 50 and 40 s.
        #expect((ContinuousClock.now - start).inSeconds < 25)
    }

    @Test("an answer in pieces starts over when it breaks off, and the reader's own errors come out as they are")
    func pieces() async throws {
        struct Own: Error {}
        let asked = Counter()
        let body = Array(String(repeating: "0123456789", count: 30_000).utf8)
        let server = try await FaultServer { request in
            StubResponse(body: body, isTruncated: request.path == "/cut" && asked.add() < 3)
        }
        let client = client()
        let starts = Counter()
        let length = try await client.stream(.get(server.url + "/cut"), authorization: NoAuthorization()) { answer in
            starts.add()
            var length = 0
            for try await piece in answer.body { length += piece.readableBytes }
            return length
        }
        #expect(length == body.count && starts.value == 3)
        await #expect(throws: Own.self) {
            try await client.stream(.get(server.url + "/x"), authorization: NoAuthorization()) { _ in throw Own() }
        }
        #expect(server.requests.count { $0.path == "/x" } == 1)
    }

    @Test("what cannot succeed is asked once", arguments: [400, 401, 403, 404, 409, 410, 422, 302, 501])
    func hopeless(status: Int) async throws {
        let server = try await FaultServer { _ in
            StubResponse(status: status, headers: ["Location": "http://127.0.0.1:1/elsewhere"])
        }
        let error = await code { _ = try await client().send(.get(server.url), authorization: NoAuthorization()) }
        #expect(error != nil && error?.isRetryable == false)
        #expect(server.requests.count == 1)
    }

    @Test("what may succeed is asked again", arguments: [408, 425, 429, 500, 502, 503, 504])
    func hopeful(status: Int) async throws {
        let asked = Counter()
        let server = try await FaultServer { _ in asked.add() < 3 ? StubResponse(status: status) : .json(Self.page) }
        let answer = try await client().send(.get(server.url), authorization: NoAuthorization())
        #expect(answer.status == 200)
        #expect(server.requests.count == 3)
    }

    @Test("Retry-After as a date is kept to, and holds back other requests too")
    func retryAfterDate() async throws {
        let asked = Counter()
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        let until = formatter.string(from: Date().addingTimeInterval(4))
        let end = try #require(formatter.date(from: until))
        let server = try await FaultServer { request in
            request.path == "/busy" && asked.add() == 1
                ? StubResponse(status: 429, headers: ["Retry-After": until]) : .json(Self.page)
        }
        let log = LogLines()
        let client = client(logger: log.logger) { $0.concurrency = 4 }
        async let busy = client.send(.get(server.url + "/busy"), authorization: NoAuthorization())
        while log.lines.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        _ = try await client.send(.get(server.url + "/other"), authorization: NoAuthorization())
        #expect(Date() >= end)
        _ = try await busy
    }

    @Test("a dead source is left alone, the error says until when, and it is tried again then")
    func breaker() async throws {
        let isDead = Mutex(true)
        let server = try await FaultServer { _ in isDead.withLock { $0 } ? StubResponse(status: 500) : .json(Self.page)
        }
        let client = client(
            breaker: CircuitBreaker(failures: 3, patience: .zero, pause: .milliseconds(400))
        )
        let first = await code { _ = try await client.send(.get(server.url), authorization: NoAuthorization()) }
        #expect(first?.code == .serverFailure)
        #expect(server.requests.count == 3)
        let second = await code { _ = try await client.send(.get(server.url), authorization: NoAuthorization()) }
        #expect(second?.message.contains("tried again at 20") == true, "\(String(describing: second))")
        #expect(server.requests.count == 3)
        isDead.withLock { $0 = false }
        try await Task.sleep(for: .milliseconds(450))
        #expect(try await client.send(.get(server.url), authorization: NoAuthorization()).status == 200)
    }

    @Test("the configured rate is reached, and not passed")
    func rate() async throws {
        let server = try await FaultServer { _ in .json(Self.page) }
        func seconds(at rate: Double) async throws -> Double {
            let client = client {
                $0.requestsPerSecond = rate
                $0.concurrency = 4
            }
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<21 {
                    group.addTask { _ = try await client.send(.get(server.url), authorization: NoAuthorization()) }
                }
                try await group.waitForAll()
            }
            return (ContinuousClock.now - start).inSeconds
        }
        // What the same requests take on this machine without a limit, which other tests may keep busy.
        let unlimited = try await seconds(at: 0)
        // The first goes at once, the others at 5 a second: 4 s.
        let limited = try await seconds(at: 5)
        print("rate: \(20 / limited) of 5 requests a second (\(20 / unlimited) without a limit)")
        #expect(limited > 3.9)
        #expect(limited < 5 + 5 * unlimited)
    }

    // MARK: Redaction

    private static let faults = [
        "echo-400", "echo-401", "echo-403", "echo-429", "echo-500", "cut", "malformed", "redirect", "slow", "refused",
        "br",
    ]

    @Test("no secret stands in a log line or an error, whatever the fault", arguments: SourceHTTPClientTests.faults)
    func redaction(fault: String) async throws {
        let secrets = [
            "hush-client-secret", "hush-refresh-token", "hush-access-token", "hush-url-password", "hush-url-key",
        ]
        let log = LogLines()
        let server = try await FaultServer { request in
            if request.path.hasSuffix("/token"), fault != "echo-token" {
                return .json(#"{"access_token":"hush-access-token","expires_in":3600}"#)
            }
            let said = request.headers.map { "\($0.key): \($0.value)" }.joined(separator: "\n") + request.body
            let decoded = request.headers["authorization"].flatMap { value in
                Data(base64Encoded: String(value.split(separator: " ").last ?? "")).map {
                    String(decoding: $0, as: UTF8.self)
                }
            }
            switch fault {
            case "cut": return StubResponse(body: Array((said + Self.page).utf8), isTruncated: true)
            case "malformed": return .json(said)
            case "redirect":
                return StubResponse(status: 302, headers: ["Location": "http://x/?token=hush-access-token"])
            case "slow": return StubResponse(body: Array(said.utf8), delay: .seconds(5))
            case "br": return StubResponse(headers: ["Content-Encoding": "br"], body: Array(said.utf8))
            default: return .text(said + (decoded ?? ""), status: Int(fault.suffix(3)) ?? 500)
            }
        }
        let client = client(attempts: 2, logger: log.logger) { $0.total = .seconds(1) }
        let base = fault == "refused" ? "http://127.0.0.1:1" : server.url
        let url = base.replacing("http://", with: "http://user:hush-url-password@") + "/x?api_key=hush-url-key"
        let endpoint = try OAuthConfiguration(
            tokenURL: server.url + "/token",
            grant: .refreshToken,
            clientID: "client",
            clientSecret: Secret("hush-client-secret"),
            refreshToken: Secret("hush-refresh-token")
        ).endpoint(of: "hr")
        let authorization = BearerAuthorization(tokens: TokenProvider { try await endpoint.fetch(by: client) })
        var texts: [String] = []
        do {
            _ = try await client.send(.get(url), authorization: authorization) {
                try JSONPage(
                    $0.body,
                    shape: .init(table: "t", tree: FieldTree(["id"]), keyColumns: []),
                    rows: "data",
                    location: $0.location
                )
            }
            Issue.record("the fault \(fault) was no error")
        } catch {
            texts.append("\(error)")
            texts.append(String(reflecting: error))
            var dumped = ""
            dump(error, to: &dumped)
            texts.append(dumped)
        }
        texts += log.lines
        for secret in secrets {
            for text in texts where text.contains(secret) {
                Issue.record("\(fault) shows \(secret): \(text.prefix(300))")
            }
        }
    }

    @Test("a server that decodes a Basic header and repeats the password alone gives nothing away")
    func decodedPassword() async throws {
        let server = try await FaultServer { _ in .text("the password hush-42 of somebody is wrong", status: 403) }
        let error = await code {
            _ = try await client().send(
                .get(server.url),
                authorization: BasicAuthorization(user: "somebody", password: Secret("hush-42"))
            )
        }
        #expect(error?.code == .forbidden && error?.message.contains("the password …") == true)
        #expect(error?.message.contains("hush") == false)
    }

    @Test("a token endpoint that repeats the request's secrets gives none away", arguments: ["basic", "form"])
    func tokenEcho(style: String) async throws {
        let server = try await FaultServer { request in
            let header = request.headers["authorization"] ?? ""
            let decoded = Data(base64Encoded: String(header.dropFirst(6))).map { String(decoding: $0, as: UTF8.self) }
            let form = request.body.removingPercentEncoding ?? ""
            return .text("bad: \(header) \(decoded ?? "") \(request.body) \(form)", status: 400)
        }
        let log = LogLines()
        let client = client(logger: log.logger)
        let endpoint = try OAuthConfiguration(
            tokenURL: server.url + "/token",
            grant: .refreshToken,
            clientID: "client",
            clientSecret: Secret("hush/client+secret"),
            refreshToken: Secret("hush refresh"),
            clientAuthentication: style == "form" ? .form : .basic
        ).endpoint(of: "hr")
        let error = await code { _ = try await endpoint.fetch(by: client) }
        #expect(error?.code == .unauthorized)
        let text = "\(String(describing: error))" + log.lines.joined()
        #expect(!text.contains("hush"), "\(text)")
        #expect(server.requests.count == 1)
    }
}

/// Keeps log lines with their metadata.
final class LogLines: Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.kept.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }
}
