// The catalog: tables, snapshots and the files of each.

import Foundation
import LyceumCore

extension Ledger {
    /// All tables with their current snapshots, by zone and name.
    public func tables() async throws -> [TableSummary] {
        try await read("list the tables") { db in try Self.summaries(db, at: .now) }
    }

    /// One table, or nil if the catalog does not have it.
    public func table(_ id: TableID) async throws -> TableSummary? {
        try await tables().first { $0.id == id }
    }

    /// One table by what a person types: `clean.students`, or `students` where only one zone has it.
    ///
    /// The zone `quarantine` is found by its full name only.
    /// - Throws: ``LakeError`` with code `unknown_table`.
    public func table(named name: String) async throws -> TableSummary {
        let tables = try await tables()
        if let id = TableID(name), let table = tables.first(where: { $0.id == id }) { return table }
        let matches = tables.filter { $0.id.name == name && $0.id.zone != .quarantine }
        if matches.count > 1 {
            let list = matches.map(\.id.description).joined(separator: ", ")
            throw LakeError(.unknownTable, "'\(name)' may be one of several tables: \(list). Give the full name.")
        }
        guard let match = matches.first else {
            throw LakeError.unknownTable(name, known: tables.map(\.id.description))
        }
        return match
    }

    /// All snapshots of a table, newest first.
    ///
    /// - Throws: ``LakeError`` with code `unknown_table`.
    public func history(of table: TableID) async throws -> [Snapshot] {
        try await read("read the history of \(table)") { db in
            try Self.requireTable(db, table)
            let current = try Int64.fetchOne(
                db,
                sql: "SELECT current_snapshot FROM tables WHERE id = ?",
                arguments: [table.description]
            )
            return try Row.fetchAll(
                db,
                sql: "SELECT * FROM snapshots WHERE table_id = ? ORDER BY id DESC",
                arguments: [table.description]
            ).map { row in
                let id = try row.integer("id")
                return Snapshot(
                    id: id,
                    table: table,
                    run: try row.runID("run_id"),
                    mode: try row.mode(),
                    createdAt: try row.date("created_at"),
                    rows: try row.integer("rows"),
                    bytes: try row.integer("bytes"),
                    files: Int(try row.integer("files")),
                    isCurrent: id == current,
                    expiredAt: try row.dateIfPresent("expired_at")
                )
            }
        }
    }

    func catalog(at moment: Moment, store: any ObjectStore) async throws -> Catalog {
        try await read("read the catalog") { db in
            let isSettled = try Self.unsettled(db).isEmpty
            var tables: [TableID: Catalog.Table] = [:]
            for summary in try Self.summaries(db, at: moment) {
                guard let snapshot = summary.snapshot else {
                    if moment == .now { tables[summary.id] = Catalog.Table(summary: summary, files: []) }
                    continue
                }
                let files = try Self.files(
                    db,
                    of: summary.id,
                    at: snapshot,
                    isCurrent: moment == .now,
                    store: store
                )
                tables[summary.id] = Catalog.Table(summary: summary, files: files)
            }
            return Catalog(tables: tables, isSettled: isSettled)
        }
    }

    /// The files of one snapshot.
    func files(of table: TableID, at snapshot: Int64, store: any ObjectStore) async throws -> [LakeFile] {
        try await read("list the files of \(table)") { db in
            try Self.requireTable(db, table)
            return try Self.files(db, of: table, at: snapshot, isCurrent: false, store: store)
        }
    }

    private static func requireTable(_ db: Database, _ table: TableID) throws {
        let known = try String.fetchAll(db, sql: "SELECT id FROM tables")
        guard known.contains(table.description) else {
            throw LakeError.unknownTable(table.description, known: known)
        }
    }

