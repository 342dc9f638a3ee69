// The transaction that makes an earlier snapshot current again.

import Foundation
import LyceumCore

extension Ledger {
    /// Commits a publication whose one new snapshot has the files of an earlier one.
    ///
    /// Files that both have stay as they are; the others go and come. The watermarks of a raw table are forgotten.
    /// - Parameters:
    ///   - claim: the lake's publication that it is.
    ///   - locks: locks without which it must not be committed.
    func rollback(
        _ table: TableID,
        to snapshot: Int64,
        run: RunID,
        claim: Int64,
        holding locks: [any HeldLock]
    ) async throws -> CommittedPublication {
        let now = now()
        return try await write("roll \(table) back to snapshot \(snapshot)") { db in
            for lock in locks { try lock.requireHeld(db) }
            try Self.take(db, claim: claim)
            let id = table.description
            let current = try Int64.fetchOne(
                db,
                sql: "SELECT current_snapshot FROM tables WHERE id = ?",
                arguments: [id]
            )
            guard current != snapshot else {
                throw LakeError(.conflict, "Snapshot \(snapshot) of \(table) is current already; nothing was changed.")
            }
            let last = try String.fetchOne(db, sql: "SELECT max(committed_at) FROM publications")
            let time = max(LedgerText.time(now), last ?? "")
            try Self.end(db, run: run, status: .succeeded, error: nil, records: 0, at: now)
            let publication = try db.insert(
                sql: "INSERT INTO publications (run_id, committed_at) VALUES (?, ?) RETURNING id",
                arguments: [run.text, time]
            )
            let made = try db.insert(
                sql: """
                    INSERT INTO snapshots
                        (table_id, publication_id, run_id, parent_id, mode, created_at, rows, bytes, files)
                    SELECT table_id, :publication, :run, :parent, 'replace', :time, rows, bytes, files
                    FROM snapshots WHERE id = :snapshot RETURNING id
                    """,
                arguments: [
                    "publication": publication, "run": run.text, "parent": current, "time": time, "snapshot": snapshot,
                ]
            )
            let arguments: StatementArguments = ["table": id, "snapshot": snapshot, "made": made]
            let wanted = "added_in <= :snapshot AND (removed_in IS NULL OR removed_in > :snapshot)"
            try db.execute(
                sql: """
                    INSERT INTO files (table_id, path, rows, bytes, source, dt, key_id, added_in)
                    SELECT table_id, path, rows, bytes, source, dt, key_id, :made FROM files
                    WHERE table_id = :table AND \(wanted)
                        AND path NOT IN (SELECT path FROM files WHERE table_id = :table AND removed_in IS NULL)
                    """,
                arguments: arguments
            )
            try db.execute(
                sql: """
                    UPDATE files SET removed_in = :made
                    WHERE table_id = :table AND removed_in IS NULL AND added_in <> :made
                        AND path NOT IN (SELECT path FROM files WHERE table_id = :table AND \(wanted))
                    """,
                arguments: arguments
            )
            try db.execute(sql: "UPDATE tables SET current_snapshot = ? WHERE id = ?", arguments: [made, id])
            if table.zone == .raw {
                try db.execute(sql: "DELETE FROM watermarks WHERE table_name = ?", arguments: [table.name])
            }
            return CommittedPublication(id: publication, snapshots: [table: made])
        }
    }
}
