// A lake and its ledger know each other, so that neither is taken for another's.

import Foundation
import LyceumCore

/// The content of `_lake.json`.
private struct LakeIdentity: Codable {
    /// The version of the layout; raised when an older Lyceum could no longer read it.
    var format = 1
    var id = UUID().uuidString.lowercased()
}

extension Lake {
    /// Refuses a ledger of another lake: its recovery would remove what that lake's run has staged, and its catalog
    /// would list files that are not here.
    func requireOwnLedger() async throws {
        let identity = try await offload { [layout, store] in try Self.identity(of: layout, store: store) }
        let place = root.path(percentEncoded: false)
        guard let owner = try await ledger.lakeIdentity() else {
            let holdsData = try await offload { [store] in
                try Zone.allCases.contains { try !store.files(below: $0.rawValue).isEmpty }
            }
            if holdsData {
                throw LakeError(
                    .mismatch,
                    "The lake \(place) holds data, and the ledger \(ledger.place) is new. Restore the lake's own ledger, "
                        + "or move the lake's folder away to start afresh.",
                    location: place
                )
            }
            try await ledger.setLakeIdentity(identity)
            return
        }
        if owner == identity { return }
        let isEmpty = try await ledger.currentFileCount() == 0
        throw LakeError(
            .mismatch,
            isEmpty
                ? "The ledger \(ledger.place) belongs to another lake than \(place). Name the lake's own ledger."
                : "The ledger \(ledger.place) lists files of another lake than \(place). Name the lake's own ledger, "
                    + "restore the lake's folder, or move the ledger away to start afresh.",
            location: place
        )
    }

    private static func identity(of layout: LakeLayout, store: LocalStore) throws -> String {
        let path = layout.identity.path(percentEncoded: false)
        if let data = FileManager.default.contents(atPath: path) {
            guard let identity = try? JSONDecoder().decode(LakeIdentity.self, from: data) else {
                throw LakeError(
                    .mismatch,
                    "\(path) is not the description of a lake. Restore it from a backup.",
                    location: path
                )
            }
            guard identity.format <= LakeIdentity().format else {
                throw LakeError(
                    .migrationNewer,
                    "The lake \(store.root) was written by a newer version of Lyceum. Install that version.",
                    location: path
                )
            }
            return identity.id
        }
        // A complete file appears under the name at once; whoever comes second reads the first one's.
        let identity = LakeIdentity()
        let draft = "_lake.\(identity.id).json"
        guard
            FileManager.default.createFile(
                atPath: store.absolute(draft),
                contents: try JSONEncoder().encode(identity)
            )
        else {
            throw LakeError.system(errno, doing: "write", path: store.absolute(draft))
        }
        defer { _ = try? store.removeFile(draft) }
        try store.synchronize(draft)
        if link(store.absolute(draft), path) == 0 {
            try store.synchronize("")
            return identity.id
        }
        guard errno == EEXIST else { throw LakeError.system(errno, doing: "write", path: path) }
        return try self.identity(of: layout, store: store)
    }
}
