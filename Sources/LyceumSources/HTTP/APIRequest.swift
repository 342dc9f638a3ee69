// A request to a source's API and its answer, whole or in pieces.

import AsyncHTTPClient
import Foundation
import LyceumCore
import NIOCore
import NIOHTTP1

/// A request. Its body is sent again on a retry, so it is held whole.
struct APIRequest: Sendable {
    /// The methods that connectors use.
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    var method: Method
    var url: String
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// Secrets in the headers or the body, taken out of whatever the server says about the request.
    var secrets: [Secret] = []
    /// Makes the request anew for a retry, where a server takes the same one only once.
    var remake: (@Sendable () throws -> APIRequest)?

    /// A request without headers.
    init(_ method: Method, _ url: String) {
        self.method = method
        self.url = url
    }

    /// A GET of a URL with query items, each percent-encoded.
    static func get(_ url: String, query: [(String, String)] = [], accept: String = "application/json") -> APIRequest {
        var request = APIRequest(.get, FormEncoding.url(url, query: query))
        request.headers = [("Accept", accept)]
        return request
    }

    /// A POST of JSON text.
    static func postJSON(_ url: String, query: [(String, String)] = [], body: [UInt8]) -> APIRequest {
        var request = APIRequest(.post, FormEncoding.url(url, query: query))
        request.headers = [("Accept", "application/json"), ("Content-Type", "application/json")]
        request.body = body
        return request
    }
}

/// A complete answer with a status of success.
struct APIResponse: Sendable {
    var status: Int
    var body: [UInt8]
    /// The URL as it may be shown.
    var location: String
    /// The answer's headers, in order.
    var headers: [(String, String)] = []

    /// The values of a header, whatever the case of its name.
    func values(of header: String) -> [String] {
        headers.filter { $0.0.lowercased() == header.lowercased() }.map(\.1)
    }
}

/// An answer with a status of success whose body is still coming.
struct StreamedResponse: Sendable {
    var status: Int
    /// The URL as it may be shown.
    var location: String
    /// The answer's headers, in order.
    var headers: [(String, String)]
    /// The body after decompression; can be read once.
    var body: ResponseBody
}

/// A body in pieces, each taken from the connection only when it is asked for.
///
/// Throws ``SourceError`` with code `tooLarge` past the limit; a fault of the transport is wrapped, so that the client
/// knows it from the reader's own errors and may try again.
struct ResponseBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let pieces: HTTPClientResponse.Body
    let limit: Int
    let location: String

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var pieces: HTTPClientResponse.Body.AsyncIterator
        fileprivate let limit: Int
        fileprivate let location: String
        fileprivate var count = 0

        mutating func next() async throws -> ByteBuffer? {
            let piece: ByteBuffer?
            do {
                piece = try await pieces.next()
            } catch let error as CancellationError {
                throw error
            } catch {
                throw TransportFault(cause: error)
            }
            guard let piece else { return nil }
            count += piece.readableBytes
            guard count <= limit else {
                throw SourceError(
                    .tooLarge,
                    "The answer is larger than \(limit) bytes. Ask for less at once, or raise the limit.",
                    location: location
                )
            }
            return piece
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pieces: pieces.makeAsyncIterator(), limit: limit, location: location)
    }

    /// All of it.
    func collect() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in self { bytes.append(contentsOf: piece.readableBytesView) }
        return bytes
    }

    /// The start of it, for an error's text; what is wrong with the rest does not matter.
    func start(_ length: Int) async -> [UInt8] {
        var bytes: [UInt8] = []
        var iterator = makeAsyncIterator()
        while bytes.count < length, let piece = try? await iterator.next() {
            bytes.append(contentsOf: piece.readableBytesView.prefix(length - bytes.count))
        }
        return bytes
    }
}

/// A fault of the connection, as the HTTP library states it.
struct TransportFault: Error {
    let cause: any Error
}
