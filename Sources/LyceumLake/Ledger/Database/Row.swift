// One row of a query's result.

import Foundation

/// A row, by column name.
struct Row: Sendable {
    /// The columns' positions, shared by all rows of a result.
    final class Columns: Sendable {
        let names: [String]
        let positions: [String: Int]

        init(_ names: [String]) {
            self.names = names
            positions = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        }
    }

    let columns: Columns
    let values: [SQLValue]

    /// A column's value; nil if it is null, of another type, or not in the result.
    subscript<Value: SQLConvertible>(_ column: String) -> Value? {
        columns.positions[column].flatMap { Value(values[$0]) }
    }

    /// All rows of a query.
    static func fetchAll(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> [Row] {
        try db.session.rows(sql, arguments)
    }

    /// The first row of a query, if it has any.
    static func fetchOne(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> Row? {
        try fetchAll(db, sql: sql, arguments: arguments).first
    }
}

extension SQLConvertible {
    /// The first column of all rows of a query, without the nulls.
    static func fetchAll(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> [Self] {
        try Row.fetchAll(db, sql: sql, arguments: arguments).compactMap { row in row.values.first.flatMap(Self.init) }
    }

    /// The first column of a query's first row; nil if there is no row or the value is null.
    static func fetchOne(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> Self? {
        try Row.fetchOne(db, sql: sql, arguments: arguments)?.values.first.flatMap(Self.init)
    }
}
