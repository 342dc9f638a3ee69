// A lake's data keys, opened by its master key.

import Foundation
import LyceumCore

/// The data keys of one lake in this process's memory.
///
/// Keys are added by whoever holds the run lock (see ``Lake/dataKey(forNewFilesOf:columns:)``), and stand on the disk
/// before anything is encrypted with them.
public actor KeyRing {
    /// The fingerprint of the master key.
    public nonisolated let master: String
    private let lake: String
    private let masterKey: any MasterKey
    private let vault: KeyVault
    private let now: @Sendable () -> Date
    private var opened: [String: DataKey]
    private var newest: [String: String] = [:]
    private var lastChange: Task<DataKey, any Error>?

    private init(
        master: String,
        lake: String,
        masterKey: any MasterKey,
        vault: KeyVault,
        now: @escaping @Sendable () -> Date,
        file: KeyFile?,
        opened: [DataKey]
    ) {
        self.master = master
        self.lake = lake
        self.masterKey = masterKey
        self.vault = vault
        self.now = now
        self.opened = Dictionary(opened.map { ($0.name, $0) }) { first, _ in first }
        for key in file?.keys ?? [] { newest[key.table] = key.name }
    }

    /// Opens a lake's data keys; nil for a lake without encryption.
    ///
    /// - Throws: ``LakeError`` with code `wrong_key` when the lake's keys are wrapped by another master key, or by one
    ///   while none is given; `bad_key` when the master key or a data key is damaged or lost.
    static func open(
        _ settings: MasterKeySettings?,
        lake: String,
        vault: KeyVault,
        now: @escaping @Sendable () -> Date
    ) async throws -> KeyRing? {
        let file = try await vault.load()
        try await vault.requireKeys(for: file)
        guard let settings else {
            guard let file else { return nil }
            throw LakeError.wrongKey(expected: file.master, given: nil, lake: vault.store.place)
        }
        let key = try settings.key()
        let fingerprint = try await key.fingerprint()
        if let file {
            guard file.lake == lake else {
                throw LakeError(
                    .mismatch,
                    "The data keys in \(vault.location) belong to another lake. Restore the lake's own from a backup, or "
                        + "remove the file: the ledger has a copy.",
                    location: vault.location
                )
            }
            guard file.master == fingerprint else {
                throw LakeError.wrongKey(expected: file.master, given: fingerprint, lake: vault.store.place)
            }
        }
        let opened = try await unwrap(file, by: key)
        if let file { try await vault.heal(file) }
        return KeyRing(
            master: fingerprint,
            lake: lake,
            masterKey: key,
            vault: vault,
            now: now,
            file: file,
            opened: opened
        )
    }

    /// Every key, for an engine.
    public var keys: [DataKey] { opened.values.sorted { $0.name < $1.name } }

    /// The name of the key that a table's new files are encrypted with; nil while it has none.
    func newestKey(of table: TableID) -> String? { newest[table.description] }

    /// Makes a key for a table, on top of those it has. Call under the run lock.
    ///
    /// - Parameter isFirst: whether to make one only if the table has none.
    @discardableResult
    func makeKey(for table: TableID, onlyIfFirst isFirst: Bool) async throws -> DataKey {
        // One after the other: each starts from the file that the one before has written.
        let previous = lastChange
        let change = Task {
            _ = await previous?.result
            return try await add(table, onlyIfFirst: isFirst)
        }
        lastChange = change
        return try await change.value
    }

    private func add(_ table: TableID, onlyIfFirst isFirst: Bool) async throws -> DataKey {
        if isFirst, let name = newest[table.description], let key = opened[name] { return key }
        let time = Timestamp.iso(now())
        // Read again: another process may have changed it since this one opened the lake.
        var file = try await vault.load() ?? KeyFile(lake: lake, master: master, since: time)
        guard file.master == master else {
            throw LakeError.wrongKey(expected: file.master, given: master, lake: vault.store.place)
        }
        let version = (file.newest(of: table)?.version ?? 0) + 1
        let name = DataKey.name(of: table, version: version)
        let bytes = DataKey.randomBytes()
        file.add(
            WrappedKey(
                name: name,
                table: table.description,
                version: version,
                created: time,
                wrapped: try await masterKey.wrap(bytes, context: KeyContext(lake: lake, name: name))
            )
        )
        try await vault.save(file)
        let key = DataKey(name: name, bytes: bytes)
        opened[name] = key
        newest[table.description] = name
        return key
    }

    /// Wraps every data key by another master key; data files stay as they are. Call under the run lock.
    ///
    /// The file is replaced by one rename: before it the old master key opens everything, after it the new one does.
    /// - Returns: the fingerprint of the new master key and how many keys it wraps.
    func rotate(to settings: MasterKeySettings) async throws -> (master: String, keys: Int) {
        let new = try settings.key()
        let fingerprint = try await new.fingerprint()
        let time = Timestamp.iso(now())
        let file = try await vault.load() ?? KeyFile(lake: lake, master: master, since: time)
        if file.master == fingerprint { return (fingerprint, file.keys.count) }
        guard file.master == master else {
            throw LakeError.wrongKey(expected: file.master, given: master, lake: vault.store.place)
        }
        var rotated = file
        rotated.master = fingerprint
        rotated.since = time
        for (index, key) in file.keys.enumerated() {
            let context = KeyContext(lake: lake, name: key.name)
            let bytes = try await masterKey.unwrap(key.wrapped, context: context)
            let wrapped = try await new.wrap(bytes, context: context)
            // A key that could not be opened again would take its files with it.
            guard try await new.unwrap(wrapped, context: context) == bytes else {
                throw LakeError(.badKey, "\(fingerprint) does not open what it has wrapped; nothing was changed.")
            }
            rotated.keys[index].wrapped = wrapped
        }
        try await vault.save(rotated)
        return (fingerprint, rotated.keys.count)
    }

    private static func unwrap(_ file: KeyFile?, by master: any MasterKey) async throws -> [DataKey] {
        guard let file else { return [] }
        return try await withThrowingTaskGroup(of: DataKey.self) { group in
            for key in file.keys {
                group.addTask {
                    do {
                        let context = KeyContext(lake: file.lake, name: key.name)
                        return DataKey(name: key.name, bytes: try await master.unwrap(key.wrapped, context: context))
                    } catch is CancellationError {
                        throw CancellationError()
                    } catch {
                        throw LakeError(
                            .badKey,
                            "The data key \(key.name) cannot be opened by \(file.master): its entry in _keys.json is damaged, "
                                + "or the key service refused. Restore _keys.json from a backup.",
                            cause: error
                        )
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}

extension LakeError {
    static func wrongKey(expected: String, given: String?, lake: String) -> LakeError {
        let found = given.map { "the configured one is \($0)" } ?? "none is configured"
        return LakeError(
            .wrongKey,
            "The data keys of \(lake) are wrapped by the master key \(expected), and \(found). Configure that key under "
                + "'encryption: master_key'; nothing was read or written.",
            location: lake
        )
    }
}
