// The same client on a real PostgreSQL server.

import ADBC
import Arrow
import Foundation
import Testing

@Suite struct PostgreSQLTests {
    @Test(
        "every type arrives with its value",
        arguments: [
            ("1::smallint", "1"), ("-2::integer", "-2"), ("3::bigint", "3"), ("1.5::real", "1.5"),
            ("0.1::double precision", "0.1"), ("true", "true"), ("'naïve ☃'::text", "naïve ☃"), ("''::text", ""),
            ("'\\x00ff'::bytea", "00ff"), ("12.50::numeric(10,2)", "12.50"), ("DATE '2024-02-29'", "2024-02-29"),
            ("TIME '12:30:00.25'", "12:30:00.25"), ("TIMESTAMP '1969-12-31 23:59:59.5'", "1969-12-31T23:59:59.5"),
            ("TIMESTAMPTZ '2024-01-01 12:00:00+02'", "2024-01-01T10:00:00Z"),
            ("INTERVAL '14 months 3 days 1.5 seconds'", "P14M3DT1.5S"), ("ARRAY[1, NULL, 3]", "[1,null,3]"),
            ("ARRAY['a', 'b']", #"["a","b"]"#), (#"'{"a": 1}'::jsonb"#, #"{"a": 1}"#),
        ]
    )
    func types(sql: String, expected: String) async throws {
        let connection = try await PostgreSQL.connect()
        let rows = try await DuckDB.rows(
            connection,
            "SELECT v FROM (SELECT 1 AS i, \(sql) AS v UNION ALL SELECT 2, NULL) t ORDER BY i"
        )
        #expect(rows == [[expected], [nil]])
    }

    @Test("a numeric arrives as an extension type over text") func numeric() async throws {
        let connection = try await PostgreSQL.connect()
        let stream = try await connection.query("SELECT 12.50::numeric AS n")
        let field = try #require(stream.schema.fields.first)
        #expect(field.type.isString)
        #expect(field.extensionName == "arrow.opaque")
        _ = try await stream.collect()
    }

    @Test("parameters of every kind are bound") func parameters() async throws {
        let connection = try await PostgreSQL.connect()
        let moment = Timestamp(seconds: 1_700_000_000, nanoseconds: 250_000_000)
        let rows = try await DuckDB.rows(
            connection,
            "SELECT $1::text, $2::bigint, $3::float8, $4::bool, $5::bytea, $6::timestamptz, $7::text",
            ["it's", 42, 2.5, true, .binary([0, 255]), .timestamp(moment), nil]
        )
        #expect(rows == [["it's", "42", "2.5", "true", "00ff", "2023-11-14T22:13:20.25Z", nil]])
    }

    @Test("a large result arrives whole") func large() async throws {
        let connection = try await PostgreSQL.connect()
        var sum: Int64 = 0
        for try await batch in try await connection.query("SELECT i::bigint FROM generate_series(1, 300000) i") {
            let values = try batch.column(0).values(as: Int64.self)
            values.withUnsafeBuffer { for value in $0 { sum += value } }
        }
        #expect(sum == 45_000_150_000)
    }

    @Test("an error keeps SQLSTATE, code and message") func errors() async throws {
        let connection = try await PostgreSQL.connect()
        let syntax = await #expect(throws: ADBCError.self) { try await connection.query("SELEC 1") }
        #expect(syntax?.sqlState == "42601")
        #expect(syntax?.message.contains("syntax error") == true)
        let table = await #expect(throws: ADBCError.self) { try await connection.query("SELECT * FROM absent") }
        #expect(table?.sqlState == "42P01")
        #expect(table?.code == .notFound)
        try await connection.execute("CREATE TEMP TABLE u (i int PRIMARY KEY)")
        try await connection.execute("INSERT INTO u VALUES (1)")
        let unique = await #expect(throws: ADBCError.self) { try await connection.execute("INSERT INTO u VALUES (1)") }
        #expect(unique?.sqlState == "23505")
        #expect(unique?.code == .integrity || unique?.code == .alreadyExists)
        #expect(connection.isBroken == false)
    }

    @Test("an error in the middle of a result is thrown, with its SQLSTATE") func lateError() async throws {
        let connection = try await PostgreSQL.connect()
        let error = await #expect(throws: ADBCError.self) {
            let sql = "SELECT 1 / (200000 - i) FROM generate_series(1, 300000) i"
            for try await _ in try await connection.query(sql) {}
        }
        #expect(error?.sqlState == "22012")
        #expect(error?.message.contains("division by zero") == true)
    }

    @Test("changes say how many rows they touched") func affected() async throws {
        let connection = try await PostgreSQL.connect()
        try await connection.execute("CREATE TEMP TABLE t (i int)")
        #expect(try await connection.execute("INSERT INTO t SELECT generate_series(1, 100)") == 100)
        #expect(try await connection.execute("DELETE FROM t WHERE i <= $1", [10]) == 10)
    }

    @Test("several statements in one text all run") func several() async throws {
        let connection = try await PostgreSQL.connect()
        try await connection.execute("CREATE TEMP TABLE t (i int); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")
        #expect(try await DuckDB.rows(connection, "SELECT count(*) FROM t") == [["2"]])
    }

