// The same client on a real Apache Spark, through Spark Connect.

import ADBC
import Foundation
import TestServers
import Testing

/// A Spark of the tests' own, started once a run and stopped with it.
enum Spark {
    /// The server. Fails, and says how to install it, without Spark or Java.
    static let shared = Result { try SparkServer.start() }

    static func connect(_ server: SparkServer? = nil, token: String? = nil) async throws -> Connection {
        let server = try server ?? shared.get()
        return try await Database.open(
            driver: try Driver.load("spark"),
            options: [
                "uri": try server.uri, "adbc.spark.token": try token ?? server.token,
                "adbc.spark.tls.enabled": "false",
            ]
        ).connect()
    }
}

@Suite(.serialized) struct SparkTests {
    @Test(
        "every type arrives with its value",
        arguments: [
            ("1Y", "1"), ("-2S", "-2"), ("3", "3"), ("4L", "4"), ("1.5F", "1.5"), ("0.1D", "0.1"), ("true", "true"),
            ("'naïve ☃'", "naïve ☃"), ("''", ""), ("X'00FF'", "00ff"), ("CAST(12.5 AS DECIMAL(10, 2))", "12.50"),
            ("DATE'2024-02-29'", "2024-02-29"),
            ("TIMESTAMP_NTZ'1969-12-31 23:59:59.000001'", "1969-12-31T23:59:59.000001"),
            ("TIMESTAMP'2024-01-01 12:00:00+02:00'", "2024-01-01T10:00:00Z"), ("array(1, NULL, 3)", "[1,null,3]"),
            ("named_struct('a', 1, 'b', 'x')", #"{"a":1,"b":"x"}"#),
        ]
    )
    func types(sql: String, expected: String) async throws {
        let connection = try await Spark.connect()
        let rows = try await DuckDB.rows(connection, "SELECT \(sql) AS v UNION ALL SELECT NULL")
        #expect(rows == [[expected], [nil]])
    }

    @Test("a connection is a session: its views and functions are its own") func session() async throws {
        let one = try await Spark.connect()
        let other = try await Spark.connect()
        try await one.execute("CREATE TEMPORARY VIEW mine AS SELECT 7 AS i")
        try await one.execute("CREATE TEMPORARY FUNCTION twice(i INT) RETURNS INT RETURN 2 * i")
        #expect(try await DuckDB.rows(one, "SELECT twice(i) FROM mine") == [["14"]])
        let error = await #expect(throws: ADBCError.self) { try await DuckDB.rows(other, "SELECT * FROM mine") }
        #expect(error?.message.contains("TABLE_OR_VIEW_NOT_FOUND") == true)
    }

    @Test("parameters are bound") func parameters() async throws {
        let connection = try await Spark.connect()
        #expect(
            try await DuckDB.rows(connection, "SELECT ?, ? + 1, ?, ?", ["it's", 41, 2.5, true])
                == [["it's", "42", "2.5", "true"]]
        )
    }

    @Test("an error has Spark's class and SQLSTATE") func errors() async throws {
        let connection = try await Spark.connect()
        let column = await #expect(throws: ADBCError.self) { try await DuckDB.rows(connection, "SELECT absent") }
        #expect(column?.message.contains("UNRESOLVED_COLUMN") == true)
        #expect(column?.message.contains("42703") == true)
        let zero = await #expect(throws: ADBCError.self) { try await DuckDB.rows(connection, "SELECT 1 / 0") }
        #expect(zero?.message.contains("DIVIDE_BY_ZERO") == true)
        #expect(try await DuckDB.rows(connection, "SELECT 1") == [["1"]])
    }

    @Test("a wrong token is refused, and not quoted") func token() async throws {
        let connection = try await Spark.connect(token: "wr0ng-t0ken")
        let error = await #expect(throws: ADBCError.self) { try await DuckDB.rows(connection, "SELECT 1") }
        #expect(error?.code == .unauthenticated)
        #expect("\(error.debugDescription)".contains("wr0ng-t0ken") == false)
    }

