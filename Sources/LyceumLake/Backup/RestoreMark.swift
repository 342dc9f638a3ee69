// The mark of a lake into which a backup is being restored.

import Foundation
import LyceumCore

/// The content of `_restore.json`: it stands in the lake from the first file that a restore writes to the last.
struct RestoreMark: Codable, Equatable {
    /// The backup.
    var backup: RunID
    /// Where it comes from, for messages.
    var source: String

    static let name = "_restore.json"

    /// The mark in a lake; nil if no restore was cut off there.
    static func read(_ store: any ObjectStore) async throws -> RestoreMark? {
        guard let data = try await store.read(name) else { return nil }
        guard let mark = try? JSONDecoder().decode(RestoreMark.self, from: data) else {
            throw LakeError(
                .unfinishedRestore,
                "\(store.location(of: name)) cannot be read: a restore was cut off there. Empty the folder and restore "
                    + "again.",
                location: store.place
            )
        }
        return mark
    }

    /// Writes the mark; it is on the disk when this returns.
    func write(_ store: any ObjectStore) async throws {
        try await store.write(Self.name, try JSONEncoder().encode(self))
    }

    /// Takes the mark away: the lake is whole.
    static func remove(_ store: any ObjectStore) async throws {
        try await store.remove([name])
        try await store.persist([name], namesOnly: true)
    }

    /// Refuses a lake that is only half restored.
    static func requireNone(_ store: any ObjectStore) async throws {
        guard let mark = try await read(store) else { return }
        throw LakeError(
            .unfinishedRestore,
            "The restore of backup \(mark.backup) into \(store.place) was cut off. Run 'lyceum restore \(mark.source) "
                + "--at \(mark.backup)' again: it goes on where it stopped.",
            location: store.place
        )
    }
}
