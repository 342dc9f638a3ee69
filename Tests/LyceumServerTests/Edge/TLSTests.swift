// TLS, HTTP/2, and certificates that change.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL
import Synchronization
import Testing

@testable import LyceumServer

@Suite("TLS", .timeLimit(.minutes(5)))
struct TLSTests {
    private let files: TLSFiles
    private let authority: TestAuthority

    init() throws {
        files = try TLSFiles()
        authority = try TestAuthority()
        try authority.pair().write(to: files)
    }

    private func settings(
        _ minimum: TLSSettings.MinimumVersion = .tls12,
        interval: Duration = .milliseconds(20)
    ) -> TLSSettings {
        TLSSettings(
            certificate: files.certificate,
            privateKey: files.key,
            minimumVersion: minimum,
            reloadInterval: interval
        )
    }

    private func client(
        version: HTTPClient.Configuration.HTTPVersion = .automatic,
        _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> HTTPClient.Configuration {
        var tls = try authority.client()
        change(&tls)
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = version
        return configuration
    }

    @Test("HTTP/2 and HTTP/1.1 give the same answers, with HSTS")
    func versions() async throws {
        let settings = settings()
        let (new, old) = (try client(), try client(version: .http1Only))
        try await RunningServer.run {
            $0.tls = settings
        } _: { server in
            let url = "https://localhost:\(server.port)"
            var answers: [RunningServer.Answer] = []
            for configuration in [new, old] {
                try await RunningServer.withClient(configuration) { client in
                    let answer = try await RunningServer.get("\(url)/v1/jobs/J-1", over: client)
                    #expect(answer.status == 200)
                    #expect(answer.headers["strict-transport-security"] == "max-age=31536000")
                    answers.append(answer)
                    // Many at once, on HTTP/2 over one connection.
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for _ in 0..<50 {
                            group.addTask { try await RunningServer.get("\(url)/v1/jobs/search", over: client).status }
                        }
                        for try await status in group { #expect(status == 200) }
                    }
                    let missing = try await RunningServer.get("\(url)/nothing", over: client)
                    #expect(missing.status == 404)
                    let head = try await RunningServer.get("\(url)/v1/jobs/J-1", method: "HEAD", over: client)
                    #expect(head.status == 200)
                    #expect(head.body.isEmpty)
                    #expect(head.headers["content-length"] == answer.headers["content-length"])
                }
            }
            #expect(answers.map(\.version) == ["2.0", "1.1"])
            #expect(answers[0].body == answers[1].body)
        }
    }

    @Test("without TLS there is no HSTS")
    func plain() async throws {
        try await RunningServer.run { server in
            let answer = try await server.get("/health/live")
            #expect(answer.headers["strict-transport-security"] == nil)
        }
    }

    @Test("versions of TLS below the oldest allowed are refused", arguments: TLSSettings.MinimumVersion.allCases)
    func oldVersions(minimum: TLSSettings.MinimumVersion) async throws {
        let settings = settings(minimum)
        let (refused, accepted): (TLSVersion, TLSVersion) =
            minimum == .tls12 ? (.tlsv11, .tlsv12) : (.tlsv12, .tlsv13)
        let clients = try [refused, accepted].map { version in
            try client { tls in
                tls.minimumTLSVersion = .tlsv1
                tls.maximumTLSVersion = version
            }
        }
        try await RunningServer.run {
            $0.tls = settings
        } _: { server in
            let url = "https://localhost:\(server.port)/health/live"
            await #expect(throws: (any Error).self) {
                _ = try await RunningServer.withClient(clients[0]) { try await RunningServer.get(url, over: $0) }
            }
            let answer = try await RunningServer.withClient(clients[1]) { try await RunningServer.get(url, over: $0) }
            #expect(answer.status == 200)
        }
    }

