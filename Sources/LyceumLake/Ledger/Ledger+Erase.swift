// The transaction that forgets a person: files without their rows stand for those with them, in every snapshot.

import Foundation
import LyceumCore

/// A file that is to stand for another in every snapshot that holds it.
public struct Substitution: Sendable, Hashable {
    /// The file that goes, and whose bytes are deleted.
    public var old: FilePath
    /// The file that comes, staged by the run that substitutes; nil for none.
    public var new: StagedFile?

    /// Describes a substitution.
    public init(_ old: FilePath, by new: StagedFile?) {
        self.old = old
        self.new = new
    }
}

/// What the ledger takes down of an erasure, in one transaction.
public struct Erasure: Sendable {
    /// The files that change.
    public var substitutions: [Substitution]
    /// Keyed hashes of the person's identifiers with their kinds: what matches is not landed again.
    public var suppressions: [Suppression]
    /// Finds what the ledger's own texts say of the person, to be blotted out; nil leaves them.
    public var blot: (@Sendable (String) -> String)?
    /// Why, without anything that names the person.
    public var reason: String
    /// Makes what the caller needs to complete the erasure after a crash, told of the snapshots that change and how many
    /// texts were blotted out; names nobody.
    public var document: @Sendable ([ErasedSnapshot], Int) throws -> String

    /// Describes an erasure.
    public init(
        substitutions: [Substitution],
        suppressions: [Suppression],
        blot: (@Sendable (String) -> String)? = nil,
        reason: String,
        document: @escaping @Sendable ([ErasedSnapshot], Int) throws -> String
    ) {
        self.substitutions = substitutions
        self.suppressions = suppressions
        self.blot = blot
        self.reason = reason
        self.document = document
    }
}

/// An identifier that is not landed again, as a keyed hash.
public struct Suppression: Sendable, Hashable, Codable {
    /// The kind of identifier, such as `student_id`.
    public var kind: String
    /// Its keyed hash.
    public var hash: String

    /// Describes a suppression.
    public init(kind: String, hash: String) {
        self.kind = kind
        self.hash = hash
    }
}

/// A snapshot whose files an erasure has changed.
public struct ErasedSnapshot: Sendable, Hashable, Codable {
    /// The table.
    public var table: TableID
    /// The snapshot's number.
    public var snapshot: Int64
    /// Rows before.
    public var rowsBefore: Int64
    /// Rows after.
    public var rowsAfter: Int64
}

/// One erasure, as the ledger has it.
public struct ErasureRecord: Sendable, Hashable {
    /// The run that erased.
    public var run: RunID
    /// Why.
    public var reason: String
    /// When it was committed.
    public var committedAt: Date
    /// When everything outside the lake was done too; nil before.
    public var completedAt: Date?
    /// The caller's document, the receipt once it is complete.
    public var document: String
    /// The identifiers that it suppressed for the first time.
    public var suppressions: [Suppression]
}

extension Ledger {
    /// Commits an erasure and ends its run: substitutions, counts of snapshots, suppressions and blotted texts, or nothing.
    func erase(
        _ erasure: Erasure,
        run: RunID,
        claim: Int64,
        holding locks: [any HeldLock]
    ) async throws -> (publication: Int64, snapshots: [ErasedSnapshot], texts: Int) {
        let now = now()
        return try await write("erase a person") { db in
            for lock in locks { try lock.requireHeld(db) }
            try Self.take(db, claim: claim)
            let last = try String.fetchOne(db, sql: "SELECT max(committed_at) FROM publications")
            let time = max(LedgerText.time(now), last ?? "")
            try Self.end(db, run: run, status: .succeeded, error: nil, records: 0, at: now)
            let publication = try db.insert(
                sql: "INSERT INTO publications (run_id, committed_at) VALUES (?, ?) RETURNING id",
                arguments: [run.text, time]
            )
            let tables = Set(erasure.substitutions.map(\.old.table)).sorted()
            for table in tables { try Self.requireNoHold(db, on: table, since: run) }
            let before = try tables.map { try Self.snapshotRows(db, of: $0) }
            for substitution in erasure.substitutions {
                try Self.substitute(db, substitution, publication: publication)
            }
            var snapshots: [ErasedSnapshot] = []
            for (table, rows) in zip(tables, before) {
                try Self.recount(db, table)
                for (snapshot, after) in try Self.snapshotRows(db, of: table).sorted(by: { $0.key < $1.key }) {
                    let before = rows[snapshot] ?? 0
                    guard before != after else { continue }
                    snapshots.append(
                        ErasedSnapshot(table: table, snapshot: snapshot, rowsBefore: before, rowsAfter: after)
                    )
                }
            }
            for suppression in erasure.suppressions {
                try db.execute(
                    sql: """
                        INSERT INTO suppressions (hash, kind, run_id, created_at) VALUES (?, ?, ?, ?)
                        ON CONFLICT (hash) DO NOTHING
                        """,
                    arguments: [suppression.hash, suppression.kind, run.text, time]
                )
            }
            var texts = 0
            if let blot = erasure.blot { texts = try Self.blotTexts(db, blot) }
            try db.execute(
                sql: "INSERT INTO erasures (run_id, reason, committed_at, document) VALUES (?, ?, ?, ?)",
                arguments: [run.text, erasure.reason, time, try erasure.document(snapshots, texts)]
            )
            if erasure.substitutions.isEmpty {
                try db.execute(
                    sql: "UPDATE publications SET settled_at = ? WHERE id = ?",
                    arguments: [time, publication]
                )
            }
            return (publication, snapshots, texts)
        }
    }