    @Test("Parquet goes from DuckDB through Spark and back, value by value") func parquet() async throws {
        let folder = try TemporaryFolder()
        let duckdb = try await DuckDB.connect()
        let spark = try await Spark.connect()
        try await duckdb.execute(
            """
            COPY (SELECT i, 'näme ' || i AS n, (i / 8)::DECIMAL(18, 3) AS d, TIMESTAMP '2024-01-01' + to_microseconds(i) AS t,
                  [i, NULL] AS l, {'k': i, 'v': 'x'} AS s, CASE WHEN i % 3 = 0 THEN NULL ELSE DATE '2024-02-28' + i::INT END AS day
                  FROM range(1000) r(i)) TO '\(folder.path)/in.parquet' (FORMAT parquet)
            """
        )
        try await spark.execute(
            "INSERT OVERWRITE DIRECTORY '\(folder.path)/out' USING parquet SELECT * FROM parquet.`\(folder.path)/in.parquet`"
        )
        let differing = try await DuckDB.rows(
            duckdb,
            """
            SELECT count(*) FROM (FROM '\(folder.path)/in.parquet' EXCEPT FROM '\(folder.path)/out/*.parquet'
                UNION ALL (FROM '\(folder.path)/out/*.parquet' EXCEPT FROM '\(folder.path)/in.parquet'))
            """
        )
        #expect(differing == [["0"]])
        #expect(try await DuckDB.rows(duckdb, "SELECT count(*) FROM '\(folder.path)/out/*.parquet'") == [["1000"]])
    }

    @Test("a cancelled statement ends at once, and closing its connection frees the server", .timeLimit(.minutes(3)))
    func cancellation() async throws {
        let connection = try await Spark.connect()
        let task = Task {
            try await connection.execute(
                """
                SELECT count(*) FROM range(100000000) a JOIN range(1000) b ON a.id % 7 = b.id % 7
                WHERE sha2(CAST(a.id + b.id AS STRING), 256) LIKE 'zzz%'
                """
            )
        }
        try await Task.sleep(for: .seconds(3))
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(5))
        // The cancel is the client's only: the server would go on with all its cores for hours.
        try await connection.close()
        let next = try await Spark.connect()
        #expect(try await DuckDB.rows(next, "SELECT count(*) FROM range(0, 1000, 1, 2)") == [["1000"]])
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test("a statement outlives a worker that is killed in its midst", .timeLimit(.minutes(5)))
    func killedWorker() async throws {
        let cluster = try SparkServer.start(workers: 2)
        defer { cluster.stop() }
        let connection = try await Spark.connect(cluster)
        let sql = """
            SELECT count(*), sum(n), bit_xor(x) FROM (
                SELECT k, count(*) AS n, bit_xor(h) AS x FROM (
                    SELECT id % 100000 AS k, xxhash64(sha2(repeat(CAST(id AS STRING), 30), 512)) AS h
                    FROM range(0, 12000000, 1, 16))
                GROUP BY k)
            """
        let undisturbed = try await DuckDB.rows(connection, sql)
        let disturbed = Task { (try await DuckDB.rows(connection, sql), ContinuousClock.now) }
        try await Task.sleep(for: .seconds(3))
        try cluster.killWorker(0)
        let killed = ContinuousClock.now
        let (rows, done) = try await disturbed.value
        #expect(rows == undisturbed)
        #expect(killed < done, "the statement was done before the worker was killed")
        let gone = try cluster.workers[0]
        #expect(!SparkTests.isRunning(gone))
        #expect(SparkTests.isRunning(try cluster.workers[1]))
        // The session is the same one, and goes on with the worker that is left.
        #expect(try await DuckDB.rows(connection, "SELECT count(*) FROM range(0, 1000, 1, 4)") == [["1000"]])
    }

    /// Whether a process is there and not only waiting to be collected.
    private static func isRunning(_ pid: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return status.split(separator: ")").last?.hasPrefix(" Z") == false
    }
}