    @Test("a statement is run once for each row of a batch") func rows() async throws {
        let connection = try await PostgreSQL.connect()
        try await connection.execute("CREATE TEMP TABLE t (id bigint, name text)")
        try await connection.execute("INSERT INTO t VALUES ($1, $2)", rows: try DuckDB.batch(start: 0, count: 25))
        #expect(
            try await DuckDB.rows(connection, "SELECT count(*), count(name), sum(id) FROM t") == [["25", "22", "300"]]
        )
    }

    @Test("batches are ingested, and a result goes on to DuckDB and back") func ingest() async throws {
        let postgres = try await PostgreSQL.connect()
        let duckdb = try await DuckDB.connect()
        let table = "ingest_\(UInt32.random(in: 0 ... .max))"
        #expect(try await postgres.ingest([try DuckDB.batch(start: 0, count: 1_000)], into: table) == 1_000)
        try await postgres.ingest([try DuckDB.batch(start: 1_000, count: 10)], into: table, mode: .append)
        try await duckdb.ingest(try await postgres.query("SELECT * FROM \(table)"), into: "t")
        #expect(try await DuckDB.rows(duckdb, "SELECT count(*), sum(id) FROM t") == [["1010", "509545"]])
        try await postgres.ingest(try await duckdb.query("SELECT * FROM t"), into: table, mode: .replace)
        #expect(
            try await DuckDB.rows(postgres, "SELECT count(*), sum(id)::bigint FROM \(table)") == [["1010", "509545"]]
        )
        try await postgres.execute("DROP TABLE \(table)")
    }

    @Test("a source that fails half way leaves nothing behind") func brokenIngest() async throws {
        let postgres = try await PostgreSQL.connect()
        let duckdb = try await DuckDB.connect()
        let table = "broken_\(UInt32.random(in: 0 ... .max))"
        let error = await #expect(throws: (any Error).self) {
            let sql =
                "SELECT CASE WHEN range = 900000 THEN error('row ' || range) ELSE 'ok' END AS s FROM range(1000000)"
            try await postgres.ingest(try await duckdb.query(sql), into: table)
        }
        #expect(String(describing: error).contains("row 900000"))
        let left = try await DuckDB.rows(
            postgres,
            "SELECT count(*) FROM pg_tables WHERE tablename = $1",
            [.text(table)]
        )
        #expect(left == [["0"]])
    }

    @Test("a cancelled task stops the statement in the server") func cancelled() async throws {
        let connection = try await PostgreSQL.connect()
        let task = Task { try await connection.execute("SELECT pg_sleep(60)") }
        try await Task.sleep(for: .milliseconds(200))
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(try await DuckDB.rows(connection, "SELECT 1") == [["1"]])
    }

    @Test("a wrong password is refused, and does not appear in the error") func wrongPassword() async throws {
        let server = try PostgreSQL.shared.get()
        let host = try #require(server.uri.split(separator: "@").last)
        let driver = try Driver.load("postgresql")
        let error = await #expect(throws: ADBCError.self) {
            let uri = "postgresql://lyceum:s3cr3t%2Fpw@\(host)"
            _ = try await Database.open(driver: driver, options: ["uri": uri]).connect()
        }
        let text = String(describing: error)
        #expect(text.contains("authentication"))
        #expect(!text.contains("s3cr3t"))
    }

    @Test("a connection that the server ends is broken") func ended() async throws {
        let victim = try await PostgreSQL.connect()
        let other = try await PostgreSQL.connect()
        let pid = try #require(try await DuckDB.rows(victim, "SELECT pg_backend_pid()").first?[0])
        try await other.execute("SELECT pg_terminate_backend(\(pid))")
        try await Task.sleep(for: .milliseconds(200))
        await #expect(throws: ADBCError.self) { try await victim.query("SELECT 1") }
        #expect(victim.isBroken)
    }

    @Test("a pool replaces a connection that broke") func poolReplaces() async throws {
        let pool = ConnectionPool(database: try await PostgreSQL.open(), maximum: 1)
        let other = try await PostgreSQL.connect()
        let pid = try await pool.withConnection { try await DuckDB.rows($0, "SELECT pg_backend_pid()") }
        try await other.execute("SELECT pg_terminate_backend(\(pid[0][0] ?? ""))")
        try await Task.sleep(for: .milliseconds(200))
        _ = try? await pool.withConnection { try await DuckDB.rows($0, "SELECT 1") }
        #expect(try await pool.withConnection { try await DuckDB.rows($0, "SELECT 1") } == [["1"]])
    }

    @Test("a refused port is an input/output error") func refusedPort() async throws {
        let driver = try Driver.load("postgresql")
        let error = await #expect(throws: ADBCError.self) {
            let uri = "postgresql://lyceum:topsecret@127.0.0.1:9/postgres"
            _ = try await Database.open(driver: driver, options: ["uri": uri]).connect()
        }
        #expect(error?.code == .io)
        #expect(String(describing: error).contains("topsecret") == false)
    }
}
