// Whether backups are whole.

import Foundation
import LyceumCore

/// What a verification found.
public struct BackupVerification: Sendable, Hashable {
    /// Backups whose objects were looked at.
    public var backups = 0
    /// Objects that they need.
    public var objects = 0
    /// Their size in bytes.
    public var bytes: Int64 = 0
    /// Backups whose manifest cannot be read.
    public var damagedBackups: [RunID] = []
    /// Objects that are gone, or not as long as they were, with one backup that needs each.
    public var missing: [String: RunID] = [:]
    /// Objects whose content is not what was written, with one backup that needs each.
    public var damaged: [String: RunID] = [:]

    /// Whether every backup could be restored.
    public var isSound: Bool { damagedBackups.isEmpty && missing.isEmpty && damaged.isEmpty }
}

extension BackupVault {
    /// Checks that every object of one backup, or of all, is there and as long as it was; on request reads each.
    ///
    /// - Throws: ``LakeError`` with code `unknown_backup` and others.
    public func verify(_ backup: RunID? = nil, isDeep: Bool = false) async throws -> BackupVerification {
        try await requireBackups()
        let present = Dictionary(
            try await objects(below: Self.objectsFolder).map { ($0.key, $0.bytes) },
            uniquingKeysWith: { first, _ in first }
        )
        var found = BackupVerification()
        var needed: [BackupObject: RunID] = [:]
        let ids = if let backup { [backup] } else { try await self.ids() }
        for id in ids {
            do {
                for object in try await manifest(of: id).objects { needed[object] = id }
                found.backups += 1
            } catch let error as LakeError where error.code == .damagedBackup {
                found.damagedBackups.append(id)
            }
        }
        found.objects = needed.count
        found.bytes = needed.keys.reduce(0) { $0 + $1.bytes }
        for (object, id) in needed where present[object.key] != object.bytes { found.missing[object.key] = id }
        guard isDeep else { return found }
        let scratch = FileManager.default.temporaryDirectory.appending(path: "lyceum-verify-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        for (object, id) in needed where found.missing[object.key] == nil {
            try await store.download(object.key, to: scratch)
            let hash = try await offload { try ContentHash.ofFile(at: scratch) }
            if hash != object.sha256 { found.damaged[object.key] = id }
        }
        return found
    }
}
