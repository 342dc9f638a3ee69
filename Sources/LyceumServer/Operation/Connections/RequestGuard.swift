// Keeps each request of a connection to its time, and ends connections well.

import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Sees the parts of requests and answers: between HTTP and the server on HTTP/1.1, one for each stream on HTTP/2.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let times: ConnectionTimes
    private let draining: Draining
    private var connection: ConnectionGuard?
    /// Whether this is a stream of HTTP/2, which carries one request.
    private var isStream = false
    private var isReading = false
    private var unanswered = 0
    private var closesAfterAnswer = false
    private var isHead = false
    private var bodyTimer: Scheduled<Void>?
    /// A head that waits to know whether its body comes with it, and what of the body has come.
    private var waiting: (head: HTTPRequest, arrival: NIODeadline, body: [ByteBuffer])?

    init(_ times: ConnectionTimes, draining: Draining) {
        self.times = times
        self.draining = draining
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if let own = try? context.pipeline.syncOperations.handler(type: ConnectionGuard.self) {
            connection = own
        } else {
            isStream = true
            connection = try? context.channel.parent?.pipeline.syncOperations.handler(type: ConnectionGuard.self)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        bodyTimer?.cancel()
        bodyTimer = nil
        while unanswered > 0 { answered() }
        connection = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isReading = true
            unanswered += 1
            isHead = head.method == .head
            connection?.requestBegan(isShared: isStream)
            waiting = (head, .now(), [])
        case .body(let part):
            if waiting != nil { waiting?.body.append(part) } else { context.fireChannelRead(data) }
        case .end:
            isReading = false
            bodyTimer?.cancel()
            bodyTimer = nil
            passOn(context, isWhole: true)
            context.fireChannelRead(data)
        }
    }

    /// Passes on a head that waits, with what has come of its body.
    private func passOn(_ context: ChannelHandlerContext, isWhole: Bool) {
        guard let waited = waiting.take() else { return }
        var head = waited.head
        // Replaces what a client may have sent under this name.
        head.headerFields[.arrival] = Arrival(waited.arrival, isWhole: isWhole).text
        context.fireChannelRead(wrapInboundOut(.head(head)))
        for part in waited.body { context.fireChannelRead(wrapInboundOut(.body(part))) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        passOn(context, isWhole: false)
        if isReading, bodyTimer == nil {
            let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
            // The route's own answer, 408, comes earlier.
            bodyTimer = context.eventLoop.assumeIsolated().scheduleTask(in: times.body + .seconds(5)) {
                self.bodyTimer = nil
                guard self.isReading else { return }
                if self.isStream { loopBound.value.close(promise: nil) } else { self.connection?.close() }
            }
        }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.kind != .informational:
            let isOurs = head.headerFields[.xRequestID] != nil
            if !isOurs, !isStream {
                // The framework answers what it cannot read as HTTP by a bare 400, and closes.
                writeMalformed(context)
                promise?.succeed()
                return
            }
            if !isStream, draining.hasBegun || (isHead && head.headerFields[.contentLength] == nil) {
                head.headerFields[.connection] = "close"
                closesAfterAnswer = true
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            answered()
            guard closesAfterAnswer, !isStream else {
                context.write(data, promise: promise)
                return
            }
            context.writeAndFlush(data, promise: promise)
            context.close(mode: .output, promise: nil)
            finishClosing(context)
        default:
            context.write(data, promise: promise)
        }
    }

    private func answered() {
        guard unanswered > 0 else { return }
        unanswered -= 1
        connection?.requestEnded()
    }

    /// Closes once the client has: to close at once could take the answer back, if bytes of the client's are still unread.
    private func finishClosing(_ context: ChannelHandlerContext) {
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) {
            if loopBound.value.channel.isActive { loopBound.value.close(promise: nil) }
        }
    }

    private func writeMalformed(_ context: ChannelHandlerContext) {
        let answer = MalformedRequest.answer()
        closesAfterAnswer = true
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(string: answer.body))), promise: nil)
    }
}

@available(*, unavailable)
extension RequestGuard: Sendable {}
