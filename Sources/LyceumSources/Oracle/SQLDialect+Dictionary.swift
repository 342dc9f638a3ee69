// What the databases know of their own tables: the dictionary's queries, and physical ranges of rows.

import LyceumCore

extension SQLDialect {
    /// A table's place in the dictionary.
    struct Place: Sendable, Hashable {
        /// The schema as the dictionary spells it; nil for the connection's own.
        var schema: String?
        /// The table as the dictionary spells it; nil for all.
        var table: String?
    }

    /// Where a configured name stands in the dictionary.
    func place(_ name: String, schema: String?) -> Place {
        let parts = names(name, schema: schema)
        return Place(schema: parts.count > 1 ? parts[parts.count - 2] : nil, table: parts.last)
    }

    /// The columns of one table or, without one, of all tables of a schema.
    ///
    /// Every dialect answers with eight text columns in this order: schema, table, kind, rows, column, type, nullable
    /// (`Y` or `N`), key position. Types are whole, such as `NUMBER(10,2)`.
    func columnsQuery(_ place: Place) -> String {
        switch self {
        case .oracle: oracleColumns(place)
        case .postgresql: postgreSQLColumns(place)
        case .duckdb: duckDBColumns(place)
        }
    }

    /// Oracle Database Reference 19c: ALL_TAB_COLUMNS, ALL_OBJECTS, ALL_TABLES, ALL_CONSTRAINTS, ALL_CONS_COLUMNS. They
    /// show what the account may read, and need no grant.
    private func oracleColumns(_ place: Place) -> String {
        let owner = place.schema.map(SQLText.literal) ?? "SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')"
        let table = place.table.map { " AND c.TABLE_NAME = \(SQLText.literal($0))" } ?? ""
        return """
            SELECT c.OWNER AS "schema", c.TABLE_NAME AS "table", \
            CASE WHEN t.TABLE_NAME IS NULL THEN 'view' ELSE 'table' END AS "kind", TO_CHAR(t.NUM_ROWS) AS "rows", \
            c.COLUMN_NAME AS "column", \
            CASE WHEN c.DATA_TYPE IN ('NUMBER', 'FLOAT') AND c.DATA_PRECISION IS NOT NULL \
            THEN c.DATA_TYPE || '(' || TO_CHAR(c.DATA_PRECISION) || ',' || TO_CHAR(COALESCE(c.DATA_SCALE, 0)) || ')' \
            WHEN c.DATA_TYPE = 'NUMBER' AND c.DATA_SCALE = 0 THEN 'INTEGER' \
            WHEN c.DATA_TYPE IN ('CHAR', 'VARCHAR2', 'NCHAR', 'NVARCHAR2') \
            THEN c.DATA_TYPE || '(' || TO_CHAR(c.CHAR_LENGTH) || ')' \
            WHEN c.DATA_TYPE = 'RAW' THEN c.DATA_TYPE || '(' || TO_CHAR(c.DATA_LENGTH) || ')' \
            ELSE c.DATA_TYPE END AS "type", \
            c.NULLABLE AS "nullable", TO_CHAR(k.POSITION) AS "key" \
            FROM ALL_TAB_COLUMNS c \
            LEFT JOIN ALL_TABLES t ON t.OWNER = c.OWNER AND t.TABLE_NAME = c.TABLE_NAME \
            LEFT JOIN (SELECT p.OWNER, p.TABLE_NAME, q.COLUMN_NAME, q.POSITION \
            FROM ALL_CONSTRAINTS p JOIN ALL_CONS_COLUMNS q \
            ON q.OWNER = p.OWNER AND q.CONSTRAINT_NAME = p.CONSTRAINT_NAME WHERE p.CONSTRAINT_TYPE = 'P') k \
            ON k.OWNER = c.OWNER AND k.TABLE_NAME = c.TABLE_NAME AND k.COLUMN_NAME = c.COLUMN_NAME \
            WHERE c.OWNER = \(owner)\(table) ORDER BY c.OWNER, c.TABLE_NAME, c.COLUMN_ID
            """
    }

