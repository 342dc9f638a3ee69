// What is sent, and in which form: compression, negotiation, HEAD, malformed requests.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import LyceumServer

@Suite("Content")
struct ContentTests {
    /// Unpacks with the system's own program, not with the library that packed.
    private func gunzip(_ data: Data) throws -> Data {
        let program = URL(filePath: "/bin/gzip")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw ServerError(.resourceMissing, "there is no gzip; apt-get install gzip", location: program.path)
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "lyceum-\(UUID().uuidString).gz")
        try data.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = program
        process.arguments = ["-dc", file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let plain = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return plain
    }

    @Test("gzip is sent to who takes it, with the same content", arguments: ["/assets/app.js", "/", "/openapi.json"])
    func gzip(path: String) async throws {
        try await withServer { client in
            let plain = try await client.get(path)
            let packed = try await client.get(path, [.acceptEncoding: "br, gzip;q=0.8"])
            #expect(plain.headers[.contentEncoding] == nil)
            #expect(packed.headers[.contentEncoding] == "gzip")
            for answer in [plain, packed] { #expect(answer.headers[.vary]?.contains("Accept-Encoding") == true) }
            #expect(packed.body.readableBytes < plain.body.readableBytes / 2)
            #expect(packed.headers[.contentLength] == String(packed.body.readableBytes))
            #expect(try gunzip(Data(buffer: packed.body)) == Data(buffer: plain.body))
            // A page is made anew each time and kept by nobody.
            guard path != "/" else { return }
            // Other bytes, so no longer strongly the same; but the copy of either is current.
            let tag = try #require(packed.headers[.eTag])
            #expect(tag == "W/" + (plain.headers[.eTag] ?? ""))
            let again = try await client.get(path, [.acceptEncoding: "gzip", .ifNoneMatch: tag])
            #expect(again.status == .notModified)
            #expect(again.headers[.eTag] == tag)
        }
    }

    @Test(
        "an Accept-Encoding is read with its weights",
        arguments: [
            (nil, false), ("gzip", true), ("GZIP", true), ("x-gzip", true), ("*", true), ("gzip;q=0", false),
            ("gzip;q=0.001", true), ("*;q=0", false), ("identity", false), ("gzip;q=0.5, identity", false),
            ("gzip, identity;q=0.5", true), ("*;q=0.1, gzip;q=0", false), ("br", false), ("gzip;q=2", false),
            ("gzip;q=x", false), (" gzip ; q=1.000 ", true), ("", false), (",,;", false),
        ] as [(String?, Bool)]
    )
    func acceptEncoding(header: String?, isWanted: Bool) {
        var headers = HTTPFields()
        headers[.acceptEncoding] = header
        #expect(Compression.isWanted(headers) == isWanted)
    }

    @Test("what is small, packed already or not to be changed is sent as it is")
    func unpacked() {
        func response(_ type: String, _ length: Int, _ extra: HTTPFields = [:], _ status: HTTPResponse.Status = .ok)
            -> Response
        {
            var headers = extra
            headers[.contentType] = type
            return Response(
                status: status,
                headers: headers,
                body: .init(byteBuffer: ByteBuffer(repeating: 97, count: length))
            )
        }
        #expect(Compression.suits(response("application/json", 1024)))
        #expect(Compression.suits(response("text/html; charset=utf-8", 5000)))
        #expect(Compression.suits(response("application/problem+json", 5000, [:], .badRequest)))
        #expect(Compression.suits(response("image/svg+xml", 5000)))
        #expect(!Compression.suits(response("application/json", 1023)))
        #expect(!Compression.suits(response("image/png", 5000)))
        #expect(!Compression.suits(response("application/json", 5000, [.contentEncoding: "br"])))
        #expect(!Compression.suits(response("application/json", 5000, [.cacheControl: "no-cache, no-transform"])))
        #expect(!Compression.suits(response("application/json", 5000, [:], .partialContent)))
    }

    @Test("an answer that is made while it is sent is packed piece by piece")
    func streamed() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix64(state: seed)
        let pieces = (0..<40).map { _ in
            ByteBuffer(string: String(repeating: "\(UInt64.random(in: 0...999, using: &generator)) ", count: 500))
        }
        let body = ResponseBody { writer in
            for piece in pieces { try await writer.write(piece) }
            try await writer.finish(nil)
        }
        let response = Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
        let packed = try await Compression().apply(to: response, for: [.acceptEncoding: "gzip"])
        #expect(packed.headers[.contentEncoding] == "gzip")
        #expect(packed.headers[.contentLength] == nil)
        let collector = Collector()
        try await packed.body.write(collector)
        #expect(collector.box.pieces == 41)
        let plain = pieces.reduce(into: Data()) { $0.append(contentsOf: $1.readableBytesView) }
        #expect(try gunzip(collector.box.data) == plain, "seed \(seed)")
    }

    private struct Collector: ResponseBodyWriter {
        final class Box {
            var data = Data()
            var pieces = 0
        }
        let box = Box()
        mutating func write(_ buffer: ByteBuffer) {
            box.data.append(contentsOf: buffer.readableBytesView)
            box.pieces += 1
        }
        consuming func finish(_ trailingHeaders: HTTPFields?) {}
    }

