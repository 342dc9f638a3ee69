// A DuckDB of the tests' own.

import ADBC
import Arrow
import Foundation

enum DuckDB {
    /// Opens a database, in memory unless a path is given. Fails, and says how to install it, without the driver.
    static func open(_ options: [String: String] = [:]) throws -> Database {
        try Database(driver: try Driver.load("duckdb"), options: options)
    }

    static func connect() async throws -> Connection { try await open().connect() }

    /// The values of a query's result as text, row by row.
    static func rows(
        _ connection: Connection,
        _ sql: String,
        _ parameters: [Parameter] = []
    ) async throws -> [[String?]] {
        var rows: [[String?]] = []
        for try await batch in try await connection.query(sql, parameters) {
            let columns = batch.columns
            for row in 0..<batch.count { rows.append(columns.map { $0.text(at: row) }) }
        }
        return rows
    }

    /// A batch of `count` rows: `id` from `start` up, and a name.
    static func batch(start: Int, count: Int) throws -> RecordBatch {
        var builder = try RecordBatchBuilder(schema: numbered)
        for id in start..<start + count {
            builder.append(id, to: 0)
            builder.append(id % 10 == 3 ? nil : "name \(id)", to: 1)
        }
        return try builder.finish()
    }

    static let numbered = Schema([Field("id", .int64), Field("name", .utf8)])
}

/// A folder that is removed when it is dropped.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "adbc-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
