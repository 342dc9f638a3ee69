// What building models asks of an engine.

import Foundation
import LyceumCore
import LyceumLake

/// Builds models: the embedded engine, or a cluster that sees the same lake.
///
/// Statements are the SQL that the models share. A materialised table has a further column `rowid`, a number of its own
/// for each row.
protocol ModelEngine: Sendable {
    /// The first row of a query, as integers (NULL as 0).
    func integers(_ sql: String) async throws -> [Int64]

    /// The first column of a query, as texts (NULL left out).
    func texts(_ sql: String) async throws -> [String]

    /// The columns of a query with the embedded engine's names of their types, without running it.
    func columns(of query: String) async throws -> [ColumnDescription]

    /// Names a query, or names it anew.
    func define(_ view: EngineTable, as query: String) async throws

    /// Names the rows of Parquet files, columns matched by name, former names of columns replaced.
    func define(_ view: EngineTable, over files: [DataFile], formerly: FormerNames) async throws

    /// Names the rows of a Parquet file that came with the program and stands on this machine.
    func define(_ view: EngineTable, overBundled file: URL) async throws

    /// Runs a query once and keeps its rows until they are dropped.
    func materialise(_ table: EngineTable, as query: String) async throws

    /// Forgets what was materialised.
    func drop(_ table: EngineTable) async throws

    /// Writes a query's rows, in order, to a file of a run or to several beside it.
    func write(_ query: String, to place: Staging.Place) async throws -> [StagedFile]

    /// Has the progress of statements told from now on, where it is known.
    func tell(_ report: @escaping @Sendable (TaskCounts) -> Void) async

    /// Ends what still runs for this run, where that is not this process.
    func close() async
}

extension DuckDBEngine: ModelEngine {
    func define(_ view: EngineTable, as query: String) async throws {
        try await execute("CREATE OR REPLACE VIEW \(view.sql) AS \(query)")
    }

    func define(_ view: EngineTable, over files: [DataFile], formerly: FormerNames) async throws {
        try await define(view, as: "SELECT * FROM \(try await tableScan(files, formerly: formerly))")
    }

    func define(_ view: EngineTable, overBundled file: URL) async throws {
        try await define(view, over: [DataFile(file)], formerly: [:])
    }

    func materialise(_ table: EngineTable, as query: String) async throws {
        try await execute("CREATE OR REPLACE TABLE \(table.sql) AS \(query)")
    }

    func drop(_ table: EngineTable) async throws {
        try await execute("DROP TABLE IF EXISTS \(table.sql)")
    }

    func write(_ query: String, to place: Staging.Place) async throws -> [StagedFile] {
        let rows = try await writeParquet(query, to: place.data)
        return [try await place.staged(rows: rows)]
    }

    /// Nothing: its statements tell no progress.
    func tell(_ report: @escaping @Sendable (TaskCounts) -> Void) async {}

    /// Nothing: it stays for the index.
    func close() async {}
}
