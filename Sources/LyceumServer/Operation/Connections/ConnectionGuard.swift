// Closes connections whose clients take too long.

import NIOCore

/// The first handler of a connection: sees its bytes, before TLS and HTTP, and keeps it to its ``ConnectionDeadline``.
final class ConnectionGuard: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let times: ConnectionTimes
    private let metrics: ServerMetrics
    private var state: ConnectionDeadline
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
    private var context: ChannelHandlerContext?

    init(_ times: ConnectionTimes, metrics: ServerMetrics) {
        self.times = times
        self.metrics = metrics
        state = ConnectionDeadline(times, now: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        metrics.connectionOpened()
        arm()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        metrics.connectionClosed()
        timer?.task.cancel()
        timer = nil
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        state.bytesCame(now: .now())
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // By now a request that came whole has been seen by ``RequestGuard``, and no timer is needed.
        arm()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.becameWritable(context.channel.isWritable, now: .now())
        arm()
        context.fireChannelWritabilityChanged()
    }

    /// A request's head has been read.
    func requestBegan(isShared: Bool) {
        state.requestBegan(isShared: isShared)
    }

    /// A request is answered in full.
    func requestEnded() {
        state.requestEnded(now: .now())
        arm()
    }

    /// Closes the connection: a request on it took too long.
    func close() {
        metrics.connectionTimedOut()
        context?.close(promise: nil)
    }

    /// Sees to it that the timer goes off no later than the deadline. One that goes off too early is set again then, so that
    /// most requests set none.
    private func arm() {
        guard let context, let deadline = state.deadline else { return }
        if let timer {
            guard deadline < timer.deadline else { return }
            timer.task.cancel()
        }
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timeIsUp() }
        timer = (task, deadline)
    }

    private func timeIsUp() {
        timer = nil
        guard let deadline = state.deadline else { return }
        if deadline <= .now() { close() } else { arm() }
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
