// The part of a publication that writes files of a table anew: some leave, others come, the rest stays.

import LyceumCore

extension PublishMode {
    var isRewrite: Bool {
        if case .rewrite = self { true } else { false }
    }
}

extension Ledger {
    /// Makes the snapshot in which a table's new files stand for the removed ones.
    ///
    /// - Throws: ``LakeError`` with code `unknown_table`, `conflict` (a file is not current), `unbalanced` (a compaction
    ///   that changes the number of rows) or `held`.
    static func rewrite(
        _ db: Database,
        _ table: TablePublication,
        removing removed: Set<FilePath>,
        _ reason: Rewrite,
        run: RunID,
        publication: Int64,
        time: String
    ) throws -> Int64 {
        let id = table.table.description
        guard let parent = try currentSnapshot(db, of: table),
            let before = try Row.fetchOne(
                db,
                sql: "SELECT rows, bytes, files, coalesce(content, id) AS content FROM snapshots WHERE id = ?",
                arguments: [parent]
            )
        else { throw LakeError(.unknownTable, "\(id) has no rows yet, so none of its files can be written anew.") }
        if reason == .retention { try requireNoHold(db, on: table.table, since: run) }
        let (removedRows, removedBytes) = try sizes(db, of: removed, in: table.table)
        let rows = table.files.reduce(0) { $0 + $1.rows }
        let bytes = table.files.reduce(0) { $0 + $1.bytes }
        let isSound = reason == .compaction ? rows == removedRows : rows <= removedRows
        guard isSound else {
            throw LakeError(
                .unbalanced,
                "The \(reason.rawValue) of \(id) made \(rows) rows of \(removedRows). Nothing was published."
            )
        }
        let snapshot = try db.insert(
            sql: """
                INSERT INTO snapshots
                    (table_id, publication_id, run_id, parent_id, mode, created_at, rows, bytes, files, rewrite, content)
                VALUES (?, ?, ?, ?, 'replace', ?, ?, ?, ?, ?, ?) RETURNING id
                """,
            arguments: [
                id, publication, run.text, parent, time,
                try before.integer("rows") + rows - removedRows,
                try before.integer("bytes") + bytes - removedBytes,
                try before.integer("files") + Int64(table.files.count - removed.count),
                reason.rawValue, reason == .compaction ? try before.integer("content") : nil,
            ]
        )
        try db.execute(
            sql: "UPDATE files SET removed_in = ? WHERE table_id = ? AND path = ? AND removed_in IS NULL",
            rows: removed.map { [snapshot, id, $0.description] }
        )
        try insert(db, files: table.files, of: table.table, in: snapshot)
        return snapshot
    }

    /// Rows and bytes of current files; refuses one that is not current.
    private static func sizes(_ db: Database, of paths: Set<FilePath>, in table: TableID) throws -> (Int64, Int64) {
        var sizes: (rows: Int64, bytes: Int64) = (0, 0)
        for path in paths {
            let row = try Row.fetchOne(
                db,
                sql: "SELECT rows, bytes FROM files WHERE table_id = ? AND path = ? AND removed_in IS NULL",
                arguments: [table.description, path.description]
            )
            guard let row else {
                throw LakeError(
                    .conflict,
                    "\(path) is no longer a file of \(table): another run has published meanwhile. Run again.",
                    location: path.description
                )
            }
            sizes.rows += try row.integer("rows")
            sizes.bytes += try row.integer("bytes")
        }
        return sizes
    }
}
