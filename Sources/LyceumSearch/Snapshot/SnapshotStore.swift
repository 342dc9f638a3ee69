// The snapshot being served, swapped while queries run.

import Foundation

/// Holds the current snapshot of an index folder and replaces it when a new one is published.
///
/// A query keeps the snapshot it took; a replaced one is closed when its last query ends.
public final class SnapshotStore: Sendable {
    /// The index folder.
    public let directory: URL
    private let embedders: [any Embedder]
    private let held: Locked<Snapshot?>

    /// Opens the current snapshot of a folder, if one was published.
    ///
    /// - Throws: ``SearchError`` when there is one that cannot be opened.
    public init(directory: URL, embedders: [any Embedder] = []) throws {
        self.directory = directory
        self.embedders = embedders
        held = Locked(nil)
        try reloadIfChanged()
    }

    /// The snapshot being served, nil when none was published yet.
    public var current: Snapshot? { held.withLock { $0 } }

    /// The snapshot being served.
    ///
    /// - Throws: ``SearchError`` with code `no_snapshot`.
    public func snapshot() throws -> Snapshot {
        if let current { return current }
        throw SearchError(
            .noSnapshot,
            "there is no search snapshot in \(directory.path); build one with lyceum index",
            location: directory.path
        )
    }

    /// Opens the version named by `CURRENT` if it is another than the one being served. Opening happens outside the
    /// lock: queries go on meanwhile.
    ///
    /// - Returns: whether the snapshot was replaced.
    /// - Throws: ``SearchError`` when the new one cannot be opened; the old one then stays.
    @discardableResult
    public func reloadIfChanged() throws -> Bool {
        guard let version = try Snapshot.currentVersion(in: directory), version != current?.version else {
            return false
        }
        let opened = try Snapshot.open(directory: directory, embedders: embedders)
        held.withLock { $0 = opened }
        return true
    }
}
