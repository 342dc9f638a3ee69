// What the pipeline asks of whatever runs its SQL.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake

/// Runs models: an embedded DuckDB today, a Spark cluster behind the same calls.
///
/// Names are `schema.table` pairs of the engine's own catalog; files are Parquet.
public protocol Engine: Sendable {
    /// Runs a statement and returns the number of rows it affected (-1 when the engine does not say).
    @discardableResult
    func execute(_ sql: String) async throws -> Int64

    /// Runs a query.
    func query(_ sql: String, _ parameters: [Parameter]) async throws -> RecordBatchStream

    /// Appends a stream of batches to a table, which is created when it does not exist; returns the rows appended.
    func append(_ stream: RecordBatchStream, to table: EngineTable) async throws -> Int64

    /// Appends one batch to a table, which is created when it does not exist.
    func append(_ batch: RecordBatch, to table: EngineTable) async throws

    /// Makes an empty table with a stream's columns, or leaves one that is there.
    func create(_ table: EngineTable, columns: Schema) async throws

    /// Makes data keys known by name, so that files encrypted with them can be read and written.
    func unlock(_ keys: [DataKey]) async throws

    /// A table expression that reads Parquet files as one table, columns matched by name.
    ///
    /// - Parameter locations: the name of a further column that says in which file each row stands; nil for none.
    func parquetScan(_ files: [DataFile], locations: String?) -> String

    /// Writes a query's rows to one Parquet file (Snappy, row groups of 122,880) and returns how many there were.
    func writeParquet(_ query: String, to file: DataFile) async throws -> Int64

    /// Writes what a query makes of a stream to one Parquet file and returns how many rows there were.
    ///
    /// The stream is read once and its rows are kept nowhere, where the engine can do that.
    ///
    /// - Parameter query: the SELECT, given the name under which the stream is a table.
    func writeParquet(
        _ stream: RecordBatchStream,
        to file: DataFile,
        query: @escaping @Sendable (_ table: String) -> String
    ) async throws -> Int64

    /// The columns of a query with their types, without running it.
    func columns(of query: String) async throws -> [ColumnDescription]
}

extension Engine {
    /// A table expression that reads Parquet files as one table, columns matched by name.
    func parquetScan(_ files: [DataFile]) -> String { parquetScan(files, locations: nil) }

    /// By appending a batch without rows.
    func create(_ table: EngineTable, columns: Schema) async throws {
        var builder = try RecordBatchBuilder(schema: columns)
        try await append(try builder.finish(), to: table)
    }

    /// Through a table of the engine's own.
    func writeParquet(
        _ stream: RecordBatchStream,
        to file: DataFile,
        query: @escaping @Sendable (_ table: String) -> String
    ) async throws -> Int64 {
        let table = EngineSchema.landing.table("stream_\(UUID().uuidString.lowercased())")
        _ = try await append(stream, to: table)
        let rows = try await writeParquet(query(table.sql), to: file)
        try await execute("DROP TABLE \(table.sql)")
        return rows
    }

    /// Runs a query and returns its first row's columns as integers (NULL as 0).
    func integers(_ sql: String) async throws -> [Int64] {
        for try await batch in try await query(sql, []) where batch.count > 0 {
            return (0..<batch.schema.fields.count).map { batch.column($0).integer(at: 0) ?? 0 }
        }
        return []
    }

    /// Runs a query and returns its first column as texts (NULL left out).
    func texts(_ sql: String) async throws -> [String] {
        var result: [String] = []
        for try await batch in try await query(sql, []) {
            let column = batch.column(0)
            for row in 0..<batch.count {
                if let text = column.text(at: row) { result.append(text) }
            }
        }
        return result
    }
}

/// A table in the engine's own catalog.
public struct EngineTable: Sendable, Hashable {
    /// The schema, which exists.
    public let schema: String
    /// The table.
    public let name: String

    /// Names a table.
    public init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }

    /// The quoted name for SQL text.
    public var sql: String { SQLText.identifier(schema) + "." + SQLText.identifier(name) }
}
