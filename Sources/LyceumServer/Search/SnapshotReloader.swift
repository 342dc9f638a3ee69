// Takes up new snapshots while the server runs.

import Logging
import ServiceLifecycle

/// A service that looks for a new snapshot at an interval; a snapshot that cannot be read leaves the old one in use.
struct SnapshotReloader: Service {
    let source: any SnapshotSource
    let interval: Duration
    let metrics: ServerMetrics
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var silentUntil = ContinuousClock.now
            while !Task.isCancelled {
                do {
                    if try await source.reloadIfChanged() {
                        metrics.snapshotLoaded()
                        logger.info(
                            "search snapshot loaded",
                            metadata: ["version": .string(source.current?.version ?? "")]
                        )
                    }
                    silentUntil = .now
                } catch {
                    metrics.snapshotFailed()
                    // What fails every second is one line a minute in the log.
                    if silentUntil <= .now {
                        logger.error("search snapshot not loaded", metadata: ["error": .string("\(error)")])
                        silentUntil = .now + .seconds(60)
                    }
                }
                try? await Task.sleep(for: interval)
            }
        }
    }
}
