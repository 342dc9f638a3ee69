// A transaction of PostgreSQL.

import ADBC
import Arrow
import Foundation

/// The ledger's statements on one connection of PostgreSQL.
struct PostgreSQLSession: DatabaseSession {
    private let session: Session

    init(_ session: Session) { self.session = session }

    // MARK: - Transactions

    /// Runs a body between the given beginning and a commit that nothing depends on.
    func transaction<Value>(_ begin: String, _ body: (Database) throws -> Value) throws -> Value {
        try session.execute(begin)
        let value = try rollingBack { try body(Database(dialect: .postgresql, session: self)) }
        try session.execute("COMMIT")
        return value
    }

    /// Runs a body as the only writer, and commits.
    ///
    /// - Throws: what the body throws, ``LostCommit`` if the connection broke while committing.
    func writing<Value: Sendable>(lock: Int64, _ body: (Database) throws -> Value) throws -> Value {
        // Not a stricter level: what the lock's last holder committed must be seen once it is held.
        try session.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        let (value, transaction) = try rollingBack {
            try session.execute("SELECT pg_advisory_xact_lock(\(lock))")
            let value = try body(Database(dialect: .postgresql, session: self))
            // Fails if an error that the body has not passed on has undone the transaction, which COMMIT would not.
            let transaction = try rows("SELECT CAST(pg_current_xact_id() AS TEXT)", []).first?.values.first
            guard case .text(let transaction) = transaction else {
                throw LakeError(.corruptLedger, "PostgreSQL gave a transaction no number.")
            }
            return (value, transaction)
        }
        do {
            try session.execute("COMMIT")
        } catch let error as ADBCError where error.breaksConnection {
            throw LostCommit(transaction: transaction, value: value, cause: error)
        }
        return value
    }

    private func rollingBack<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            // The first error is the one to report; if this fails too, the connection is broken and noted as such.
            _ = try? session.execute("ROLLBACK")
            throw error
        }
    }

    // MARK: - Statements

    func execute(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        let (sql, values) = try LedgerDialect.numbered(sql, arguments)
        return Int(try session.execute(sql, values.map(Parameter.init)))
    }

    func execute(_ sql: String, rows: [[SQLValue]]) throws {
        guard let width = rows.first?.count else { return }
        // A column without any value has no type to bind it with, and is written out.
        let types = (0..<width).map { column in
            rows.lazy.compactMap { row -> DataType? in
                switch row[column] {
                case .null: nil
                case .integer: .int64
                case .real: .float64
                case .text: .utf8
                }
            }.first
        }
        var statement = ""
        var column = 0
        var number = 0
        for token in SQLTokens(sql) {
            guard SQLTokens.placeholder(token) != nil, column < width else {
                statement += token
                continue
            }
            if types[column] != nil { number += 1 }
            statement += types[column] == nil ? "NULL" : "$\(number)"
            column += 1
        }
        let fields = types.enumerated().compactMap { index, type in type.map { Field("\(index)", $0) } }
        if fields.isEmpty {
            for _ in rows { try session.execute(statement) }
            return
        }
        var builder = try RecordBatchBuilder(schema: Schema(fields))
        for row in rows {
            var index = 0
            for (value, type) in zip(row, types) where type != nil {
                switch value {
                case .null: builder.appendNull(to: index)
                case .integer(let value): builder.append(value, to: index)
                case .real(let value): builder.append(value, to: index)
                case .text(let value): builder.append(value, to: index)
                }
                index += 1
            }
        }
        try session.execute(statement, rows: try builder.finish())
    }

    func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        let (sql, values) = try LedgerDialect.numbered(sql, arguments)
        var rows: [Row] = []
        var columns: Row.Columns?
        for batch in try session.query(sql, values.map(Parameter.init)) {
            let shared = columns ?? Row.Columns(batch.schema.fields.map(\.name))
            columns = shared
            let readers = batch.columns.map(SQLValue.reader)
            for row in 0..<batch.count {
                rows.append(Row(columns: shared, values: readers.map { $0(row) }))
            }
        }
        return rows
    }
}

extension Parameter {
    fileprivate init(_ value: SQLValue) {
        switch value {
        case .null: self = .null
        case .integer(let value): self = .integer(value)
        case .real(let value): self = .double(value)
        case .text(let value): self = .text(value)
        }
    }
}

extension SQLValue {
    /// What reads a column's values.
    fileprivate static func reader(_ column: Column) -> (Int) -> SQLValue {
        switch column.type {
        case .int16, .int32, .int64:
            return { column.integer(at: $0).map(SQLValue.integer) ?? .null }
        case .float32, .float64:
            return { column.double(at: $0).map(SQLValue.real) ?? .null }
        case .bool:
            return { column.bool(at: $0).map { .integer($0 ? 1 : 0) } ?? .null }
        default:
            return { column.string(at: $0).map(SQLValue.text) ?? .null }
        }
    }
}
