// Upkeep: old history removed, and the folder compared with the catalog.

import Foundation
import LyceumCore

/// What an expiry removed.
public struct Expiry: Sendable, Hashable {
    /// Snapshots that can no longer be read.
    public var snapshots = 0
    /// Files removed from history.
    public var files = 0
    /// Their size in bytes.
    public var bytes: Int64 = 0

    /// States what was removed.
    public init(snapshots: Int = 0, files: Int = 0, bytes: Int64 = 0) {
        self.snapshots = snapshots
        self.files = files
        self.bytes = bytes
    }
}

/// Which snapshots are old enough to expire: those that meet both conditions.
public struct SnapshotAge: Sendable, Hashable {
    /// How many of each table's newest snapshots stay, the current one included.
    public var keep: Int
    /// Only those expire that had been superseded before this time.
    public var supersededBefore: Date

    /// States both conditions; the current snapshot always stays.
    public init(keep: Int = 1, supersededBefore: Date = .distantFuture) {
        self.keep = max(1, keep)
        self.supersededBefore = supersededBefore
    }
}

/// Where the folder and the catalog disagree.
public struct LakeAudit: Sendable, Hashable {
    /// Files that the catalog lists and that are not there.
    public var missing: [String] = []
    /// Files in zones or history that the catalog does not list.
    public var unknown: [String] = []
    /// Files whose size is not the one that was published.
    public var wrongSize: [String] = []
    /// Staging folders of no active run.
    public var leftovers: [String] = []

    /// Whether folder and catalog agree.
    public var isClean: Bool { missing.isEmpty && unknown.isEmpty && wrongSize.isEmpty && leftovers.isEmpty }
}

extension Lake {
    /// Lets old snapshots expire and removes the files of history that no other snapshot uses.
    ///
    /// The history of a table under legal hold stays.
    /// - Parameters:
    ///   - age: which snapshots are old enough.
    ///   - isDryRun: whether to say only what would be removed.
    /// - Throws: ``LakeError`` with code `locked` while readers or a publication hold files, and others.
    public func expireHistory(_ age: SnapshotAge, isDryRun: Bool = false) async throws -> Expiry {
        if isDryRun {
            let (snapshots, files) = try await ledger.expirableSnapshots(age)
            return Expiry(snapshots: snapshots, files: files.count, bytes: files.reduce(0) { $0 + $1.bytes })
        }
        let lock = try await locks.exclusive(wait: .seconds(60))
        defer { lock.release() }
        try await settleUnsettled()
        let (snapshots, files) = try await ledger.expireSnapshots(age)
        var expiry = Expiry(snapshots: snapshots)
        let removed = try await store.remove(files.map { LakeLayout.key(of: $0.path, isSuperseded: true) })
        for (file, wasThere) in zip(files, removed) where wasThere {
            expiry.files += 1
            expiry.bytes += file.bytes
        }
        try await ledger.forget(files: files.map(\.path))
        return expiry
    }

    /// The same by number alone: all but each table's newest snapshots expire.
    public func expireHistory(keep: Int, isDryRun: Bool = false) async throws -> Expiry {
        try await expireHistory(SnapshotAge(keep: keep), isDryRun: isDryRun)
    }

    /// Removes data files that the catalog does not list, such as those of a ledger that was restored from a copy.
    ///
    /// Only files that are named as ours are removed: what somebody else put into the folder is left and returned.
    /// - Parameter isDryRun: whether to say only what would be removed.
    /// - Returns: what was (or would be) removed, and what was left alone; paths relative to the lake.
    /// - Throws: ``LakeError`` with code `locked` while a run, readers or a publication hold files, and others.
    public func removeOrphans(isDryRun: Bool = false) async throws -> (removed: [String], left: [String]) {
        // Under the run lock, so that nothing is staged or published between the look and the removal.
        let run = isDryRun ? nil : try await RunLock.acquire(locks, of: store.place, run: RunID(), wait: nil, now: now)
        defer { run?.release() }
        let unknown = try await audit().unknown
        let orphans = unknown.filter { path in
            let history = LakeLayout.historyFolder + "/"
            return (try? FilePath(path.hasPrefix(history) ? String(path.dropFirst(history.count)) : path)) != nil
        }
        if !isDryRun {
            let lock = try await locks.exclusive(wait: .seconds(60))
            defer { lock.release() }
            try await store.remove(orphans)
        }
        let names = Set(orphans)
        return (orphans, unknown.filter { !names.contains($0) })
    }

    /// Compares every file of the folder with the catalog; reads no file's content.
    public func audit() async throws -> LakeAudit {
        let lock = try await locks.shared(wait: .seconds(60))
        defer { lock.release() }
        let known = try await ledger.allFiles()
        let holder = try await runHolder()
        var audit = LakeAudit()
        var expected: [String: Int64] = [:]
        for file in known { expected[LakeLayout.key(of: file.path, isSuperseded: file.isSuperseded)] = file.bytes }
        for folder in Zone.allCases.map(\.rawValue) + [LakeLayout.historyFolder] {
            for object in try await store.list(below: folder) {
                guard let bytes = expected.removeValue(forKey: object.key) else {
                    audit.unknown.append(object.key)
                    continue
                }
                if bytes != object.bytes { audit.wrongSize.append(object.key) }
            }
        }
        audit.missing = expected.keys.sorted()
        let staged = try await store.names(in: LakeLayout.stagingFolder)
        audit.leftovers = staged.filter { $0 != holder?.run?.text }.sorted()
        return audit
    }
}
