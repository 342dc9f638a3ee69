// `_keys.json`: a lake's data keys, wrapped.

import Foundation
import LyceumCore

/// One data key as it is kept.
public struct WrappedKey: Sendable, Hashable, Codable {
    /// `<zone>.<table>#<version>`.
    public var name: String
    /// The table.
    public var table: String
    /// The version; new files are encrypted with the highest.
    public var version: Int
    /// When it was made, ISO 8601 UTC.
    public var created: String
    /// The key, wrapped by the master key.
    public var wrapped: Data
}

/// The data keys of a lake and the master key that wraps them all.
///
/// The file stands in the lake, because without it the lake's files cannot be read: whoever copies the folder copies
/// it too, and replacing it is one rename, so that a rotation has happened or has not. The ledger keeps a copy, for the
/// day on which the file is lost.
public struct KeyFile: Sendable, Hashable, Codable {
    /// The version of the format; raised when an older Lyceum could no longer read it.
    var format = 1
    /// The lake's id.
    public var lake: String
    /// The fingerprint of the master key.
    public var master: String
    /// When that master key took over, ISO 8601 UTC.
    public var since: String
    /// The keys, by name.
    public var keys: [WrappedKey] = []

    init(lake: String, master: String, since: String) {
        self.lake = lake
        self.master = master
        self.since = since
    }

    /// - Throws: ``LakeError`` with code `bad_key` or `migration_newer`.
    init(_ data: Data, at location: String) throws {
        guard let file = try? JSONDecoder().decode(KeyFile.self, from: data) else {
            throw LakeError(
                .badKey,
                "\(location) is not a file of data keys. Restore it from a backup, or remove it: the ledger has a copy.",
                location: location
            )
        }
        guard file.format <= 1 else {
            throw LakeError(
                .migrationNewer,
                "\(location) was written by a newer version of Lyceum. Install that version.",
                location: location
            )
        }
        self = file
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    /// The newest key of a table.
    func newest(of table: TableID) -> WrappedKey? {
        keys.filter { $0.table == table.description }.max { $0.version < $1.version }
    }

    /// Adds a key, in order.
    mutating func add(_ key: WrappedKey) {
        keys.append(key)
        keys.sort { ($0.table, $0.version) < ($1.table, $1.version) }
    }
}
