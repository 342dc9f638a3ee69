// Forgetting: one transaction, then the old bytes go.

import Foundation
import LyceumCore

/// What an erasure changed in the lake.
public struct ErasedFiles: Sendable {
    /// The snapshots that have fewer rows now.
    public var snapshots: [ErasedSnapshot]
    /// Texts of the ledger that were blotted out.
    public var texts: Int
}

extension Lake {
    /// Puts files in the place of others in every snapshot, current and historical, and deletes the others' bytes.
    ///
    /// A crash before the commit changes nothing; after it, the next opening deletes what was to be deleted.
    func erase(_ erasure: Erasure, in run: LakeRun, wait: Duration) async throws -> ErasedFiles {
        let staging = run.staging
        try beforeStep(.prepare)
        try await ledger.requireRunning(staging.run)
        let staged = Dictionary(grouping: erasure.substitutions.compactMap(\.new), by: \.path.table)
        let files = Publication(tables: staged.map { TablePublication($0.key, mode: .append, files: $0.value) })
        try await staging.prepare(files)
        let lock = try await locks.exclusive(wait: wait)
        defer { lock.release() }
        try await settleUnsettled()
        try Task.checkCancellation()
        let tables = Set(erasure.substitutions.map(\.old.table)).sorted()
        let claim = try await claimPublication(run: run.id, tables: tables)
        try beforeStep(.commit)
        let committed = try await ledger.erase(erasure, run: run.id, claim: claim, holding: [run.lock.lock, lock])
        let missing = try await settle(committed.publication)
        if let path = missing.first {
            throw LakeError(.missingFile, "\(path) vanished while it was being put in place.", location: path)
        }
        try beforeStep(.cleanUp)
        try await staging.remove()
        try await ledger.forgetOverwritten()
        return ErasedFiles(snapshots: committed.snapshots, texts: committed.texts)
    }

    /// Does some work under the run lock if it is free, without a run; returns whether it was.
    public func withRunLock(_ body: () async throws -> Void) async throws -> Bool {
        guard let lock = try await RunLock.attemptCleanUp(locks, now: now) else { return false }
        defer { lock.release() }
        try await body()
        return true
    }

    /// Every table with every file that the catalog knows, current and historical. Hold a ``ReadLease`` or run meanwhile.
    public func everyFile() async throws -> [(summary: TableSummary, files: [LakeFile])] {
        let files = Dictionary(grouping: try await ledger.everyFile(store: store), by: \.path.table)
        return try await ledger.tables().map { ($0, files[$0.id] ?? []) }
    }

    /// SHA-256 of a file's bytes as they are stored, as hexadecimal digits.
    public func sha256(of file: LakeFile) async throws -> String { try await sha256(of: file.storeKey) }

    /// SHA-256 of a staged file's bytes.
    public func sha256(of place: Staging.Place) async throws -> String { try await sha256(of: place.storeKey) }

    private func sha256(of key: String) async throws -> String {
        let location = store.location(of: key)
        if location.hasPrefix("/") { return try await offload { try ContentHash.ofFile(at: URL(filePath: location)) } }
        let copy = FileManager.default.temporaryDirectory.appending(path: "lyceum-\(UUID().uuidString.lowercased())")
        defer { try? FileManager.default.removeItem(at: copy) }
        try await store.download(key, to: copy)
        return try await offload { try ContentHash.ofFile(at: copy) }
    }
}
