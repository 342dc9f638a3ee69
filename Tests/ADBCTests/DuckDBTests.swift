// Queries against a real DuckDB.

import ADBC
import Arrow
import Testing

@Suite struct DuckDBTests {
    @Test("a query returns its rows") func query() async throws {
        let database = try Database(driver: try Driver.load("duckdb"))
        let connection = try await database.connect()
        let stream = try await connection.query("SELECT 42::BIGINT AS n, 'x' AS s, 1.25::DECIMAL(5,2) AS d, [1,2] AS l, DATE '2024-02-29' AS t")
        for try await batch in stream {
            print(batch, (0..<5).map { batch.column($0).text(at: 0) ?? "nil" })
        }
        print(try await connection.execute("CREATE TABLE t AS SELECT range AS i FROM range(100)"))
        print(try await connection.execute("DELETE FROM t WHERE i < ?", [10]))
    }
}