    @Test("streams used again give the same bytes")
    func reuse() throws {
        let pool = GzipPool(kept: 1)
        let text = ByteBuffer(string: String(repeating: "{\"a\":1}", count: 1000))
        var first: ByteBuffer?
        for _ in 0..<5 {
            let stream = try pool.take()
            let packed = try stream.compress(text, isLast: true)
            pool.giveBack(stream)
            #expect(packed == first ?? packed)
            first = packed
        }
        let packed = try #require(first)
        #expect(try gunzip(Data(buffer: packed)) == Data(buffer: text))
    }

    @Test(
        "HEAD has the headers of GET, whatever was made of the answer",
        arguments: [
            "/", "/assets/app.js", "/v1/jobs/J-1", "/v1/jobs/search", "/health/live", "/nothing", "/v1/jobs/none",
        ]
    )
    func head(path: String) async throws {
        try await withServer { client in
            for encoding in ["identity", "gzip"] {
                let headers: HTTPFields = [
                    .acceptEncoding: encoding, .xRequestID: "the-same-id",
                    .authorization: "Bearer \(try await TestKeys.text(.administrator))",
                ]
                let get = try await client.get(path, headers)
                let head = try await client.executeRequest(uri: path, method: .head, headers: headers, body: nil)
                #expect(head.status == get.status)
                #expect(head.body.readableBytes == 0)
                var (expected, found) = (get.headers, head.headers)
                for name in [HTTPField.Name.date, .traceparent] {
                    expected[name] = nil
                    found[name] = nil
                }
                #expect(found == expected)
            }
        }
    }

    @Test(
        "an Accept that excludes what there is gets 406",
        arguments: [
            ("/v1/jobs/J-1", "application/json", true), ("/v1/jobs/J-1", "*/*", true),
            ("/v1/jobs/J-1", "text/html", false),
            ("/v1/jobs/J-1", "application/*", true), ("/v1/jobs/J-1", "text/html, */*;q=0.1", true),
            ("/v1/jobs/J-1", "application/json;q=0, */*", false),
            ("/v1/jobs/J-1", "application/*;q=0, application/json", true),
            ("/v1/jobs/J-1", "application/problem+json", true),
            ("/v1/jobs/J-1", "APPLICATION/JSON; charset=utf-8", true),
            ("/v1/jobs/J-1", "", true), ("/v1/jobs/J-1", ";;", true), ("/", "text/html", true),
            ("/", "application/json", false), ("/metrics", "application/openmetrics-text, text/plain;q=0.5", true),
            ("/metrics", "application/json", false),
        ]
    )
    func accept(path: String, header: String, isServed: Bool) async throws {
        try await withServer { client in
            let answer = try await client.get(
                path,
                [.accept: header, .authorization: "Bearer \(try await TestKeys.text(.administrator))"]
            )
            if isServed {
                #expect(answer.status == .ok)
            } else if header == "text/html" {
                // The error is a page for who asks for one, although the document is none.
                #expect(answer.status == .notAcceptable)
                #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
            } else {
                try answer.problem("not-acceptable", .notAcceptable)
            }
        }
    }

    @Test("a compressed body is refused with what would be taken")
    func contentEncoding() async throws {
        try await withServer { client in
            let answer = try await client.post("/v1/jobs/search", "{}", headers: [.contentEncoding: "gzip"])
            try answer.problem("unsupported-content-encoding", .unsupportedMediaType)
            #expect(answer.headers[.acceptEncoding] == "identity")
            try await client.post("/v1/jobs/search", "{}", headers: [.contentEncoding: "identity"]).expect(.ok)
        }
    }

    @Test(
        "what is no HTTP gets a problem like any other error",
        .timeLimit(.minutes(5)),
        arguments: ["nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nBroken\r\n\r\n", "LONG"]
    )
    func malformed(text: String) async throws {
        let text =
            text == "LONG"
            ? "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: \(String(repeating: "a", count: 70_000))\r\n\r\n" : text
        try await RunningServer.run { server in
            let client = try await RawClient.connect(server.port)
            try await client.send(text)
            try await client.untilClosed()
            #expect(client.text.hasPrefix("HTTP/1.1 400 "))
            #expect(client.text.contains("urn:lyceum:problem:malformed-request"))
            #expect(client.text.lowercased().contains("x-content-type-options: nosniff"))
            #expect(try await server.get("/health/live").status == 200)
        }
    }

    @Test("OPTIONS says what a resource answers, also of the server as a whole")
    func options() async throws {
        try await withServer { client in
            for (path, allowed) in [("/v1/jobs/search", "GET, HEAD, POST, OPTIONS"), ("/", "GET, HEAD, OPTIONS")] {
                let answer = try await client.executeRequest(uri: path, method: .options, headers: [:], body: nil)
                #expect(answer.status == .noContent)
                #expect(answer.headers[.allow] == allowed)
            }
        }
    }
}
