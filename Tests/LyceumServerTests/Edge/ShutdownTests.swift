// How a server ends.

import AsyncHTTPClient
import Foundation
import Testing

@testable import LyceumServer

@Suite("Shutdown", .timeLimit(.minutes(5)))
struct ShutdownTests {
    @Test("a request under way is finished, readiness says so first, and clients are told to close")
    func inFlight() async throws {
        let log = LogLines()
        try await RunningServer.run(log: log) {
            $0.shutdown = .init(notice: .seconds(2), limit: .seconds(30))
            $0.limits.bodySeconds = 50
            $0.limits.idleSeconds = 50
        } _: { server in
            let body = #"{"q":"Nurse"}"#
            let slow = try await RawClient.connect(server.port)
            try await slow.send(
                "POST /v1/jobs/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Authorization: Bearer \(try await TestKeys.text(.administrator))\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n" + body.prefix(5)
            )
            let idle = try await RawClient.connect(server.port)
            try await idle.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await idle.expect("live")
            try await server.until { server.counts.inFlight == 1 }

            await server.beginShutdown()
            try await server.until { try await server.get("/health/ready").status == 503 }
            let live = try await server.get("/health/live")
            #expect(live.status == 200)
            #expect(live.headers["connection"] == "close")

            // The notice is over: nobody new is let in, idle connections are closed, and the slow one goes on.
            try await idle.untilClosed()
            await #expect(throws: (any Error).self) { _ = try await server.get("/health/live") }
            #expect(!slow.isClosed)
            try await slow.send(String(body.dropFirst(5)))
            try await slow.expect("\"total\":1")
            #expect(slow.text.hasPrefix("HTTP/1.1 200 "))
            #expect(slow.text.lowercased().contains("\r\nconnection: close\r\n"))
            try await slow.untilClosed()
        }
        #expect(log.text.contains("\"message\":\"shutting down\""))
        #expect(!log.text.contains("broken off"))
    }

    @Test("requests that never end do not keep the server from ending")
    func limit() async throws {
        let log = LogLines()
        let runs = GatedRuns()
        try await RunningServer.run(runs: runs, log: log) {
            $0.shutdown = .init(limit: .milliseconds(300))
        } _: { server in
            let asked = Task { try? await server.get("/v1/runs").status }
            try await server.until { runs.waiting == 1 }
            asked.cancel()
        }
        #expect(log.text.contains("requests that do not end were left behind"))
        runs.open()
    }

    @Test("HTTP/2: a client gets GOAWAY, and its answer")
    func goAway() async throws {
        let files = try TLSFiles()
        let authority = try TestAuthority()
        try authority.pair().write(to: files)
        try await RunningServer.run {
            $0.tls = TLSSettings(certificate: files.certificate, privateKey: files.key)
        } _: { server in
            let client = try await RawClient.connect(server.port, tls: try authority.client(["h2"]))
            try await client.send(HTTP2Frames.preface + HTTP2Frames.get("/health/live", stream: 1))
            try await server.until { HTTP2Frames.types(in: client.bytes).contains(HTTP2Frames.data) }
            await server.beginShutdown()
            try await server.until { HTTP2Frames.types(in: client.bytes).contains(HTTP2Frames.goAway) }
            await client.close()
        }
    }
}
