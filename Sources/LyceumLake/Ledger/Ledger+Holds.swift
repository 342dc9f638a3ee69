// Legal holds: tables and persons of which nothing may be removed until the hold is released.

import Foundation
import LyceumCore

/// A legal hold: it wins over retention, expiry and erasure for as long as it is not released.
public struct Hold: Sendable, Hashable, Codable {
    /// What a hold is on.
    public enum Scope: String, Sendable, Codable, CaseIterable {
        /// A table, with its history.
        case table
        /// One person's rows, in every table.
        case subject
    }

    /// The hold's number.
    public var id: Int64
    /// What kind of thing it is on.
    public var scope: Scope
    /// The table (`clean.students`), or the person as the caller names them.
    public var target: String
    /// Why, such as a matter's number.
    public var reason: String
    /// Who placed it.
    public var placedBy: String
    /// When it was placed.
    public var placedAt: Date
    /// Who released it.
    public var releasedBy: String?
    /// When it was released; nil while it is in force.
    public var releasedAt: Date?
}

extension Ledger {
    /// Places a hold; several may be on one target, each with its own reason.
    ///
    /// A retention or an expiry that is at work and has not committed is refused by it.
    /// - Throws: ``LakeError`` with code `invalid_name` for an empty target or reason.
    @discardableResult
    public func place(hold scope: Hold.Scope, on target: String, reason: String, by: String) async throws -> Hold {
        guard !target.isEmpty, !reason.isEmpty else {
            throw LakeError(.invalidName, "A hold needs a target and a reason.")
        }
        let now = now()
        return try await write("place a hold") { db in
            let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM holds") ?? 0
            let hold = Hold(id: last + 1, scope: scope, target: target, reason: reason, placedBy: by, placedAt: now)
            try db.execute(
                sql: "INSERT INTO holds (id, scope, target, reason, placed_by, placed_at) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [hold.id, scope.rawValue, target, reason, by, LedgerText.time(now)]
            )
            return hold
        }
    }

    /// Places a hold on a table and its history.
    @discardableResult
    public func place(holdOn table: TableID, reason: String, by: String) async throws -> Hold {
        try table.validate()
        return try await place(hold: .table, on: table.description, reason: reason, by: by)
    }

    /// Releases a hold; releasing it again is harmless. Its row stays, to tell that it was there.
    ///
    /// - Throws: ``LakeError`` with code `unknown_hold`.
    @discardableResult
    public func release(hold id: Int64, by: String) async throws -> Hold {
        let time = LedgerText.time(now())
        return try await write("release hold \(id)") { db in
            try db.execute(
                sql: "UPDATE holds SET released_at = ?, released_by = ? WHERE id = ? AND released_at IS NULL",
                arguments: [time, by, id]
            )
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM holds WHERE id = ?", arguments: [id]) else {
                throw LakeError(.unknownHold, "There is no hold \(id). 'lyceum lake holds' lists those there are.")
            }
            return try Self.hold(row)
        }
    }

    /// The holds in force, by number; with those released on request.
    ///
    /// - Parameters:
    ///   - scope: holds of one kind only.
    ///   - target: holds on one table or person only.
    public func holds(
        _ scope: Hold.Scope? = nil,
        on target: String? = nil,
        includingReleased: Bool = false
    ) async throws -> [Hold] {
        try await read("list the holds") { db in
            try Row.fetchAll(db, sql: "SELECT * FROM holds ORDER BY id").map(Self.hold).filter { hold in
                (includingReleased || hold.releasedAt == nil) && (scope == nil || hold.scope == scope)
                    && (target == nil || hold.target == target)
            }
        }
    }

    /// Refuses with code `held` what removes something of a table or person that a hold is on.
    public func requireNoHold(_ scope: Hold.Scope, on target: String) async throws {
        guard let hold = try await holds(scope, on: target).first else { return }
        throw LakeError.held(hold)
    }

    /// The same for a transaction that removes rows of a table: a hold on it, or any hold on a person that was placed
    /// after the run began to look, refuses it.
    static func requireNoHold(_ db: Database, on table: TableID, since run: RunID) throws {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT * FROM holds WHERE released_at IS NULL AND ((scope = 'table' AND target = ?)
                    OR (scope = 'subject' AND placed_at >= (SELECT started_at FROM runs WHERE id = ?)))
                ORDER BY id
                """,
            arguments: [table.description, run.text]
        )
        if let row { throw LakeError.held(try hold(row)) }
    }

    /// An SQL query for the tables whose history stays: those under a hold, and, while a hold is on any person, all that
    /// have personal columns.
    static let heldTables = """
        SELECT target FROM holds WHERE scope = 'table' AND released_at IS NULL
        UNION SELECT table_id FROM columns WHERE pii <> 'none'
            AND EXISTS (SELECT 1 FROM holds WHERE scope = 'subject' AND released_at IS NULL)
        """

    private static func hold(_ row: Row) throws -> Hold {
        Hold(
            id: try row.integer("id"),
            scope: try row.value("scope", as: Hold.Scope.self),
            target: try row.text("target"),
            reason: try row.text("reason"),
            placedBy: try row.text("placed_by"),
            placedAt: try row.date("placed_at"),
            releasedBy: row["released_by"],
            releasedAt: try row.dateIfPresent("released_at")
        )
    }
}

extension LakeError {
    /// The refusal that a hold brings; a person's name stays out of it.
    static func held(_ hold: Hold) -> LakeError {
        LakeError(
            .held,
            "\(hold.scope == .table ? hold.target : "A person") is under legal hold \(hold.id) (\(hold.reason)), placed by "
                + "\(hold.placedBy) on \(Timestamp.iso(hold.placedAt)). Nothing was removed. "
                + "'lyceum lake release \(hold.id)' releases it.",
            location: hold.scope == .table ? hold.target : nil
        )
    }
}
