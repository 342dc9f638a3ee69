// Going back to an earlier snapshot of a table.

import Foundation
import LyceumCore

extension Lake {
    /// Makes an earlier snapshot's files a table's current ones again, as a new snapshot and in a run of its own.
    ///
    /// Nothing is lost: the snapshot that was current stays readable like any other. Tables built from this one are built
    /// anew by the next run. For a raw table the watermarks go too, so that the next run reads its source whole and lands
    /// what is missing.
    /// - Parameters:
    ///   - table: the table.
    ///   - snapshot: one of its snapshots that has not expired.
    ///   - wait: how long to wait for readers that hold files open.
    /// - Returns: the new snapshot's number.
    /// - Throws: ``LakeError`` with code `unknown_table`, `unknown_snapshot`, `expired_snapshot`, `missing_file`, `conflict`
    ///   (the snapshot is current), `locked` and others.
    public func rollback(_ table: TableID, to snapshot: Int64, wait: Duration = .seconds(60)) async throws -> Int64 {
        let run = try await beginRun(options: #"{"rollback": "\#(table)", "snapshot": \#(snapshot)}"#)
        do {
            return try await rollback(table, to: snapshot, in: run, wait: wait)
        } catch let error as LakeError {
            // Once the ledger has committed, the run has ended and whoever opens the lake next completes it.
            try? await run.finish(.failed, error: error.message)
            throw error
        } catch let error as CancellationError {
            try? await run.finish(.cancelled)
            throw error
        }
    }

    private func rollback(_ table: TableID, to snapshot: Int64, in run: LakeRun, wait: Duration) async throws -> Int64 {
        let lock = try await locks.exclusive(wait: wait)
        defer { lock.release() }
        try await settleUnsettled()
        let files = try await ledger.files(of: table, at: snapshot, store: store)
        for (file, bytes) in zip(files, try await store.sizes(of: files.map(\.storeKey))) where bytes == nil {
            throw LakeError(
                .missingFile,
                "Snapshot \(snapshot) of \(table) cannot be restored: its file \(file.path) is gone.",
                location: file.path.description
            )
        }
        try beforeStep(.commit)
        let committed = try await ledger.rollback(table, to: snapshot, run: run.id, holding: [run.lock.lock, lock])
        let missing = try await settle(committed.id)
        if let path = missing.first {
            throw LakeError(.missingFile, "\(path) vanished while it was being restored.", location: path)
        }
        try beforeStep(.cleanUp)
        try await run.staging.remove()
        guard let made = committed.snapshots[table] else {
            throw LakeError(.corruptLedger, "The ledger made no snapshot of \(table).")
        }
        return made
    }
}
