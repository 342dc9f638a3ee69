// Which answers are compressed, and what that does to their headers.

import Foundation
import HTTPTypes
import Hummingbird

/// gzip for answers that gain by it, to clients that take it.
///
/// The answers of this server carry no secret beside a text of the caller's, so that their lengths tell nobody anything
/// (BREACH): keys and tokens are never part of an answer, and the tokens of forms are masked anew on each page.
struct Compression: Sendable {
    /// Smaller answers fit a packet or two anyway.
    static let smallest = 1024
    /// Larger ones are compressed piece by piece while they are sent.
    private static let largestAtOnce = 1 << 20

    private let pool = GzipPool(kept: max(2, ProcessInfo.processInfo.activeProcessorCount))

    /// Whether an answer is of a kind that would be compressed for a client that takes it.
    static func suits(_ response: Response) -> Bool {
        guard response.status.code >= 200, ![204, 206, 304].contains(response.status.code),
            response.body.contentLength ?? .max >= smallest, response.headers[.contentEncoding] == nil,
            response.headers[.cacheControl]?.lowercased().contains("no-transform") != true,
            let given = response.headers[.contentType]
        else { return false }
        if given == "application/json" { return true }
        let type = given.prefix { $0 != ";" }.lowercased()
        return type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml")
            || ["application/json", "application/x-ndjson", "application/javascript", "application/xml"].contains(type)
    }

    /// Whether the client would rather have gzip than the answer as it is.
    static func isWanted(_ headers: HTTPFields) -> Bool {
        guard let header = headers[.acceptEncoding] else { return false }
        let members = QualityList(header).members
        func quality(_ names: String...) -> Int? { members.first { names.contains($0.value) }?.quality }
        let gzip = quality("gzip", "x-gzip") ?? quality("*") ?? 0
        // Uncompressed is acceptable unless excluded, and the client's last choice unless weighted.
        return gzip > 0 && gzip >= quality("identity") ?? 0
    }

    /// The answer in the coding that the client prefers.
    ///
    /// - Throws: ``ServerError`` with code `compression_failed`.
    func apply(to response: Response, for headers: HTTPFields) async throws -> Response {
        guard response.status != .notModified else { return Self.notModified(response, headers) }
        guard Self.suits(response) else { return response }
        var response = response
        response.headers.vary(on: "Accept-Encoding")
        guard Self.isWanted(headers) else { return response }
        let length = response.body.contentLength
        if let length, length <= Self.largestAtOnce {
            let plain = try await response.body.collected(length)
            let stream = try pool.take()
            let packed = try stream.compress(plain, isLast: true)
            pool.giveBack(stream)
            response.headers[.contentLength] = nil
            response = Response(
                status: response.status,
                headers: response.headers,
                body: ResponseBody(byteBuffer: packed)
            )
        } else {
            let (body, pool) = (response.body, pool)
            response.body = ResponseBody { writer in
                let stream = try pool.take()
                try await body.write(GzipWriter(writer, stream))
                pool.giveBack(stream)
            }
            response.headers[.contentLength] = nil
        }
        response.headers[.contentEncoding] = "gzip"
        // Another representation cannot have the same strong tag; as a weak one it says what it should.
        if let tag = response.headers[.eTag], !tag.hasPrefix("W/") { response.headers[.eTag] = "W/\(tag)" }
        return response
    }

    /// A 304 names the tag that the client's copy came with, so that the right copy is refreshed.
    private static func notModified(_ response: Response, _ headers: HTTPFields) -> Response {
        var response = response
        response.headers.vary(on: "Accept-Encoding")
        if let tag = response.headers[.eTag], !tag.hasPrefix("W/"),
            headers[.ifNoneMatch]?.contains("W/\(tag)") == true
        {
            response.headers[.eTag] = "W/\(tag)"
        }
        return response
    }
}

/// Compresses what is written through it.
private struct GzipWriter: ResponseBodyWriter {
    private var next: any ResponseBodyWriter
    private let stream: GzipStream

    init(_ next: any ResponseBodyWriter, _ stream: GzipStream) {
        self.next = next
        self.stream = stream
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        guard buffer.readableBytes > 0 else { return }
        try await next.write(stream.compress(buffer, isLast: false))
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await next.write(stream.compress(ByteBuffer(), isLast: true))
        try await next.finish(trailingHeaders)
    }
}

extension ResponseBody {
    /// The whole body; its length is known.
    fileprivate func collected(_ length: Int) async throws -> ByteBuffer {
        let collector = BodyCollector(length)
        try await write(collector)
        return collector.box.bytes
    }
}

/// Keeps what is written.
private struct BodyCollector: ResponseBodyWriter {
    final class Box {
        var bytes = ByteBuffer()
    }

    let box = Box()

    init(_ length: Int) {
        box.bytes.reserveCapacity(length)
    }

    mutating func write(_ buffer: ByteBuffer) {
        if box.bytes.readableBytes == 0 {
            box.bytes = buffer
        } else {
            box.bytes.writeImmutableBuffer(buffer)
        }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) {}
}

extension HTTPFields {
    /// Adds a name to `Vary` if it is not there.
    mutating func vary(on name: String) {
        guard let present = self[.vary], !present.isEmpty else {
            self[.vary] = name
            return
        }
        let names = present.lowercased().split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        if !names.contains("*"), !names.contains(name.lowercased()) { self[.vary] = "\(present), \(name)" }
    }
}