    private func postgreSQLColumns(_ place: Place) -> String {
        let schema: String
        if let name = place.schema {
            schema = "n.nspname = \(SQLText.literal(name))"
        } else if place.table == nil {
            schema = "n.nspname = ANY (current_schemas(false))"
        } else {
            schema = "pg_table_is_visible(c.oid)"
        }
        let table = place.table.map { " AND c.relname = \(SQLText.literal($0))" } ?? ""
        return """
            SELECT n.nspname::text AS "schema", c.relname::text AS "table", \
            CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS "kind", \
            CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint::text END AS "rows", a.attname::text AS "column", \
            format_type(a.atttypid, a.atttypmod) AS "type", CASE WHEN a.attnotnull THEN 'N' ELSE 'Y' END AS "nullable", \
            (array_position(i.indkey::smallint[], a.attnum) + 1)::text AS "key" \
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
            LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary \
            WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'm', 'p', 'f') \
            AND \(schema)\(table) ORDER BY n.nspname, c.relname, a.attnum
            """
    }

    private func duckDBColumns(_ place: Place) -> String {
        let schema = place.schema.map(SQLText.literal) ?? "current_schema()"
        let table = place.table.map { " AND lower(c.table_name) = lower(\(SQLText.literal($0)))" } ?? ""
        return """
            SELECT c.schema_name AS "schema", c.table_name AS "table", \
            CASE WHEN t.table_name IS NULL THEN 'view' ELSE 'table' END AS "kind", \
            t.estimated_size::VARCHAR AS "rows", c.column_name AS "column", c.data_type AS "type", \
            CASE WHEN c.is_nullable THEN 'Y' ELSE 'N' END AS "nullable", \
            list_position(k.constraint_column_names, c.column_name)::VARCHAR AS "key" \
            FROM duckdb_columns() c \
            LEFT JOIN duckdb_tables() t ON t.table_oid = c.table_oid AND t.database_oid = c.database_oid \
            LEFT JOIN duckdb_constraints() k ON k.table_oid = c.table_oid AND k.database_oid = c.database_oid \
            AND k.constraint_type = 'PRIMARY KEY' \
            WHERE NOT c.internal AND c.database_name = current_database() AND c.schema_name = \(schema)\(table) \
            ORDER BY c.schema_name, c.table_name, c.column_index
            """
    }

    // MARK: Physical ranges

    /// How many blocks a table has on disk, if its rows can be read by block; nil for dialects that cannot.
    ///
    /// One row with one integer, or none for views, partitioned tables and servers without scans of ranges of row
    /// addresses (PostgreSQL before 14).
    func blocksQuery(_ table: String) -> String? {
        guard self == .postgresql else { return nil }
        return """
            SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint AS "blocks" FROM pg_class c \
            WHERE c.oid = to_regclass(\(SQLText.literal(table))) AND c.relkind = 'r' AND NOT c.relhassubclass \
            AND current_setting('server_version_num')::int >= 140000
            """
    }

    /// The least row address of each of `parts` parts with about equally many rows, for a table without a usable key.
    func addressBoundaries(_ table: String, parts: Int, condition: String, sample: String = "") -> String? {
        guard self == .oracle else { return nil }
        let from = sample.isEmpty ? table : "\(table) \(sample)"
        return "SELECT ROWIDTOCHAR(MIN(r)) AS k FROM (SELECT ROWID AS r, NTILE(\(parts)) OVER (ORDER BY ROWID) AS b "
            + "FROM \(from)\(condition)) q GROUP BY b ORDER BY b"
    }

    /// The pseudo-column that says where a row stands.
    var address: String { self == .oracle ? "ROWID" : "ctid" }

    /// A row's address as a literal.
    func addressLiteral(_ value: String) -> String {
        self == .oracle ? "CHARTOROWID(\(SQLText.literal(value)))" : "\(SQLText.literal(value))::tid"
    }

    /// The first rows only: what follows the conditions.
    func firstRows(_ count: Int) -> String {
        self == .oracle ? " FETCH FIRST \(count) ROWS ONLY" : " LIMIT \(count)"
    }
}
