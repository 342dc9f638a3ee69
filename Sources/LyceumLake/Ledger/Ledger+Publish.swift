// The one transaction that publishes a run.

import Foundation
import LyceumCore

/// A publication that is committed.
struct CommittedPublication: Sendable {
    var id: Int64
    var snapshots: [TableID: Int64]
}

extension Ledger {
    /// Commits a publication: snapshots, files, columns, watermarks, lineage, counts, tests and the run's end, or
    /// nothing of it. The files themselves move afterwards (``Lake``).
    ///
    /// - Parameters:
    ///   - claim: the lake's publication that it is; nil if it changes no table.
    ///   - locks: locks without which it must not be committed.
    func publish(
        _ publication: Publication,
        run: RunID,
        claim: Int64?,
        holding locks: [any HeldLock]
    ) async throws -> CommittedPublication {
        let now = now()
        return try await write("publish run \(run)") { db in
            for lock in locks { try lock.requireHeld(db) }
            if let claim { try Self.take(db, claim: claim) }
            // Times in the history never run backwards, even when the machine's clock does.
            let last = try String.fetchOne(db, sql: "SELECT max(committed_at) FROM publications")
            let time = max(LedgerText.time(now), last ?? "")
            try Self.end(db, run: run, status: .succeeded, error: nil, records: publication.records, at: now)
            let id = try db.insert(
                sql: "INSERT INTO publications (run_id, committed_at) VALUES (?, ?) RETURNING id",
                arguments: [run.text, time]
            )
            var snapshots: [TableID: Int64] = [:]
            for table in publication.tables {
                if case .rewrite(let removed, let reason) = table.mode {
                    snapshots[table.table] = try Self.rewrite(
                        db,
                        table,
                        removing: removed,
                        reason,
                        run: run,
                        publication: id,
                        time: time
                    )
                    continue
                }
                try Self.register(db, table, time: time)
                if let snapshot = try Self.snapshot(db, table, run: run, publication: id, time: time) {
                    snapshots[table.table] = snapshot
                }
            }
            for table in publication.tables where !table.mode.isRewrite {
                try Self.insertBuild(db, table, run: run, time: time)
                try Self.insert(db, statistics: table)
            }
            try Self.insert(db, run: run, reports: publication.reports, tests: publication.tests)
            try Self.insert(db, run: run, drift: publication.drift)
            try Self.insert(db, watermarks: publication.watermarks, run: run, time: time)
            if snapshots.isEmpty {
                try db.execute(sql: "UPDATE publications SET settled_at = ? WHERE id = ?", arguments: [time, id])
            }
            return CommittedPublication(id: id, snapshots: snapshots)
        }
    }

