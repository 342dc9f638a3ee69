// What the student information database's connector needs to know.

import LyceumCore

/// Configuration of a relational source in Oracle's role, read over ADBC.
public struct OracleConfiguration: Sendable, Hashable {
    /// How a table is divided for parallel reading.
    public enum Division: String, Sendable, Hashable, CaseIterable {
        /// By blocks where the database reads ranges of row addresses well (PostgreSQL 14 or later), else by key.
        case automatic = "auto"
        /// By the key's first column, in ranges with about equally many rows.
        case key
        /// By row address: PostgreSQL's `ctid`, Oracle's `ROWID`. For tables, not for views.
        case address
        /// Not at all: one query on one connection.
        case none
    }

    /// How rows that are gone from a table with a watermark are noticed.
    public enum Deletes: String, Sendable, Hashable, CaseIterable {
        /// By full refreshes only.
        case never
        /// By reading all keys, and only them, after the changed rows.
        case keys
        /// By reading the whole table every time.
        case full
    }

    /// One table to read.
    public struct TableConfiguration: Sendable, Hashable {
        /// The table or view in the source, `students` or `SIS.STUDENTS`.
        public var from: String
        /// The key's columns, in lower case.
        public var key: [String]
        /// The column that grows with every change; nil reads the whole table every time.
        public var watermark: String?
        /// The columns that the models expect, in lower case; nil expects nothing and takes what is there.
        public var columns: [String]?
        /// A condition in the source's SQL that rows must meet; nil takes all.
        public var filter: String?
        /// The columns to read, in lower case, beside key and watermark; nil reads all.
        public var select: [String]?
        /// Columns that are never read, in lower case.
        public var exclude: [String]
        /// How the table is divided for parallel reading.
        public var division: Division
        /// How deleted rows are noticed.
        public var deletes: Deletes
        /// The least time between two readings of all keys, in hours; nil reads them every time while the table has at
        /// most a million rows, and once a day beyond.
        public var deletesEveryHours: Double?

        /// Describes one table.
        public init(
            from: String,
            key: [String],
            watermark: String? = "updated_at",
            columns: [String]? = nil,
            filter: String? = nil,
            select: [String]? = nil,
            exclude: [String] = [],
            division: Division = .automatic,
            deletes: Deletes = .keys,
            deletesEveryHours: Double? = nil
        ) {
            self.from = from
            self.key = key
            self.watermark = watermark
            self.columns = columns
            self.filter = filter
            self.select = select
            self.exclude = exclude
            self.division = division
            self.deletes = deletes
            self.deletesEveryHours = deletesEveryHours
        }
    }

    /// The configured name.
    public var name: String
    /// `oracle`, `postgresql`, `duckdb`, or the path of an ADBC driver library (then the dialect is Oracle's).
    public var driver: String
    /// The database's URI, with user and password; for DuckDB the file's path.
    public var uri: Secret
    /// The schema that unqualified tables are in; nil takes the connection's own.
    public var schema: String?
    /// Raw table → where it comes from.
    public var tables: [String: TableConfiguration]
    /// The most connections at once.
    public var connections: Int
    /// How far before the watermark to read again, in seconds, for transactions that committed late.
    public var watermarkLagSeconds: Int
    /// Further options of the ADBC driver's database.
    public var options: [String: String]
    /// How a cluster's machines reach the same database to read its rows; nil leaves all reading to this machine.
    public var jdbc: JDBCConfiguration?

    /// Configures a relational source. The default tables are the four of the student information system.
    public init(
        name: String,
        driver: String,
        uri: Secret,
        schema: String? = nil,
        tables: [String: TableConfiguration] = OracleConfiguration.defaultTables,
        connections: Int = 4,
        watermarkLagSeconds: Int = 300,
        options: [String: String] = [:],
        jdbc: JDBCConfiguration? = nil
    ) {
        self.name = name
        self.driver = driver
        self.uri = uri
        self.schema = schema
        self.tables = tables
        self.connections = connections
        self.watermarkLagSeconds = watermarkLagSeconds
        self.options = options
        self.jdbc = jdbc
    }

    /// `students`, `courses`, `enrollments` and `academic_records`, by `updated_at`.
    public static let defaultTables: [String: TableConfiguration] = Dictionary(
        uniqueKeysWithValues: Contract.tables(role: "oracle").map { contract in
            let from = String(contract.table.dropFirst("oracle_".count))
            return (contract.table, TableConfiguration(from: from, key: contract.key, columns: contract.columns))
        }
    )
}
