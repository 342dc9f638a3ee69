// Encryption as callers of the lake see it: which key a new file gets, and the upkeep of keys.

import Foundation
import LyceumCore

/// How far a table is encrypted.
public struct TableEncryption: Sendable, Hashable, Codable {
    /// The table.
    public var table: String
    /// Whether it holds data about people.
    public var isPersonal: Bool
    /// Files of any readable snapshot that are encrypted.
    public var encrypted = 0
    /// Files of any readable snapshot that are plain.
    public var plain = 0
    /// Plain ones among them that are current.
    public var plainCurrent = 0

    enum CodingKeys: String, CodingKey {
        case table, encrypted, plain
        case isPersonal = "personal"
        case plainCurrent = "plain_current"
    }
}

extension Lake {
    /// The name of the data key for a table's new files, made if it lacks; nil if they stay plain: in a lake without
    /// encryption, and for tables without data about people.
    ///
    /// A table that has a key keeps being encrypted, whatever its columns are. Call while holding the run lock.
    /// - Parameter columns: the columns that the files will have, with their tags.
    /// - Throws: ``LakeError`` if the key cannot be written, or if another process has changed the master key.
    public func dataKey(forNewFilesOf table: TableID, columns: [ColumnDescription]) async throws -> DataKey? {
        guard let keys else { return nil }
        let hasKey = await keys.newestKey(of: table) != nil
        guard hasKey || table.holdsPersonalData(columns: columns) else { return nil }
        return try await keys.makeKey(for: table, onlyIfFirst: true)
    }

    /// The same for a table of the catalog, whose files are written anew.
    public func dataKey(forNewFilesOf table: TableID) async throws -> DataKey? {
        guard keys != nil else { return nil }
        return try await dataKey(forNewFilesOf: table, columns: try await ledger.table(table)?.columns ?? [])
    }

    /// Makes a new data key for a table's files from now on; files of older keys stay readable.
    ///
    /// - Throws: ``LakeError`` with code `locked` while a run is active, `unknown_table`, `bad_key` in a lake without
    ///   encryption.
    public func renewKey(of table: TableID) async throws -> String {
        let keys = try requireKeys()
        let known = try await ledger.tables().map(\.id)
        guard known.contains(table) else {
            throw LakeError.unknownTable(table.description, known: known.map(\.description))
        }
        let lock = try await lockForKeys()
        defer { lock.release() }
        return try await keys.makeKey(for: table, onlyIfFirst: false).name
    }

    /// Wraps every data key by another master key, without touching data files.
    ///
    /// - Returns: the fingerprint of the new master key and how many keys it wraps.
    /// - Throws: ``LakeError`` with code `locked` while a run is active, `bad_key`.
    public func rotateMasterKey(to settings: MasterKeySettings) async throws -> (master: String, keys: Int) {
        let keys = try requireKeys()
        let lock = try await lockForKeys()
        defer { lock.release() }
        return try await keys.rotate(to: settings)
    }

    /// The data keys as they are kept; nil for a lake without any.
    public func keyFile() async throws -> KeyFile? {
        try await KeyVault(store: store, ledger: ledger).load()
    }

    /// How far each table is encrypted.
    public func encryption() async throws -> [TableEncryption] {
        let personal = Dictionary(
            uniqueKeysWithValues: try await ledger.tables().map {
                ($0.id, $0.id.holdsPersonalData(columns: $0.columns))
            }
        )
        var tables: [TableID: TableEncryption] = [:]
        for use in try await ledger.keyUses() {
            let isPersonal = personal[use.table] ?? true
            var entry = tables[use.table] ?? TableEncryption(table: "\(use.table)", isPersonal: isPersonal)
            if use.isEncrypted {
                entry.encrypted += use.files
            } else {
                entry.plain += use.files
                if use.isCurrent { entry.plainCurrent += use.files }
            }
            tables[use.table] = entry
        }
        return tables.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Refuses a publication that would bring plain files of personal data into an encrypted lake.
    func requireEncryption(of publication: Publication) async throws {
        guard keys != nil else { return }
        for table in publication.tables {
            guard let file = table.files.first(where: { $0.key == nil }) else { continue }
            var columns = table.columns
            if columns.isEmpty { columns = try await ledger.table(table.table)?.columns ?? [] }
            guard table.table.holdsPersonalData(columns: columns) else { continue }
            throw LakeError(
                .invalidPublication,
                "\(file.path) holds data about people and is not encrypted, in a lake that is. Nothing was published.",
                location: file.path.description
            )
        }
    }

    private func lockForKeys() async throws -> RunLock {
        try await RunLock.acquire(locks, of: store.place, run: RunID(), wait: nil, now: now)
    }

    private func requireKeys() throws -> KeyRing {
        guard let keys else {
            throw LakeError(
                .badKey,
                "This lake is not encrypted: no master key is configured. 'lyceum encryption generate FILE' makes one; name it "
                    + "under 'encryption: master_key'."
            )
        }
        return keys
    }
}
