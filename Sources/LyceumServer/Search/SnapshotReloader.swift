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
            var lastFailure: String?
            while !Task.isCancelled {
                do {
                    if try source.reloadIfChanged() {
                        metrics.snapshotLoaded()
                        logger.info(
                            "search snapshot loaded",
                            metadata: ["version": .string(source.current?.version ?? "")]
                        )
                    }
                    lastFailure = nil
                } catch {
                    let failure = String(describing: error)
                    // The same failure every second is one line in the log, not thousands.
                    if failure != lastFailure {
                        metrics.snapshotFailed()
                        logger.error("search snapshot not loaded", metadata: ["error": .string(failure)])
                    }
                    lastFailure = failure
                }
                try? await Task.sleep(for: interval)
            }
        }
    }
}
