// Requests whose end two readers could see in different places.

import Foundation
import LyceumAccess
import Testing

@testable import LyceumServer

@Suite("Request smuggling", .timeLimit(.minutes(5)))
struct SmugglingTests {
    /// What is smuggled: it would be answered with the caller's own name.
    private static let smuggled =
        "GET /v1/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer KEY\r\nX-Request-Id: smuggled-request\r\n\r\n"

    /// Heads of a POST, by what is ambiguous in them; `N` is the length of what is smuggled.
    static let shapes: [(name: String, head: String, body: String)] = [
        ("a length and chunks", "Content-Length: N\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ("chunks and a length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
        ("two lengths", "Content-Length: 2\r\nContent-Length: N\r\n", "{}"),
        ("a list of lengths", "Content-Length: 2, N\r\n", "{}"),
        ("a negative length", "Content-Length: -1\r\n", ""),
        ("a length with a sign", "Content-Length: +2\r\n", "{}"),
        ("a length in hexadecimal", "Content-Length: 0x2\r\n", "{}"),
        ("a length beyond 64 bits", "Content-Length: 18446744073709551618\r\n", "{}"),
        ("an encoding that is not known", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        ("chunks that are not last", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
        ("a blank before the colon", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        ("an encoding by tab and folding", "Transfer-Encoding:\r\n\tchunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
        ("a folded length", "Content-Length: 2\r\n N\r\n", "{}"),
        ("a chunk length that is none", "Transfer-Encoding: chunked\r\n", "2x\r\n{}\r\n0\r\n\r\n"),
        ("a chunk length beyond 64 bits", "Transfer-Encoding: chunked\r\n", "10000000000000002\r\n{}\r\n0\r\n\r\n"),
        ("a line end within a header's name", "X-Nothing\n: 1\r\nContent-Length: 2\r\n", "{}"),
        ("a carriage return alone in a value", "X-Nothing: a\rContent-Length: N\r\nContent-Length: 2\r\n", "{}"),
        ("a null in a value", "X-Nothing: a\u{0}b\r\nContent-Length: 2\r\n", "{}"),
    ]

    @Test(
        "a body whose length is in doubt is refused, and what follows on the connection is not answered",
        arguments: shapes
    )
    func doubtful(name: String, head: String, body: String) async throws {
        try await RunningServer.run(configure: HostileSocketTests.patient) { server in
            let smuggled = Self.smuggled.replacing("KEY", with: try await TestKeys.text(.administrator))
            let request =
                "POST /v1/jobs/search HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                + head.replacing("N", with: "\(smuggled.utf8.count)", maxReplacements: 1) + "\r\n" + body + smuggled
            let exchange = try await SocketExchange.send(request, to: server.port)
            #expect(exchange.statuses == [400], "\(exchange.text)")
            #expect(!exchange.text.contains("smuggled-request"), "\(exchange.text)")
            #expect(exchange.text.contains("application/problem+json"))
        }
    }

    @Test(
        "a head that is not HTTP is refused and the connection closed",
        arguments: [
            "GET  /v1/me HTTP/1.1\r\nHost: a\r\n\r\n", "GET /v1/me\r\n\r\n", "GET /v1/me HTTP/9.9\r\nHost: a\r\n\r\n",
            "GET /v1/me HTTP/1.1\r\nHost: a\r\n folded: x\r\n: no name\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "G\u{0}T / HTTP/1.1\r\n\r\n",
        ]
    )
    func notHTTP(request: String) async throws {
        try await RunningServer.run(configure: HostileSocketTests.impatient) { server in
            let exchange = try await SocketExchange.send(request, to: server.port)
            #expect(exchange.statuses.allSatisfy { (400..<500).contains($0) || $0 == 505 }, "\(exchange.text)")
            #expect(exchange.statuses.count <= 1)
        }
    }

    @Test("a body that is whole and pipelined requests are answered one after the other")
    func pipelined() async throws {
        try await RunningServer.run(configure: HostileSocketTests.patient) { server in
            let one = "POST /v1/jobs/search HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            let requests =
                one + "Content-Length: 2\r\n\r\n{}" + one + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
                + "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let exchange = try await SocketExchange.send(requests, to: server.port)
            #expect(exchange.statuses == [200, 200, 200], "\(exchange.text)")
        }
    }

    @Test("two hosts, or none, are refused or answered alike, and no header of ours can be given by a client")
    func ownHeaders() async throws {
        try await RunningServer.run(configure: HostileSocketTests.patient) { server in
            for extra in ["Host: b\r\n", "x-lyceum-arrival: 0\r\n", "X-Forwarded-For: 1.2.3.4\r\n"] {
                let exchange = try await SocketExchange.send(
                    "GET /v1/me HTTP/1.1\r\nHost: a\r\n\(extra)Connection: close\r\n\r\n",
                    to: server.port
                )
                #expect(exchange.statuses == [401] || exchange.statuses == [400], "\(extra) \(exchange.text)")
            }
        }
    }
}
