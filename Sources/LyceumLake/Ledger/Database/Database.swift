// A ledger's database from inside a transaction, whichever of the two it is.

/// What a database does for a transaction; implemented once for SQLite and once for PostgreSQL.
protocol DatabaseSession {
    /// Runs a statement; returns how many rows it changed.
    func execute(_ sql: String, _ arguments: StatementArguments) throws -> Int
    /// Runs a statement once for each of the argument lists, all of the same length.
    func execute(_ sql: String, rows: [[SQLValue]]) throws
    /// Runs a query.
    func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row]
}

/// The database as the ledger's functions use it, within one transaction.
///
/// SQL is written once, in what SQLite and PostgreSQL share: `ON CONFLICT … DO UPDATE`, `RETURNING`,
/// `IS DISTINCT FROM`, an alias for every subquery in FROM, `CAST(sum(…) AS BIGINT)`. Placeholders are `?`, `?1` or
/// `:name`; see ``LedgerDialect`` for what is translated.
struct Database {
    let dialect: LedgerDialect
    let session: any DatabaseSession

    /// Runs a statement, or several without arguments that end with `;`.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    func execute(sql: String, arguments: StatementArguments = []) throws -> Int {
        try dialect.statements(sql).reduce(0) { try $0 + session.execute($1, arguments) }
    }

    /// Runs a statement with `?` placeholders once for each list of arguments.
    func execute(sql: String, rows: [[(any SQLConvertible)?]]) throws {
        if rows.isEmpty { return }
        try session.execute(sql, rows: rows.map { row in row.map { $0?.sqlValue ?? .null } })
    }

    /// Runs an `INSERT … RETURNING` of one integer, which both databases give for the id that they made.
    func insert(sql: String, arguments: StatementArguments = []) throws -> Int64 {
        guard let id = try Int64.fetchOne(self, sql: sql, arguments: arguments) else {
            throw LakeError(.corruptLedger, "The ledger gave no id to a new row.")
        }
        return id
    }
}
