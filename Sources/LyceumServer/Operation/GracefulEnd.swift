// The end of a server: announced, graceful, and not later than promised.

import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization

/// Runs an application so that a graceful shutdown has its order: readiness says 503; after the notice no more connections
/// are accepted, idle ones are closed and answers in progress are finished; after the limit what is left is broken off.
struct GracefulEnd: Sendable {
    let shutdown: ServerConfiguration.Shutdown
    let draining: Draining
    let log: Logger

    /// How long work that was cancelled may take to notice.
    private static let grace: Duration = .seconds(2)

    private enum End: Sendable {
        case finished((any Error)?)
        /// Something did not even heed its cancellation.
        case overdue
    }

    /// Runs until the end.
    func run(_ application: some ApplicationProtocol) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [application], logger: application.logger)
        )
        let (ends, continuation) = AsyncStream.makeStream(of: End.self)
        // Detached, so that the surrounding shutdown reaches it only when its time has come, and so that it can be left
        // behind if it never ends.
        let task = Task.detached {
            do {
                try await group.run()
                continuation.yield(.finished(nil))
            } catch {
                continuation.yield(.finished(error))
            }
        }
        let closing = Mutex<Task<Void, Never>?>(nil)
        let end = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                var iterator = ends.makeAsyncIterator()
                return await iterator.next() ?? .overdue
            } onGracefulShutdown: {
                let closer = Task.detached { await close(group, task, continuation) }
                closing.withLock { $0 = closer }
            }
        } onCancel: {
            task.cancel()
        }
        closing.withLock { $0?.cancel() }
        switch end {
        case .finished(let error): if let error { throw error }
        case .overdue: log.warning("shutdown: requests that do not end were left behind")
        }
    }

    private func close(
        _ group: ServiceGroup,
        _ task: Task<Void, Never>,
        _ continuation: AsyncStream<End>.Continuation
    ) async {
        log.info("shutting down")
        draining.begin()
        do {
            if shutdown.notice > .zero { try await Task.sleep(for: shutdown.notice) }
            await group.triggerGracefulShutdown()
            try await Task.sleep(for: shutdown.limit)
            log.warning("shutdown: requests under way took too long and are broken off")
            task.cancel()
            try await Task.sleep(for: Self.grace)
            continuation.yield(.overdue)
        } catch {
            // All has ended by itself.
        }
    }
}
