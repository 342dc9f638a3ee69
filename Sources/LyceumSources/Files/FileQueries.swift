// The DuckDB queries that read files.

import LyceumCore

/// Writes DuckDB's table functions for files.
enum FileQueries {
    private static let longestLine = 16 << 20

    /// A CSV file whose columns are known. Nothing is guessed: every column is text, every row that does not fit goes to
    /// `reject_errors`.
    static func csv(_ path: String, _ heading: CSVHeading) -> String {
        let columns = heading.columns.map { "\(SQLText.literal($0)): 'VARCHAR'" }.joined(separator: ", ")
        return """
            read_csv(\(SQLText.literal(path)), auto_detect = false, columns = {\(columns)}, header = true, \
            delim = \(SQLText.literal(heading.delimiter)), quote = '"', escape = '"', store_rejects = true, \
            rejects_limit = 0, max_line_size = \(longestLine))
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