    private static func files(
        _ db: Database,
        of table: TableID,
        at snapshot: Int64,
        isCurrent: Bool,
        store: any ObjectStore
    ) throws -> [LakeFile] {
        var condition = "added_in <= :snapshot AND (removed_in IS NULL OR removed_in > :snapshot)"
        var arguments: StatementArguments = ["table": table.description]
        if isCurrent {
            condition = "removed_in IS NULL"
        } else {
            let row = try Row.fetchOne(
                db,
                sql: "SELECT expired_at FROM snapshots WHERE table_id = ? AND id = ?",
                arguments: [table.description, snapshot]
            )
            guard let row else {
                throw LakeError(
                    .unknownSnapshot,
                    "\(table) has no snapshot \(snapshot). 'lyceum tables history' lists them."
                )
            }
            if let expired = row["expired_at"] as String? {
                throw LakeError(
                    .expiredSnapshot,
                    "Snapshot \(snapshot) of \(table) expired at \(expired); its files are gone."
                )
            }
            arguments = ["table": table.description, "snapshot": snapshot]
        }
        return try Row.fetchAll(
            db,
            sql: """
                SELECT path, rows, bytes, key_id,
                    removed_in IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM files again WHERE again.path = files.path AND again.removed_in IS NULL
                    ) AS superseded
                FROM files WHERE table_id = :table AND \(condition) ORDER BY path
                """,
            arguments: arguments
        ).map { row in
            let path = try FilePath(try row.text("path"))
            let isSuperseded = try row.integer("superseded") == 1
            return LakeFile(
                path: path,
                rows: try row.integer("rows"),
                bytes: try row.integer("bytes"),
                isSuperseded: isSuperseded,
                data: DataFile(
                    store.location(of: LakeLayout.key(of: path, isSuperseded: isSuperseded)),
                    key: row["key_id"]
                )
            )
        }
    }

    private static func summaries(_ db: Database, at moment: Moment) throws -> [TableSummary] {
        var columns: [String: [ColumnDescription]] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT * FROM columns ORDER BY table_id, position") {
            columns[try row.text("table_id"), default: []].append(
                ColumnDescription(
                    name: try row.text("name"),
                    type: try row.text("type"),
                    description: try row.text("description"),
                    pii: PIIClass(rawValue: try row.text("pii")) ?? .direct,
                    purpose: try row.text("purpose"),
                    retention: try row.text("retention")
                )
            )
        }
        let (snapshot, arguments) = try snapshotChoice(db, at: moment)
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT t.id, t.description, t.key, s.id AS snapshot, coalesce(s.content, s.id) AS content,
                    s.rows, s.bytes, s.files, s.run_id, s.created_at
                FROM tables t LEFT JOIN snapshots s ON s.id = \(snapshot)
                """,
            arguments: arguments
        )
        return try rows.map { row in
            let id = try row.tableID("id")
            let snapshot = row["snapshot"] as Int64?
            return TableSummary(
                id: id,
                description: try row.text("description"),
                key: try row.list("key"),
                columns: columns[id.description] ?? [],
                rows: row["rows"] ?? 0,
                bytes: row["bytes"] ?? 0,
                files: row["files"] ?? 0,
                snapshot: snapshot,
                content: row["content"],
                run: try snapshot.map { _ in try row.runID("run_id") },
                publishedAt: try row.dateIfPresent("created_at")
            )
        }.sorted { $0.id < $1.id }
    }

    /// An SQL expression over table `t` for its snapshot at a moment.
    private static func snapshotChoice(_ db: Database, at moment: Moment) throws -> (String, StatementArguments) {
        switch moment {
        case .now: return ("t.current_snapshot", [])
        case .time(let date):
            return (
                "(SELECT max(p.id) FROM snapshots p WHERE p.table_id = t.id AND p.created_at <= :time)",
                ["time": LedgerText.time(date)]
            )
        case .snapshot(let snapshot):
            let publication = try Int64.fetchOne(
                db,
                sql: "SELECT publication_id FROM snapshots WHERE id = ?",
                arguments: [snapshot]
            )
            guard let publication else {
                throw LakeError(
                    .unknownSnapshot,
                    "The lake has no snapshot \(snapshot). 'lyceum tables history' lists them."
                )
            }
            return (
                "(SELECT max(p.id) FROM snapshots p WHERE p.table_id = t.id AND p.publication_id <= :publication)",
                ["publication": publication]
            )
        case .run(let run):
            let publication = try Int64.fetchOne(
                db,
                sql: "SELECT max(id) FROM publications WHERE run_id = ?",
                arguments: [run.text]
            )
            guard let publication else {
                throw LakeError(.unknownRun, "Run \(run) published nothing that could be read.")
            }
            return (
                "(SELECT max(p.id) FROM snapshots p WHERE p.table_id = t.id AND p.publication_id <= :publication)",
                ["publication": publication]
            )
        }
    }
}

extension Row {
    /// How a snapshot came to be: the reason of a rewrite, or else the column of that name.
    fileprivate func mode() throws -> Snapshot.Mode {
        let column = self["rewrite"] as String? == nil ? "mode" : "rewrite"
        return try value(column, as: Snapshot.Mode.self)
    }
}
