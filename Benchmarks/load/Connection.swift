// One connection of the generator.

import NIOCore
import NIOHTTP1

/// Sends one request at a time and says what came of it. Lives on the generator's event loop.
final class Connection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// What came of a request.
    enum Outcome {
        case answered(status: Int, bytes: Int)
        /// The connection ended before the answer did.
        case lost
    }

    private let isOpen: (Connection) -> Void
    private let isOver: (Connection) -> Void
    private var done: ((Outcome) -> Void)?
    private var context: ChannelHandlerContext?
    private var status = 0
    private var bytes = 0
    private var keepsAlive = true
    /// How many requests it has carried.
    private(set) var carried = 0

    /// - Parameters:
    ///   - isOpen: called once it can carry requests.
    ///   - isOver: called once it no longer can.
    init(isOpen: @escaping (Connection) -> Void, isOver: @escaping (Connection) -> Void) {
        self.isOpen = isOpen
        self.isOver = isOver
    }

    /// Sends a request; the connection must have no other under way.
    func send(_ head: HTTPRequestHead, body: ByteBuffer?, done: @escaping (Outcome) -> Void) {
        guard let context else { return done(.lost) }
        self.done = done
        carried += 1
        status = 0
        bytes = 0
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func close() { context?.close(promise: nil) }

    /// Whether another request may be sent on it.
    var isUsable: Bool { context != nil && keepsAlive }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        isOpen(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = Int(head.status.code)
            keepsAlive = head.isKeepAlive
        case .body(let part): bytes += part.readableBytes
        case .end:
            let done = done
            self.done = nil
            done?(.answered(status: status, bytes: bytes))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func end() {
        guard context != nil else { return }
        context = nil
        let done = done
        self.done = nil
        done?(.lost)
        isOver(self)
    }
}

@available(*, unavailable)
extension Connection: Sendable {}
