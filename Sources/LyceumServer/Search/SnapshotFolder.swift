// Search snapshots of an index folder, taken up as they are published.

import Foundation
import LyceumSearch
import Synchronization

/// The snapshots of a folder: the one in use, and the one before it for those who are still paging through it.
final class SnapshotFolder: SnapshotSource {
    private struct State {
        var store: SnapshotStore?
        var current: SnapshotBackend?
    }

    private let directory: URL
    private let embedders: [any Embedder]
    private let answerBytes: Int
    private let state = Mutex(State())

    /// Names the folder; nothing is opened before ``reloadIfChanged()``.
    ///
    /// - Parameters:
    ///   - embedders: models that snapshots may be made with beside the bundled one.
    ///   - answerBytes: how much of a snapshot's answers is kept for those who ask the same.
    init(
        directory: URL,
        embedders: [any Embedder] = [],
        answerBytes: Int = ServerConfiguration.Limits().answerBytes
    ) {
        self.directory = directory
        self.embedders = embedders
        self.answerBytes = answerBytes
    }

    var current: (any SearchBackend)? { state.withLock { $0.current } }

    /// Opens the folder's current snapshot if it is another than the one in use.
    ///
    /// Called by one task at a time; queries are not held up while a snapshot is opened.
    func reloadIfChanged() async throws -> Bool {
        let (known, previous) = state.withLock { ($0.store, $0.current) }
        let store = try known ?? SnapshotStore(directory: directory, embedders: embedders)
        if known != nil, try !store.reloadIfChanged() { return false }
        guard let snapshot = store.current else {
            state.withLock { $0.store = store }
            return false
        }
        let next = SnapshotBackend(snapshot, before: previous, answerBytes: answerBytes)
        if let previous { await next.views.prepare(as: previous.views) }
        state.withLock {
            $0.store = store
            $0.current = next
        }
        return true
    }
}