    private static func register(_ db: Database, _ table: TablePublication, time: String) throws {
        let id = table.table.description
        try db.execute(
            sql: """
                INSERT INTO tables (id, zone, name, description, key, created_at) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET description = excluded.description, key = excluded.key
                """,
            arguments: [
                id, table.table.zone.rawValue, table.table.name, table.description, try LedgerText.list(table.key),
                time,
            ]
        )
        if table.columns.isEmpty { return }
        try db.execute(sql: "DELETE FROM columns WHERE table_id = ?", arguments: [id])
        try db.execute(
            sql: """
                INSERT INTO columns (table_id, position, name, type, description, pii, purpose, retention)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            rows: table.columns.enumerated().map { position, column in
                [
                    id, position, column.name, column.type, column.description, column.pii.rawValue, column.purpose,
                    column.retention,
                ]
            }
        )
    }

    /// Makes the table's next snapshot; nil if nothing changes.
    private static func snapshot(
        _ db: Database,
        _ table: TablePublication,
        run: RunID,
        publication: Int64,
        time: String
    ) throws -> Int64? {
        let id = table.table.description
        let parent = try currentSnapshot(db, of: table)
        var rows = table.files.reduce(0) { $0 + $1.rows }
        var bytes = table.files.reduce(0) { $0 + $1.bytes }
        var files = table.files.count
        if let parent {
            let before = try Row.fetchOne(
                db,
                sql: "SELECT rows, bytes, files FROM snapshots WHERE id = ?",
                arguments: [parent]
            )
            let filesBefore = try before?.integer("files") ?? 0
            if files == 0, table.mode == .append || filesBefore == 0 { return nil }
            if table.mode == .append, let before {
                rows += try before.integer("rows")
                bytes += try before.integer("bytes")
                files += Int(filesBefore)
            }
        } else if files == 0, table.mode == .append {
            return nil
        }
        let snapshot = try db.insert(
            sql: """
                INSERT INTO snapshots
                    (table_id, publication_id, run_id, parent_id, mode, created_at, rows, bytes, files)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
                """,
            arguments: [
                id, publication, run.text, parent, table.mode == .append ? "append" : "replace", time, rows, bytes,
                files,
            ]
        )
        if table.mode == .replace {
            try db.execute(
                sql: "UPDATE files SET removed_in = ? WHERE table_id = ? AND removed_in IS NULL",
                arguments: [snapshot, id]
            )
        }
        try insert(db, files: table.files, of: table.table, in: snapshot)
        return snapshot
    }

    /// The table's current snapshot, which must be the one that the new files were computed from, if they name one.
    static func currentSnapshot(_ db: Database, of table: TablePublication) throws -> Int64? {
        let id = table.table.description
        let current = try Int64.fetchOne(db, sql: "SELECT current_snapshot FROM tables WHERE id = ?", arguments: [id])
        if let expected = table.basedOn, expected != current {
            throw LakeError(
                .conflict,
                "\(table.table) was published by another run meanwhile: the new files were computed from snapshot "
                    + "\(expected), and \(current.map(String.init) ?? "none") is current. Run again."
            )
        }
        return current
    }

    /// Lists a new snapshot's files and makes it the current one.
    static func insert(_ db: Database, files: [StagedFile], of table: TableID, in snapshot: Int64) throws {
        let id = table.description
        try db.execute(
            sql: """
                INSERT INTO files (table_id, path, rows, bytes, source, dt, added_in, key_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            rows: files.map { file in
                [
                    id, file.path.description, file.rows, file.bytes, file.path.source, file.path.day, snapshot,
                    file.key,
                ]
            }
        )
        try db.execute(sql: "UPDATE tables SET current_snapshot = ? WHERE id = ?", arguments: [snapshot, id])
    }

    private static func insertBuild(_ db: Database, _ table: TablePublication, run: RunID, time: String) throws {
        let id = table.table.description
        try db.execute(
            sql: """
                INSERT INTO builds (table_id, fingerprint, run_id, built_at) VALUES (?, ?, ?, ?)
                ON CONFLICT (table_id) DO UPDATE SET
                    fingerprint = excluded.fingerprint, run_id = excluded.run_id, built_at = excluded.built_at
                """,
            arguments: [id, table.fingerprint, run.text, time]
        )
        for (position, input) in table.inputs.enumerated() {
            var version = input.version
            if version == nil, TableID(input.name) != nil {
                version = try Int64.fetchOne(
                    db,
                    sql: """
                        SELECT coalesce(s.content, s.id) FROM tables t JOIN snapshots s ON s.id = t.current_snapshot
                        WHERE t.id = ?
                        """,
                    arguments: [input.name]
                ).map(String.init)
            }
            try db.execute(
                sql: "INSERT INTO lineage (run_id, table_id, position, input, version) VALUES (?, ?, ?, ?, ?)",
                arguments: [run.text, id, position, input.name, version]
            )
        }
    }

    private static func insert(
        _ db: Database,
        watermarks: [WatermarkRecord],
        run: RunID,
        time: String
    ) throws {
        for watermark in watermarks {
            try db.execute(
                sql: """
                    INSERT INTO watermarks
                        (source, table_name, column_name, value, fingerprint, updated_at, run_id)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (source, table_name) DO UPDATE SET
                        column_name = excluded.column_name, value = excluded.value,
                        fingerprint = excluded.fingerprint, updated_at = excluded.updated_at, run_id = excluded.run_id
                    """,
                arguments: [
                    watermark.source, watermark.table, watermark.column, watermark.value, watermark.fingerprint,
                    time, run.text,
                ]
            )
        }
    }
}
