// What a ledger consists of, asked of the database itself, so that no table can be forgotten.

import LyceumCore

/// A table as the database describes it.
struct LedgerTable: Sendable {
    var name: String
    var columns: [String]
    /// The primary key's columns.
    var key: [String]
}

extension Database {
    /// The ledger's tables, by name.
    func tables() throws -> [LedgerTable] {
        let rows: [Row]
        switch dialect {
        case .sqlite:
            rows = try Row.fetchAll(
                self,
                sql: """
                    SELECT m.name AS table_name, c.name AS column_name, c.pk AS key
                    FROM sqlite_master m JOIN pragma_table_info(m.name) c
                    WHERE m.type = 'table' AND m.name NOT GLOB 'grdb_*' AND m.name NOT GLOB 'sqlite_*'
                    ORDER BY m.name, c.cid
                    """
            )
        case .postgresql:
            rows = try Row.fetchAll(
                self,
                sql: """
                    SELECT CAST(t.relname AS TEXT) AS table_name, CAST(a.attname AS TEXT) AS column_name,
                        CAST(coalesce(array_position(CAST(i.indkey AS SMALLINT[]), a.attnum) + 1, 0) AS BIGINT) AS key
                    FROM pg_class t
                    JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
                    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
                    LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
                    WHERE t.relkind = 'r' AND t.relname <> 'lyceum_migrations'
                    ORDER BY CAST(t.relname AS TEXT) COLLATE "C", a.attnum
                    """
            )
        }
        var tables: [LedgerTable] = []
        var keys: [[(position: Int64, column: String)]] = []
        for row in rows {
            let (name, column) = (try row.text("table_name"), try row.text("column_name"))
            if tables.last?.name != name {
                tables.append(LedgerTable(name: name, columns: [], key: []))
                keys.append([])
            }
            tables[tables.count - 1].columns.append(column)
            let position = try row.integer("key")
            if position > 0 { keys[keys.count - 1].append((position, column)) }
        }
        for (index, key) in keys.enumerated() {
            tables[index].key = key.sorted { $0.position < $1.position }.map(\.column)
        }
        return tables
    }

    /// The steps that have made the ledger, in their order as far as `known` has them.
    func migrations(inOrderOf known: [String]) throws -> [String] {
        let table = dialect == .sqlite ? "grdb_migrations" : "lyceum_migrations"
        let done = Set(try String.fetchAll(self, sql: "SELECT identifier FROM \(table)"))
        return known.filter(done.contains)
    }

    /// Lets new rows be numbered after those that a table has. SQLite does so by itself.
    func continueNumbers(of table: LedgerTable) throws {
        guard dialect == .postgresql else { return }
        let columns = try String.fetchAll(
            self,
            sql: """
                SELECT CAST(attname AS TEXT) FROM pg_attribute
                WHERE attrelid = CAST(CAST(? AS TEXT) AS regclass) AND attidentity <> ''
                """,
            arguments: [SQLText.identifier(table.name)]
        )
        for column in columns {
            _ = try Int64.fetchOne(
                self,
                sql: """
                    SELECT setval(pg_get_serial_sequence(CAST(? AS TEXT), CAST(? AS TEXT)), max(\(SQLText.identifier(column))))
                    FROM \(SQLText.identifier(table.name)) HAVING count(*) > 0
                    """,
                arguments: [SQLText.identifier(table.name), column]
            )
        }
    }
}
