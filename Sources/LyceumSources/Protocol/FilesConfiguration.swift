// What the file connector needs to know.

/// Configuration of a folder of CSV, TSV, JSON, NDJSON, Parquet or Excel files, each perhaps gzipped.
public struct FilesConfiguration: Sendable, Hashable {
    /// Where one table's rows are and how they are written.
    public struct TableOptions: Sendable, Hashable {
        /// A file name or glob inside the folder, such as `students-*.csv`; with a slash also below it, such as
        /// `**/students.csv`.
        public var glob: String
        /// `csv`, `tsv`, `json`, `ndjson`, `parquet` or `xlsx`; nil goes by the file's ending.
        public var format: String?
        /// The encoding, such as `utf-8` or `gb18030`; nil takes the folder's, and without one it is found out.
        public var encoding: String?
        /// The field separator; nil lets the reader find it.
        public var delimiter: String?
        /// What encloses fields; nil lets the reader find it, empty means nothing does.
        public var quote: String?
        /// What stands before a quote inside quotes; nil lets the reader find it.
        public var escape: String?
        /// Whether the first record names the columns; nil lets the reader find out.
        public var hasHeader: Bool?
        /// The columns' names, for files that do not name them.
        public var columns: [String]?
        /// The sheet of a workbook; nil takes the first.
        public var sheet: String?
        /// The columns that identify a row; nil takes the contract's, and none for a table without one.
        public var key: [String]?

        /// Describes a table's files.
        public init(
            glob: String,
            format: String? = nil,
            encoding: String? = nil,
            delimiter: String? = nil,
            quote: String? = nil,
            escape: String? = nil,
            hasHeader: Bool? = nil,
            columns: [String]? = nil,
            sheet: String? = nil,
            key: [String]? = nil
        ) {
            self.glob = glob
            self.format = format
            self.encoding = encoding
            self.delimiter = delimiter
            self.quote = quote
            self.escape = escape
            self.hasHeader = hasHeader
            self.columns = columns
            self.sheet = sheet
            self.key = key
        }
    }

    /// The configured name.
    public var name: String
    /// The folder.
    public var path: String
    /// `oulad`, or the path of a folder of SQL files named after raw tables; nil maps by file name.
    public var mapping: String?
    /// Raw table → files, where the file name does not say it.
    public var tables: [String: TableOptions]
    /// The encoding of all text files; nil finds it out for each, and sets rows aside that are not in it.
    public var encoding: String?

    /// Configures a folder.
    public init(
        name: String,
        path: String,
        mapping: String? = nil,
        tables: [String: TableOptions] = [:],
        encoding: String? = nil
    ) {
        self.name = name
        self.path = path
        self.mapping = mapping
        self.tables = tables
        self.encoding = encoding
    }
}
