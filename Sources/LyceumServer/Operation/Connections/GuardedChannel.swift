// A connection as Hummingbird sets it up, with a guard before it.

import HummingbirdCore
import Logging
import NIOCore

/// Puts a ``ConnectionGuard`` before all that the base channel adds, so that TLS handshakes have a deadline too.
struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
    typealias Value = Base.Value

    let base: Base
    let times: ConnectionTimes
    let metrics: ServerMetrics

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(ConnectionGuard(times, metrics: metrics))
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }
    }

    /// Serves a connection to its end; a cancelled task closes the connection and waits for what follows from that.
    ///
    /// The base channel itself never sees a cancellation: an HTTP/2 connection would drop the streams that it has
    /// received and not begun, and NIO ends the process for a stream whose writer is dropped unfinished.
    func handle(value: Value, logger: Logger) async {
        let channel = value.channel
        await withTaskCancellationHandler {
            await Task { await base.handle(value: value, logger: logger) }.value
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}
