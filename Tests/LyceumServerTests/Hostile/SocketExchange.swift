// Bytes to a server and what comes back, over a connection of their own.

import Foundation

/// What a server answered on one connection.
struct SocketExchange: Sendable {
    let bytes: [UInt8]
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The status of each answer, in order.
    var statuses: [Int] {
        text.matches(of: #/HTTP/1\.1 ([0-9]{3}) /#).compactMap { Int($0.output.1) }
    }

    /// Sends bytes and takes what comes until the server closes the connection.
    static func send(_ request: String, to port: Int) async throws -> SocketExchange {
        let client = try await RawClient.connect(port)
        // A server that has closed already may have answered before.
        try? await client.send(request)
        try await client.untilClosed()
        return SocketExchange(bytes: client.bytes)
    }
}
