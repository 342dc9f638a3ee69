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
    /// Removes the files of history that none of each table's newest snapshots uses.
    ///
    /// - Parameters:
    ///   - keep: how many snapshots of each table stay readable, the current one included; at least 1.
    ///   - isDryRun: whether to say only what would be removed.
    /// - Throws: ``LakeError`` with code `locked` while readers or a publication hold files, and others.
    public func expireHistory(keep: Int, isDryRun: Bool = false) async throws -> Expiry {
        let keep = max(1, keep)
        if isDryRun {
            let (snapshots, files) = try await ledger.expirableSnapshots(keep: keep)
            return Expiry(snapshots: snapshots, files: files.count, bytes: files.reduce(0) { $0 + $1.bytes })
        }
        let lock = try await PublishLock.exclusive(layout, wait: .seconds(60))
        defer { lock.release() }
        try await settleUnsettled()
        let (snapshots, files) = try await ledger.expireSnapshots(keep: keep)
        var expiry = Expiry(snapshots: snapshots)
        (expiry.files, expiry.bytes) = try await offload { [store] in
            var removed = 0
            var bytes: Int64 = 0
            for file in files {
                if try store.removeFile("\(LakeLayout.historyFolder)/\(file.path)") {
                    removed += 1
                    bytes += file.bytes
                }
                store.prune("\(LakeLayout.historyFolder)/\(file.path.folder)", below: LakeLayout.historyFolder)
            }
            return (removed, bytes)
        }
        try await ledger.forget(files: files.map(\.path))
        return expiry
    }

    /// Removes data files that the catalog does not list, such as those of a ledger that was restored from a copy.
    ///
    /// Only files that are named as ours are removed: what somebody else put into the folder is left and returned.
    /// - Parameter isDryRun: whether to say only what would be removed.
    /// - Returns: what was (or would be) removed, and what was left alone; paths relative to the lake.
    /// - Throws: ``LakeError`` with code `locked` while a run, readers or a publication hold files, and others.
    public func removeOrphans(isDryRun: Bool = false) async throws -> (removed: [String], left: [String]) {
        // Under the run lock, so that nothing is staged or published between the look and the removal.
        let run = isDryRun ? nil : try await RunLock.acquire(layout, run: RunID(), wait: nil, now: now)
        defer { run?.release() }
        let unknown = try await audit().unknown
        let orphans = unknown.filter { path in
            let history = LakeLayout.historyFolder + "/"
            return (try? FilePath(path.hasPrefix(history) ? String(path.dropFirst(history.count)) : path)) != nil
        }
        if !isDryRun {
            let lock = try await PublishLock.exclusive(layout, wait: .seconds(60))
            defer { lock.release() }
            try await offload { [store] in
                for path in orphans {
                    try store.removeFile(path)
                    let folder = (path as NSString).deletingLastPathComponent
                    store.prune(folder, below: path.split(separator: "/").prefix(2).joined(separator: "/"))
                }
            }
        }
        let names = Set(orphans)
        return (orphans, unknown.filter { !names.contains($0) })
    }

    /// Compares every file of the folder with the catalog; reads no file's content.
    public func audit() async throws -> LakeAudit {
        let lock = try await PublishLock.shared(layout, wait: .seconds(60))
        defer { lock.release() }
        let known = try await ledger.allFiles()
        let holder = try runHolder()
        return try await offload { [store] in
            var audit = LakeAudit()
            var expected: [String: Int64] = [:]
            for file in known {
                expected[(file.isSuperseded ? LakeLayout.historyFolder + "/" : "") + file.path.description] = file.bytes
            }
            for folder in Zone.allCases.map(\.rawValue) + [LakeLayout.historyFolder] {
                for file in try store.files(below: folder) {
                    guard let bytes = expected.removeValue(forKey: file.path) else {
                        audit.unknown.append(file.path)
                        continue
                    }
                    if bytes != file.bytes { audit.wrongSize.append(file.path) }
                }
            }
            audit.missing = expected.keys.sorted()
            audit.leftovers = try store.names(in: LakeLayout.stagingFolder).filter { $0 != holder?.run?.text }.sorted()
            return audit
        }
    }
}