    @Test("a cipher without forward secrecy is refused")
    func ciphers() async throws {
        let settings = settings()
        let client = try client { tls in
            tls.maximumTLSVersion = .tlsv12
            tls.cipherSuiteValues = [.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, .TLS_RSA_WITH_AES_128_GCM_SHA256]
        }
        try await RunningServer.run {
            $0.tls = settings
        } _: { server in
            await #expect(throws: (any Error).self) {
                _ = try await RunningServer.withClient(client) {
                    try await RunningServer.get("https://localhost:\(server.port)/health/live", over: $0)
                }
            }
        }
    }

    /// The certificate that a handshake gets.
    private func shown(_ server: RunningServer) async throws -> NIOSSLCertificate? {
        let client = try await RawClient.connect(server.port, tls: authority.client(["http/1.1"]))
        // The handshake is over once an answer has come.
        try await client.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try await client.expect("live")
        let certificate = try await client.channel.nioSSL_peerCertificate().get()
        await client.close()
        return certificate
    }

    private func certificate(_ pair: TestAuthority.Pair) throws -> NIOSSLCertificate {
        try NIOSSLCertificate(bytes: Array(pair.certificate.utf8), format: .pem)
    }

    /// What became of requests.
    private final class Tally: Sendable {
        private let state = Mutex((isOver: false, answered: 0, failures: [String]()))

        var isOver: Bool { state.withLock { $0.isOver } }
        var answered: Int { state.withLock { $0.answered } }
        var failures: [String] { state.withLock { $0.failures } }

        func end() { state.withLock { $0.isOver = true } }

        func note(_ failure: String?) {
            state.withLock { state in
                state.answered += 1
                if let failure { state.failures.append(failure) }
            }
        }
    }

    @Test("new certificates are taken up under continuous requests, and none fails")
    func reload() async throws {
        let settings = settings()
        let (new, old) = (try client(), try client(version: .http1Only))
        try await RunningServer.run {
            $0.tls = settings
        } _: { server in
            let url = "https://localhost:\(server.port)/v1/jobs/search"
            let tally = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<3 {
                    group.addTask {
                        // One keeps its connection, on HTTP/2; the others shake hands for each request.
                        let headers = number == 0 ? [] : [("Connection", "close")]
                        try await RunningServer.withClient(number == 0 ? new : old) { client in
                            while !tally.isOver {
                                do {
                                    let status = try await RunningServer.get(url, headers, over: client).status
                                    tally.note(status == 200 ? nil : "status \(status)")
                                } catch {
                                    tally.note("\(error)")
                                }
                            }
                        }
                    }
                }
                for _ in 0..<8 {
                    let pair = try authority.pair()
                    // Between the two files the pair does not match; that must not show.
                    try pair.write(to: files)
                    let wanted = try certificate(pair)
                    try await server.until { try await shown(server) == wanted }
                }
                tally.end()
                try await group.waitForAll()
            }
            #expect(tally.failures.isEmpty)
            #expect(tally.answered > 20)
            #expect(server.counts.certificateLoads == 9)
            let expiry = try #require(server.counts.certificateExpiry)
            #expect(expiry > Date())
        }
    }

    @Test(
        "a pair that cannot be used is logged, and the old one stays",
        arguments: ["broken", "mismatched", "missing"]
    )
    func unusable(fault: String) async throws {
        let settings = settings()
        let log = LogLines()
        try await RunningServer.run(log: log) {
            $0.tls = settings
        } _: { server in
            let before = try #require(try await shown(server))
            switch fault {
            case "broken": try Data("-----BEGIN CERTIFICATE-----\nnone".utf8).write(to: files.certificate)
            case "mismatched": try Data(authority.pair().key.utf8).write(to: files.key)
            default: try FileManager.default.removeItem(at: files.key)
            }
            try await server.until { server.counts.certificateFailures > 3 }
            #expect(try await shown(server) == before)
            let next = try authority.pair()
            try next.write(to: files)
            let wanted = try certificate(next)
            try await server.until { try await shown(server) == wanted }
        }
        #expect(log.all.filter { $0.contains("certificate not loaded") }.count == 1)
        #expect(!log.text.contains("PRIVATE KEY"))
    }

    @Test("a server does not start with a pair that cannot be used")
    func unusableAtStart() async throws {
        let access = try await ServerAccess.forTests()
        try Data("nothing".utf8).write(to: files.key)
        var configuration = ServerConfiguration(port: 0, indexDirectory: URL(filePath: "/nonexistent"))
        configuration.tls = settings()
        #expect {
            _ = try Server(
                configuration: configuration,
                snapshots: StubSnapshots(),
                access: access,
                logger: LogLines().logger()
            )
        } throws: { error in
            let error = error as? ServerError
            return error?.code == .invalidConfiguration && error?.location?.contains("key.pem") == true
        }
    }

    @Test("a client that opens streams to take them back is sent away, and others are served")
    func resetFlood() async throws {
        let settings = settings()
        let plain = try client()
        try await RunningServer.run {
            $0.tls = settings
        } _: { server in
            let flood = try await RawClient.connect(server.port, tls: authority.client(["h2"]))
            try await flood.send(HTTP2Frames.preface)
            for number in 0..<1000 where !flood.isClosed {
                let stream = UInt32(2 * number + 1)
                try? await flood.send(HTTP2Frames.get("/health/live", stream: stream) + HTTP2Frames.reset(stream))
            }
            try await flood.untilClosed()
            let farewell = HTTP2Frames.all(in: flood.bytes).first { $0.type == HTTP2Frames.goAway }
            // ENHANCE_YOUR_CALM.
            #expect(farewell?.payload.dropFirst(4).prefix(4) == [0, 0, 0, 11])
            let answer = try await RunningServer.withClient(plain) {
                try await RunningServer.get("https://localhost:\(server.port)/health/live", over: $0)
            }
            #expect(answer.status == 200)
        }
    }

    @Test(
        "listening for other machines without TLS is warned of",
        arguments: [("0.0.0.0", true), ("::", true), ("127.0.0.1", false), ("localhost", false), ("::1", false)]
    )
    func exposure(host: String, isExposed: Bool) {
        let configuration = ServerConfiguration(host: host, indexDirectory: URL(filePath: "/nonexistent"))
        #expect(configuration.isExposed == isExposed)
    }
}