    private static func substitute(_ db: Database, _ substitution: Substitution, publication: Int64) throws {
        let old = substitution.old
        let (table, path) = (old.table.description, old.description)
        let known = try Int.fetchOne(
            db,
            sql: "SELECT count(*) FROM files WHERE table_id = ? AND path = ?",
            arguments: [table, path]
        )
        guard let known, known > 0 else {
            throw LakeError(
                .conflict,
                "\(old) has left the catalog meanwhile. Nothing was changed; run again.",
                location: old.description
            )
        }
        if let new = substitution.new {
            try db.execute(
                sql: "UPDATE files SET path = ?, rows = ?, bytes = ?, key_id = ? WHERE table_id = ? AND path = ?",
                arguments: [new.path.description, new.rows, new.bytes, new.key, table, path]
            )
        } else {
            try db.execute(sql: "DELETE FROM files WHERE table_id = ? AND path = ?", arguments: [table, path])
        }
        // What the old file's columns held may have been held by the erased rows alone.
        try db.execute(sql: "DELETE FROM file_statistics WHERE path = ?", arguments: [path])
        try db.execute(
            sql: "INSERT INTO substitutions (publication_id, old_path, new_path) VALUES (?, ?, ?)",
            arguments: [publication, path, substitution.new?.path.description]
        )
    }

    private static func snapshotRows(_ db: Database, of table: TableID) throws -> [Int64: Int64] {
        var rows: [Int64: Int64] = [:]
        for row in try Row.fetchAll(
            db,
            sql: "SELECT id, rows FROM snapshots WHERE table_id = ? AND expired_at IS NULL",
            arguments: [table.description]
        ) { rows[try row.integer("id")] = try row.integer("rows") }
        return rows
    }

    /// Makes the snapshots of a table say what their files hold.
    private static func recount(_ db: Database, _ table: TableID) throws {
        let held = """
            FROM files f WHERE f.table_id = snapshots.table_id
                AND f.added_in <= snapshots.id AND (f.removed_in IS NULL OR f.removed_in > snapshots.id)
            """
        try db.execute(
            sql: """
                UPDATE snapshots SET
                    rows = (SELECT CAST(coalesce(sum(f.rows), 0) AS BIGINT) \(held)),
                    bytes = (SELECT CAST(coalesce(sum(f.bytes), 0) AS BIGINT) \(held)),
                    files = (SELECT count(*) \(held))
                WHERE table_id = ? AND expired_at IS NULL
                """,
            arguments: [table.description]
        )
    }

    /// The columns of free text, in which an error or a reason may quote an identifier.
    private static let freeTexts = [
        ("runs", "error"), ("runs", "options"), ("table_runs", "message"), ("tests", "message"), ("drift", "detail"),
        ("holds", "target"), ("holds", "reason"), ("erasures", "reason"),
    ]

    private static func blotTexts(_ db: Database, _ blot: (String) -> String) throws -> Int {
        var changed = 0
        for (table, column) in freeTexts {
            let texts = try String.fetchAll(
                db,
                sql: "SELECT DISTINCT \(column) FROM \(table) WHERE \(column) IS NOT NULL AND \(column) <> ''"
            )
            for text in texts {
                let blotted = blot(text)
                guard blotted != text else { continue }
                try db.execute(
                    sql: "UPDATE \(table) SET \(column) = ? WHERE \(column) = ?",
                    arguments: [blotted, text]
                )
                changed += 1
            }
        }
        return changed
    }

    // MARK: - What is remembered

    /// The identifiers that are not landed again.
    public func suppressions() async throws -> [Suppression] {
        try await read("list the suppressions") { db in
            try Row.fetchAll(db, sql: "SELECT kind, hash FROM suppressions ORDER BY hash").map {
                Suppression(kind: try $0.text("kind"), hash: try $0.text("hash"))
            }
        }
    }

    /// All erasures, the latest first.
    public func erasures() async throws -> [ErasureRecord] {
        try await read("list the erasures") { db in
            var suppressions: [String: [Suppression]] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT run_id, kind, hash FROM suppressions ORDER BY hash") {
                suppressions[try row.text("run_id"), default: []].append(
                    Suppression(kind: try row.text("kind"), hash: try row.text("hash"))
                )
            }
            return try Row.fetchAll(db, sql: "SELECT * FROM erasures ORDER BY committed_at DESC, run_id DESC").map {
                row in
                ErasureRecord(
                    run: try row.runID("run_id"),
                    reason: try row.text("reason"),
                    committedAt: try row.date("committed_at"),
                    completedAt: try row.dateIfPresent("completed_at"),
                    document: try row.text("document"),
                    suppressions: suppressions[try row.text("run_id")] ?? []
                )
            }
        }
    }

    /// Notes that an erasure is done everywhere, with its receipt.
    public func complete(erasure run: RunID, receipt: String) async throws {
        let time = LedgerText.time(now())
        try await write("note that an erasure is complete") { db in
            try db.execute(
                sql: "UPDATE erasures SET completed_at = ?, document = ? WHERE run_id = ?",
                arguments: [time, receipt, run.text]
            )
        }
    }

    /// A property of the lake that others than the ledger keep in it; nil if there is none.
    public func property(_ name: String) async throws -> String? {
        try await read("read a property") { db in
            try String.fetchOne(db, sql: "SELECT value FROM properties WHERE name = ?", arguments: [name])
        }
    }

    /// Keeps a property.
    public func set(property name: String, _ value: String) async throws {
        try await write("keep a property") { db in
            try db.execute(
                sql: """
                    INSERT INTO properties (name, value) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """,
                arguments: [name, value]
            )
        }
    }
}
