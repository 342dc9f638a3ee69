// What a table's current snapshot consists of: partitions, and what is known of its files' columns.

import Foundation
import LyceumCore

/// The files of one partition of a table's current snapshot, added up.
public struct Partition: Sendable, Hashable, Codable {
    /// The value of `source=`; nil where the table is not partitioned by it.
    public var source: String?
    /// The value of `dt=`.
    public var day: String?
    /// Rows in the partition.
    public var rows: Int64
    /// Bytes in the partition.
    public var bytes: Int64
    /// Files in the partition.
    public var files: Int
}

extension Ledger {
    /// The partitions of a table's current snapshot, by source and day.
    ///
    /// From the catalog; no folder is listed.
    public func partitions(of table: TableID) async throws -> [Partition] {
        try await read("list the partitions of \(table)") { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT source, dt, count(*) AS files, CAST(sum(rows) AS BIGINT) AS rows,
                        CAST(sum(bytes) AS BIGINT) AS bytes
                    FROM files WHERE table_id = ? AND removed_in IS NULL
                    GROUP BY source, dt ORDER BY source, dt
                    """,
                arguments: [table.description]
            ).map { row in
                Partition(
                    source: row["source"],
                    day: row["dt"],
                    rows: try row.integer("rows"),
                    bytes: try row.integer("bytes"),
                    files: Int(try row.integer("files"))
                )
            }
        }
    }

    /// What is known of the columns of a table's current files, by path and column.
    public func statistics(of table: TableID) async throws -> [FilePath: [ColumnStatistics]] {
        try await read("read the statistics of \(table)") { db in
            var statistics: [FilePath: [ColumnStatistics]] = [:]
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT s.* FROM file_statistics s JOIN files f ON f.path = s.path
                    WHERE f.table_id = ? AND f.removed_in IS NULL ORDER BY s.path, s.column_name
                    """,
                arguments: [table.description]
            )
            for row in rows {
                statistics[try FilePath(try row.text("path")), default: []].append(
                    ColumnStatistics(
                        column: try row.text("column_name"),
                        minimum: row["minimum"],
                        maximum: row["maximum"],
                        nulls: try row.integer("nulls")
                    )
                )
            }
            return statistics
        }
    }

    /// Notes what the columns of new files hold; none of a column that its table calls personal.
    static func insert(_ db: Database, statistics table: TablePublication) throws {
        let personal = Set(table.columns.filter { $0.pii != .none }.map(\.name))
        let described = Set(table.columns.map(\.name))
        try db.execute(
            sql: """
                INSERT INTO file_statistics (path, column_name, minimum, maximum, nulls) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (path, column_name) DO UPDATE SET
                    minimum = excluded.minimum, maximum = excluded.maximum, nulls = excluded.nulls
                """,
            rows: table.files.flatMap { file in
                file.statistics.filter { described.contains($0.column) && !personal.contains($0.column) }.map {
                    column in
                    [file.path.description, column.column, column.minimum, column.maximum, column.nulls]
                }
            }
        )
    }
}
