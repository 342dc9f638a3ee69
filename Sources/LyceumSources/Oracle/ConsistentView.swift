// One state of the database, seen by several connections.

import ADBC
import LyceumCore

/// How several connections see the same state of a table.
enum ConsistentView: Sendable, Hashable {
    /// PostgreSQL: a snapshot exported by the first connection's transaction.
    case snapshot(String)
    /// Oracle: a system change number that queries name.
    case changeNumber(String)
    /// DuckDB: the file is opened for reading only, so nobody changes it.
    case immutableFile
    /// None: only one connection may read, in one statement.
    case singleStatement

    /// What follows a table's name.
    var tableSuffix: String {
        if case .changeNumber(let number) = self { " AS OF SCN \(number)" } else { "" }
    }

    /// Whether more than one query may be used.
    var allowsRanges: Bool { self != .singleStatement }

    /// What the source's owner should know of this view: nil when it is as good as it can be.
    var note: String? {
        guard self == .singleStatement else { return nil }
        return "consistent read: one statement on one connection, for the account may not read the system change "
            + "number of the table (for parallel extraction grant EXECUTE on DBMS_FLASHBACK, and FLASHBACK on the table)"
    }

    /// Oracle's current system change number.
    static let changeNumberQuery = "SELECT TO_CHAR(DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER) FROM DUAL"

    /// Opens a view of a table on the first connection, which has to stay as it is until ``end(on:)``.
    static func open(
        _ dialect: SQLDialect,
        _ table: String,
        on connection: any RowConnection
    ) async throws -> ConsistentView {
        switch dialect {
        case .duckdb:
            return .immutableFile
        case .postgresql:
            try await connection.beginSnapshot()
            guard let name = try await connection.firstText("SELECT pg_export_snapshot()") else {
                throw SourceError(.schema, "The server exports no snapshot.")
            }
            return .snapshot(name)
        case .oracle:
            do {
                guard let number = try await connection.firstText(changeNumberQuery), number.allSatisfy(\.isNumber)
                else {
                    return .singleStatement
                }
                // The number alone is of no use to an account that may not look back at this table.
                let view = ConsistentView.changeNumber(number)
                _ = try await connection.firstText(TableQueries.probe(table + view.tableSuffix))
                return view
            } catch let error as ADBCError where !error.breaksConnection {
                return .singleStatement
            }
        }
    }

    /// Makes another connection see the same.
    func join(on connection: any RowConnection) async throws {
        guard case .snapshot(let name) = self else { return }
        try await connection.beginSnapshot()
        try await connection.perform("SET TRANSACTION SNAPSHOT \(SQLText.literal(name))")
    }

    /// Ends the transaction on a connection, so that it can be used for other work.
    func end(on connection: any RowConnection) async {
        guard case .snapshot = self else { return }
        await connection.endSnapshot()
    }
}

extension Connection {
    /// The first column of a query's first row as text.
    func firstText(_ sql: String) async throws -> String? {
        // The result is read to its end: one that is dropped half way may be rolled back, and temporary tables with it.
        var text: String?
        for try await batch in try await query(sql) where text == nil && batch.count > 0 {
            text = batch.column(0).text(at: 0)
        }
        return text
    }
}
