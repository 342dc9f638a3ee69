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
    /// Gives a lake that is being restored the name that it had.
    static func setIdentity(_ id: String, in store: any ObjectStore) async throws {
        try await store.write(LakeLayout.identity, try JSONEncoder().encode(LakeIdentity(id: id)))
    }

    /// Refuses a ledger of another lake: its recovery would remove what that lake's run has staged, and its catalog
    /// would list files that are not here.
    ///
    /// - Returns: the lake's id.
    static func requireOwnLedger(_ ledger: Ledger, of store: any ObjectStore) async throws -> String {
        let identity = try await identity(in: store)
        let place = store.place
        guard let owner = try await ledger.lakeIdentity() else {
            if try await holdsData(store) {
                throw LakeError(
                    .mismatch,
                    "The lake \(place) holds data, and the ledger \(ledger.place) is new. Restore the lake's own ledger, "
                        + "or move the lake's folder away to start afresh.",
                    location: place
                )
            }
            try await ledger.setLakeIdentity(identity)
            return identity
        }
        if owner == identity { return identity }
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

    private static func holdsData(_ store: any ObjectStore) async throws -> Bool {
        for zone in Zone.allCases where try await !store.list(below: zone.rawValue).isEmpty { return true }
        return false
    }

    private static func identity(in store: any ObjectStore) async throws -> String {
        let path = store.location(of: LakeLayout.identity)
        guard let data = try await store.read(LakeLayout.identity) else {
            let identity = LakeIdentity()
            // Whoever comes second reads the first one's.
            try await store.requireConditions()
            let isFirst = try await store.create(LakeLayout.identity, try JSONEncoder().encode(identity))
            return isFirst ? identity.id : try await self.identity(in: store)
        }
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
                "The lake \(store.place) was written by a newer version of Lyceum. Install that version.",
                location: path
            )
        }
        return identity.id
    }
}
