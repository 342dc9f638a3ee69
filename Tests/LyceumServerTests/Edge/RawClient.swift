// A client that sends exactly the bytes it is told to.

import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One connection, with or without TLS; keeps what it receives.
final class RawClient: Sendable {
    private final class Received: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let box: Box

        init(_ box: Box) { self.box = box }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            box.bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    private final class Box: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    let channel: any Channel
    private let box: Box

    private init(_ channel: any Channel, _ box: Box) {
        self.channel = channel
        self.box = box
    }

    /// Connects.
    ///
    /// - Parameters:
    ///   - tls: how to encrypt; the server is `localhost`.
    ///   - reads: whether what comes is read at all.
    static func connect(_ port: Int, tls: TLSConfiguration? = nil, reads: Bool = true) async throws -> RawClient {
        let box = Box()
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        let handler = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(Received(box))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel, box)
    }

    var bytes: [UInt8] { box.bytes.withLock { $0 } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var isClosed: Bool { !channel.isActive }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Sends one byte now and then until the other side answers or closes the connection, or the bytes are used up.
    ///
    /// It ends with an answer because a write to a connection that the other side has closed may lose what was not read.
    func dribble(_ text: String, every pause: Duration = .milliseconds(20)) async throws {
        let before = bytes.count
        for byte in text.utf8 {
            guard !isClosed, bytes.count == before else { return }
            try? await send([byte])
            try await Task.sleep(for: pause)
        }
    }

    /// Waits until a text has come, or the connection is closed.
    func expect(_ text: String) async throws {
        while !self.text.contains(text), !isClosed { try await Task.sleep(for: .milliseconds(5)) }
    }

    func untilClosed() async throws {
        while !isClosed { try await Task.sleep(for: .milliseconds(5)) }
    }

    func close() async { try? await channel.close().get() }
}
