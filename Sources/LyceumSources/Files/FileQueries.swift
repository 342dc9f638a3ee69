// The DuckDB queries that read files.

import LyceumCore

/// Writes DuckDB's table functions for files.
enum FileQueries {
    /// The longest line, in bytes.
    static let longestLine = 16 << 20

    /// A CSV file whose columns are known. Nothing is guessed: every column is text, every row that does not fit goes to
    /// `reject_errors`.
    static func csv(_ path: String, _ heading: CSVHeading) -> String {
        let columns = heading.columns.map { "\(SQLText.literal($0)): 'VARCHAR'" }.joined(separator: ", ")
        let dialect = heading.dialect
        return """
            read_csv(\(SQLText.literal(path)), auto_detect = false, columns = {\(columns)}, \
            header = \(dialect.hasHeader), delim = \(SQLText.literal(dialect.delimiter)), \
            quote = \(SQLText.literal(dialect.quote)), escape = \(SQLText.literal(dialect.escape)), \
            store_rejects = true, rejects_limit = 0, max_line_size = \(longestLine))
            """
    }

    /// A workbook's sheet. All cells are text, so that one of another kind than those above it is no error; cells of
    /// columns whose first value is a date or a truth value come as such, for in the file they are numbers.
    static func sheet(_ path: String, _ sheet: String?, hasHeader: Bool, columns: [(name: String, type: String)])
        -> String
    {
        let values = columns.map { column in
            let cell = SQLText.identifier(column.name)
            let days = "TRY_CAST(\(cell) AS DOUBLE)"
            // Days since 1899-12-30, as Excel counts; text in such a column stays.
            let time = "TIMESTAMP '1899-12-30' + to_microseconds(CAST(round(\(days) * 86400) * 1000000 AS BIGINT))"
            let value =
                switch column.type {
                case "DATE": "coalesce(strftime(\(time), '%Y-%m-%d'), \(cell))"
                case "TIMESTAMP": "coalesce(strftime(\(time), '%Y-%m-%d %H:%M:%S'), \(cell))"
                case "TIME": "coalesce(strftime(\(time), '%H:%M:%S'), \(cell))"
                case "BOOLEAN": "CASE \(cell) WHEN '1' THEN 'true' WHEN '0' THEN 'false' ELSE \(cell) END"
                default: cell
                }
            return "\(value) AS \(cell)"
        }
        let names = columns.map { SQLText.identifier($0.name) }
        // Empty rows inside a sheet do not end it.
        return """
            (SELECT \(values.joined(separator: ", ")) FROM \(cells(path, sheet, hasHeader: hasHeader, asText: true)) \
            WHERE coalesce(\(names.joined(separator: ", "))) IS NOT NULL)
            """
    }

    /// A sheet's cells, typed by its first row or all as text.
    static func cells(_ path: String, _ sheet: String?, hasHeader: Bool, asText: Bool) -> String {
        let sheet = sheet.map { ", sheet = \(SQLText.literal($0))" } ?? ""
        return """
            read_xlsx(\(SQLText.literal(path)), header = \(hasHeader), stop_at_empty = false, empty_as_varchar = true, \
            all_varchar = \(asText)\(sheet))
            """
    }

    /// A text file as one row a line, in the column `line`; lines that are not UTF-8 go to `reject_errors`.
    static func lines(_ path: String) -> String {
        """
        read_csv(\(SQLText.literal(path)), auto_detect = false, columns = {'line': 'VARCHAR'}, header = false, \
        delim = '\\0', quote = '', escape = '', store_rejects = true, rejects_limit = 0, max_line_size = \(longestLine))
        """
    }

    /// A JSON file that is one array, as one row an element, in the column `json`.
    static func elements(_ path: String) -> String {
        "read_json_objects(\(SQLText.literal(path)), format = 'array', maximum_object_size = \(longestLine))"
    }

    /// A Parquet file.
    static func parquet(_ path: String) -> String { "read_parquet(\(SQLText.literal(path)))" }

    /// The rows that did not fit, one a line.
    static let rejects = """
        SELECT line, arg_min(error_type::VARCHAR, column_idx) AS kind, arg_min(error_message, column_idx) AS message, \
        arg_min(column_name, column_idx) AS field, any_value(csv_line) AS text, min(line_byte_position) AS position \
        FROM reject_errors GROUP BY line ORDER BY line
        """

    /// Columns under new names; those that a file lacks are NULL.
    static func projection(_ columns: [(source: String?, name: String)]) -> String {
        columns.map { column in
            let value = column.source.map(SQLText.identifier) ?? "NULL::VARCHAR"
            return "\(value) AS \(SQLText.identifier(column.name))"
        }.joined(separator: ", ")
    }
}
