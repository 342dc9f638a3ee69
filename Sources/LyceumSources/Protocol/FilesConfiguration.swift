// What the file connector needs to know.

/// Configuration of a folder of CSV, TSV, JSON, NDJSON or Parquet files, each perhaps gzipped.
public struct FilesConfiguration: Sendable, Hashable {
    /// Where one table's rows are and how they are written.
    public struct TableOptions: Sendable, Hashable {
        /// A file name or glob inside the folder, such as `students-*.csv`.
        public var glob: String
        /// `csv`, `tsv`, `json`, `ndjson` or `parquet`; nil goes by the file's ending.
        public var format: String?
        /// The encoding, such as `utf-8` or `gb18030`; nil takes the folder's.
        public var encoding: String?
        /// The field separator; nil lets the reader find it.
        public var delimiter: String?
        /// The columns that identify a row; nil takes the contract's, and none for a table without one.
        public var key: [String]?

        /// Describes a table's files.
        public init(
            glob: String,
            format: String? = nil,
            encoding: String? = nil,
            delimiter: String? = nil,
            key: [String]? = nil
        ) {
            self.glob = glob
            self.format = format
            self.encoding = encoding
            self.delimiter = delimiter
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
    /// The encoding of all text files; nil expects UTF-8 and sets rows that are not aside.
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
