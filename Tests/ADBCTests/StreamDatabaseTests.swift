// Statements over streams of another database, on real DuckDBs.

import ADBC
import Arrow
import Foundation
import Testing

@Suite struct StreamDatabaseTests {
    private func database() throws -> StreamDatabase {
        try StreamDatabase(driver: try Driver.load("duckdb"), settings: ["SET threads = 2"])
    }

    @Test("a stream becomes a Parquet file, every row once, through the statement's SQL")
    func copied() async throws {
        let folder = try TemporaryFolder()
        let streams = try database()
        let source = try await DuckDB.connect()
        let stream = try await source.query(
            "SELECT range AS id, CASE WHEN range % 3 > 0 THEN 'n' || range END AS name FROM range(300000)"
        )
        let file = folder.path + "/out.parquet"
        let rows = try await streams.run(over: stream) { table in
            "COPY (SELECT name, id, id * 2 AS twice FROM \(table) WHERE id >= 10) TO '\(file)' (FORMAT parquet)"
        }
        #expect(rows == 299_990)
        let read = try await DuckDB.rows(
            source,
            "SELECT count(*), count(DISTINCT id), sum(twice), count(name), min(name) FROM read_parquet('\(file)')"
        )
        #expect(read == [["299990", "299990", "89999699910", "199994", "n10"]])
    }

    @Test("a statement may take some columns and some rows only, in its own order")
    func chosen() async throws {
        let folder = try TemporaryFolder()
        let source = try await DuckDB.connect()
        let stream = try await source.query("SELECT range AS a, range + 1000 AS b, 'c' || range AS c FROM range(100)")
        let file = folder.path + "/out.parquet"
        let rows = try await database().run(over: stream) {
            "COPY (SELECT c, b FROM \($0) WHERE a = 7 OR b > 1097) TO '\(file)' (FORMAT parquet)"
        }
        #expect(rows == 3)
        let read = try await DuckDB.rows(source, "FROM read_parquet('\(file)') ORDER BY b")
        #expect(read == [["c7", "1007"], ["c98", "1098"], ["c99", "1099"]])
    }

    @Test("several streams at once do not get into each other's way")
    func parallel() async throws {
        let folder = try TemporaryFolder()
        let streams = try database()
        let counts = try await withThrowingTaskGroup(of: Int64.self, returning: [Int64].self) { group in
            for number in 1...6 {
                group.addTask {
                    let source = try await DuckDB.connect()
                    let stream = try await source.query("SELECT * FROM range(\(number * 10_000))")
                    return try await streams.run(over: stream) {
                        "COPY (FROM \($0)) TO '\(folder.path)/\(number).parquet' (FORMAT parquet)"
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted()
        }
        #expect(counts == (1...6).map { Int64($0 * 10_000) })
    }

    @Test("a stream that breaks off is its own database's error, not a short file")
    func broken() async throws {
        let folder = try TemporaryFolder()
        let source = try await DuckDB.connect()
        let stream = try await source.query(
            "SELECT CASE WHEN range < 150000 THEN range ELSE error('the disk fell off')::BIGINT END AS id FROM range(200000)"
        )
        let streams = try database()
        await #expect {
            _ = try await streams.run(over: stream) {
                "COPY (FROM \($0)) TO '\(folder.path)/x.parquet' (FORMAT parquet)"
            }
        } throws: { error in
            "\(error)".contains("the disk fell off")
        }
        let next = try await DuckDB.connect().query("SELECT 1 AS one")
        #expect(
            try await streams.run(over: next) { "COPY (FROM \($0)) TO '\(folder.path)/x.parquet' (FORMAT parquet)" }
                == 1
        )
    }

    @Test("a statement that is wrong is DuckDB's error")
    func wrong() async throws {
        let stream = try await DuckDB.connect().query("SELECT 1 AS one")
        let streams = try database()
        await #expect {
            _ = try await streams.run(over: stream) { "COPY (SELECT two FROM \($0)) TO 'x.parquet'" }
        } throws: {
            ($0 as? ADBCError)?.message.contains("two") == true
        }
    }

    @Test("a cancelled task stops the statement")
    func cancelled() async throws {
        let streams = try database()
        let task = Task {
            let stream = try await DuckDB.connect().query("SELECT range AS id FROM range(2000000000)")
            return try await streams.run(over: stream) { "CREATE TABLE big AS SELECT sum(id) FROM \($0)" }
        }
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test("integers that count hundredths are decimals to whoever reads them; a type of another size is refused")
    func typed() async throws {
        let source = try await DuckDB.connect()
        let sql = "SELECT 12345::BIGINT AS a, -7::INTEGER AS b, 'x' AS c UNION ALL SELECT NULL, 0, NULL"
        let types: [String: DataType] = [
            "a": .decimal64(precision: 18, scale: 2), "b": .decimal32(precision: 5, scale: 2),
        ]
        let batch = try #require(try await source.query(sql, types: types).collect().first)
        #expect(batch.column(0).text(at: 0) == "123.45" && batch.column(1).text(at: 0) == "-0.07")
        let streams = try database()
        let folder = try TemporaryFolder()
        let stream = try await source.query(sql, types: types)
        _ = try await streams.run(over: stream) { "COPY (FROM \($0)) TO '\(folder.path)/d.parquet' (FORMAT parquet)" }
        let read = try await DuckDB.rows(
            source,
            "SELECT a, typeof(a), b, typeof(b) FROM '\(folder.path)/d.parquet' ORDER BY a NULLS LAST"
        )
        #expect(
            read == [
                ["123.45", "DECIMAL(18,2)", "-0.07", "DECIMAL(5,2)"], [nil, "DECIMAL(18,2)", "0.00", "DECIMAL(5,2)"],
            ]
        )
        for (name, type) in [("b", DataType.decimal64(precision: 18, scale: 2)), ("c", .int64), ("d", .int64)] {
            await #expect {
                _ = try await source.query(sql, types: [name: type])
            } throws: {
                ($0 as? ADBCError)?.code == .invalidArgument
            }
        }
    }
}
