// Clients that take their time.

import Foundation
import NIOCore
import Testing

@testable import LyceumServer

@Suite("Slow clients", .timeLimit(.minutes(5)))
struct SlowClientTests {
    /// Short times for what is tested, long ones for all else.
    private func limits(head: Int = 60, body: Int = 60, idle: Int = 60) -> @Sendable (inout ServerConfiguration) -> Void
    {
        { configuration in
            configuration.limits.headSeconds = head
            configuration.limits.bodySeconds = body
            configuration.limits.idleSeconds = idle
        }
    }

    private let endless = String(repeating: "x", count: 2_900)

    @Test("headers that come a byte at a time end with the connection, and others are served meanwhile")
    func headers() async throws {
        // Long enough that another request is served meanwhile on a starved machine, too.
        try await RunningServer.run(configure: limits(head: 20)) { server in
            let slow = try await RawClient.connect(server.port)
            try await slow.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            async let dribble: Void = slow.dribble(endless)
            #expect(try await server.get("/v1/jobs/J-1").status == 200)
            #expect(!slow.isClosed)
            try await dribble
            #expect(slow.isClosed)
            #expect(slow.bytes.isEmpty)
            #expect(server.counts.connectionsTimedOut == 1)
        }
    }

    @Test("on a connection that has been of use, slow headers end it too")
    func secondHeaders() async throws {
        // Long enough for the first request on a starved machine.
        try await RunningServer.run(configure: limits(head: 10)) { server in
            let slow = try await RawClient.connect(server.port)
            try await slow.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await slow.expect("{\"status\":\"live\"}")
            #expect(!slow.isClosed)
            try await slow.dribble("GET /health/live HTTP/1.1\r\nX-Slow: " + endless)
            #expect(slow.isClosed)
            #expect(server.counts.connectionsTimedOut == 1)
        }
    }

    @Test("a client that says nothing is closed out, before and within a TLS handshake")
    func silence() async throws {
        try await RunningServer.run(configure: limits(head: 1)) { server in
            try await RawClient.connect(server.port).untilClosed()
        }
        let files = try TLSFiles()
        try TestAuthority().pair().write(to: files)
        try await RunningServer.run {
            limits(head: 1)(&$0)
            $0.tls = TLSSettings(certificate: files.certificate, privateKey: files.key)
        } _: { server in
            try await RawClient.connect(server.port).untilClosed()
            let half = try await RawClient.connect(server.port)
            // The beginning of a ClientHello of 512 bytes.
            try await half.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
            try await half.untilClosed()
            #expect(server.counts.connectionsTimedOut == 2)
        }
    }

    @Test("a body that comes a byte at a time gets 408 and the connection's end")
    func body() async throws {
        try await RunningServer.run(configure: limits(body: 1)) { server in
            let slow = try await RawClient.connect(server.port)
            try await slow.send(
                "POST /v1/jobs/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Authorization: Bearer \(try await TestKeys.text(.administrator))\r\nContent-Length: 3000\r\n\r\n"
            )
            try await slow.dribble(endless)
            try await slow.untilClosed()
            #expect(slow.text.hasPrefix("HTTP/1.1 408 "))
            #expect(slow.text.contains("urn:lyceum:problem:body-too-slow"))
        }
    }

    @Test("a body that no route reads holds no connection either")
    func unreadBody() async throws {
        try await RunningServer.run(configure: limits(body: 1)) { server in
            let slow = try await RawClient.connect(server.port)
            try await slow.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000\r\n\r\n")
            try await slow.expect("{\"status\":\"live\"}")
            try await slow.dribble(endless)
            try await slow.untilClosed()
            #expect(slow.text.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("an answer that is not read holds no connection")
    func unreadAnswer() async throws {
        var backend = StubBackend()
        backend.documents[.jobs] = [("big", "\"" + String(repeating: "x", count: 32 << 20) + "\"")]
        try await RunningServer.run(snapshots: StubSnapshots(backend), configure: limits(idle: 1)) { server in
            let deaf = try await RawClient.connect(server.port, reads: false)
            try await deaf.send(
                "GET /v1/jobs/big HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(try await TestKeys.text(.administrator))\r\n\r\n"
            )
            try await server.until { server.counts.connectionsTimedOut == 1 && server.counts.connections == 0 }
            await deaf.close()
        }
    }

    @Test("HTTP/2: a connection without requests is closed, also when the client ignores GOAWAY")
    func idleHTTP2() async throws {
        let files = try TLSFiles()
        let authority = try TestAuthority()
        try authority.pair().write(to: files)
        try await RunningServer.run {
            limits(idle: 1)(&$0)
            $0.tls = TLSSettings(certificate: files.certificate, privateKey: files.key)
        } _: { server in
            let client = try await RawClient.connect(server.port, tls: try authority.client(["h2"]))
            try await client.send(HTTP2Frames.preface + HTTP2Frames.get("/health/live", stream: 1))
            try await server.until { HTTP2Frames.types(in: client.bytes).contains(HTTP2Frames.data) }
            try await client.untilClosed()
            #expect(HTTP2Frames.types(in: client.bytes).contains(HTTP2Frames.goAway))
        }
    }

    @Test("a deadline does not move while the same thing goes on")
    func deadline() {
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        let times = ConnectionTimes(head: .seconds(10), body: .seconds(20), idle: .seconds(30))
        var state = ConnectionDeadline(times, now: start)
        #expect(state.deadline == start + .seconds(10))
        state.bytesCame(now: start + .seconds(9))
        #expect(state.deadline == start + .seconds(10))
        state.requestBegan(isShared: false)
        #expect(state.deadline == nil)
        state.requestBegan(isShared: false)
        state.requestEnded(now: start + .seconds(11))
        #expect(state.deadline == nil)
        state.becameWritable(false, now: start + .seconds(12))
        state.becameWritable(false, now: start + .seconds(13))
        #expect(state.deadline == start + .seconds(42))
        state.becameWritable(true, now: start + .seconds(14))
        state.requestEnded(now: start + .seconds(20))
        #expect(state.deadline == start + .seconds(55))
        state.bytesCame(now: start + .seconds(40))
        state.bytesCame(now: start + .seconds(45))
        #expect(state.deadline == start + .seconds(50))
        // Where requests share a connection, bytes between them may be anything.
        state.requestBegan(isShared: true)
        state.requestEnded(now: start + .seconds(60))
        state.bytesCame(now: start + .seconds(70))
        #expect(state.deadline == start + .seconds(95))
    }
}
