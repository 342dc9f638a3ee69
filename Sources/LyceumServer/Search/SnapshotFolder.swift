// Search snapshots in a folder, taken up as they are published.

import Foundation

/// The snapshots of an index folder.
final class SnapshotFolder: SnapshotSource {
    let directory: URL
    init(directory: URL) { self.directory = directory }
    var current: (any SearchBackend)? { nil }
    func reloadIfChanged() throws -> Bool { false }
}
