// Old backups removed, and the objects that only they needed.

import Foundation
import LyceumCore

/// What a pruning removed.
public struct BackupPruning: Sendable, Hashable {
    /// Backups that are gone.
    public var removed: [RunID] = []
    /// Backups that would have gone, were it not for a legal hold on something that only they hold.
    public var held: [RunID] = []
    /// Objects removed.
    public var objects = 0
    /// Their size in bytes.
    public var bytes: Int64 = 0
}

extension BackupVault {
    /// Removes all but the newest backups, and every object that none of those left needs.
    ///
    /// A backup stays when a legal hold in force needs a file that only such a backup has: any file of a held table, or any
    /// file at all while a person is under hold, since a person's rows may stand in any.
    ///
    /// - Parameters:
    ///   - keep: how many of the newest readable backups stay, at least 1.
    ///   - holds: the holds in force, as the lake's ledger has them; nil takes those of the newest backup.
    ///   - isDryRun: whether to say only what would be removed.
    /// - Throws: ``LakeError`` with code `locked` while a backup is being written, and others.
    public func prune(
        keep: Int,
        holds: [Hold]? = nil,
        isDryRun: Bool = false,
        now: Date = Date()
    ) async throws -> BackupPruning {
        try await requireBackups()
        return try await prune(holds: holds, isDryRun: isDryRun, now: now) { age, _ in age >= max(1, keep) }
    }

    /// Removes every backup that was taken before a person was last erased from the lake, and what only those needed.
    ///
    /// A backup of the lake as it is now is taken first unless there is one, so that no other person's data is lost with them.
    /// - Returns: the backup that was taken, if one was, and what was removed; nil for a lake from which nobody was erased.
    /// - Throws: ``LakeError`` with code `locked` while a backup is being written, and others.
    public func applyErasures(
        of lake: Lake,
        isDryRun: Bool = false
    ) async throws -> (backup: BackupReceipt?, pruning: BackupPruning)? {
        try await requireBackups()
        guard let last = try await lake.ledger.lastErasure() else { return nil }
        var backup: BackupReceipt?
        if try await newestManifest().map({ $0.header.createdAt <= last }) ?? true {
            backup = try await lake.backUp(to: self, isDryRun: isDryRun)
        }
        let holds = try await lake.ledger.holds()
        let pruning = try await prune(holds: holds, isDryRun: isDryRun, now: lake.now()) { _, header in
            header.createdAt <= last
        }
        return (backup, pruning)
    }

    /// - Parameter isOld: whether a backup should go, by how many readable ones are newer and by its header.
    private func prune(
        holds: [Hold]?,
        isDryRun: Bool,
        now: Date,
        _ isOld: (Int, BackupManifest.Header) -> Bool
    ) async throws -> BackupPruning {
        if isDryRun { return try await pruning(holds: holds, isOld).pruning }
        return try await VaultMark.holding(.pruning, in: self, now: now) {
            let (pruning, objects) = try await pruning(holds: holds, isOld)
            // Manifests first: a backup that is listed is whole.
            try await store.remove(pruning.removed.map(Self.key))
            try await store.remove(objects)
            try await store.remove(drafts().map(\.key))
            return pruning
        }
    }

    private func pruning(
        holds: [Hold]?,
        _ isOld: (Int, BackupManifest.Header) -> Bool
    ) async throws -> (pruning: BackupPruning, objects: [String]) {
        var pruning = BackupPruning()
        var needed: Set<BackupObject> = []
        var old: [BackupManifest] = []
        var age = 0
        var newest: BackupManifest.Header?
        for id in try await ids().reversed() {
            do {
                let manifest = try await manifest(of: id)
                newest = newest ?? manifest.header
                if isOld(age, manifest.header) { old.append(manifest) } else { needed.formUnion(manifest.objects) }
                age += 1
            } catch let error as LakeError where error.code == .damagedBackup {
                // It cannot be restored, and goes once a readable one is newer.
                if age > 0 { pruning.removed.append(id) }
            }
        }
        let heldTables =
            holds.map { Set($0.filter { $0.scope == .table }.map(\.target)) } ?? Set(newest?.heldTables ?? [])
        let isPersonHeld = holds.map { $0.contains { $0.scope == .subject } } ?? ((newest?.heldSubjects ?? 0) > 0)
        // From the newest on, so that of several that have a held file the newest stays.
        for manifest in old {
            let isNeeded = manifest.files.contains { file in
                (isPersonHeld || heldTables.contains(file.path.table.description)) && !needed.contains(file.object)
            }
            if isNeeded {
                pruning.held.append(manifest.header.id)
                needed.formUnion(manifest.objects)
            } else {
                pruning.removed.append(manifest.header.id)
            }
        }
        let keys = Set(needed.map(\.key))
        var objects: [String] = []
        for entry in try await self.objects(below: Self.objectsFolder) where !keys.contains(entry.key) {
            objects.append(entry.key)
            pruning.objects += 1
            pruning.bytes += entry.bytes
        }
        return (pruning, objects)
    }
}
