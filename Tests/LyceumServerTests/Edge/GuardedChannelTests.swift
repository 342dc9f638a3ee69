// What a cancelled task does to its connection.

import HummingbirdCore
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import LyceumServer

@Suite("Guarded channel")
struct GuardedChannelTests {
    /// A channel like HTTP/2's: streams wait in a buffer, and each must be begun, or NIO ends the process.
    private struct Buffering: ServerChildChannel {
        struct Value: ServerChildChannelValue {
            let channel: any Channel
            let streams: AsyncStream<Int>
        }

        let begun = Box()

        func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
            let (streams, continuation) = AsyncStream.makeStream(of: Int.self)
            for stream in 1...3 { continuation.yield(stream) }
            channel.closeFuture.whenComplete { _ in continuation.finish() }
            return channel.eventLoop.makeSucceededFuture(Value(channel: channel, streams: streams))
        }

        func handle(value: Value, logger: Logger) async {
            for await stream in value.streams { begun.append(stream) }
            begun.wasCancelled = Task.isCancelled
        }
    }

    private final class Box: Sendable {
        private let state = Mutex<(streams: [Int], wasCancelled: Bool)>(([], false))
        var streams: [Int] { state.withLock { $0.streams } }
        var wasCancelled: Bool {
            get { state.withLock { $0.wasCancelled } }
            set { state.withLock { $0.wasCancelled = newValue } }
        }

        func append(_ stream: Int) { state.withLock { $0.streams.append(stream) } }
    }

    @Test("a cancelled task closes its connection, and every stream that had come is begun before it ends")
    func cancelled() async throws {
        let channel = NIOAsyncTestingChannel()
        let base = Buffering()
        let guarded = GuardedChannel(
            base: base,
            times: ConnectionTimes(head: .seconds(60), body: .seconds(60), idle: .seconds(60)),
            metrics: ServerMetrics()
        )
        let logger = Logger(label: "test")
        try await channel.connect(to: .init(ipAddress: "127.0.0.1", port: 1)).get()
        let value = try await channel.eventLoop.submit { guarded.setup(channel: channel, logger: logger) }.get().get()
        let serving = Task {
            // Begins cancelled, so that the buffer is still full.
            withUnsafeCurrentTask { $0?.cancel() }
            await guarded.handle(value: value, logger: logger)
        }
        await serving.value
        #expect(!channel.isActive)
        #expect(base.begun.streams == [1, 2, 3])
        #expect(!base.begun.wasCancelled)
    }
}
