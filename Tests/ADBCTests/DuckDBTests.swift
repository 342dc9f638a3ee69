// Queries, parameters and errors on a real DuckDB.

import ADBC
import Arrow
import Foundation
import Testing

@Suite struct DuckDBTests {
    @Test(
        "every type arrives with its value",
        arguments: [
            ("1::TINYINT", "1"), ("-2::SMALLINT", "-2"), ("3::INTEGER", "3"), ("-4::BIGINT", "-4"),
            ("255::UTINYINT", "255"), ("65535::USMALLINT", "65535"), ("4294967295::UINTEGER", "4294967295"),
            ("18446744073709551615::UBIGINT", "18446744073709551615"), ("1.5::FLOAT", "1.5"), ("0.1::DOUBLE", "0.1"),
            ("true", "true"), ("'naïve ☃'", "naïve ☃"), ("''", ""), ("'\\x00\\xFF'::BLOB", "00ff"),
            ("3.50::DECIMAL(4,2)", "3.50"), ("-0.07::DECIMAL(9,2)", "-0.07"),
            ("12345678901234.5678::DECIMAL(18,4)", "12345678901234.5678"),
            ("-12345678901234567890123456789012345678::DECIMAL(38,0)", "-12345678901234567890123456789012345678"),
            ("170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727"),
            ("DATE '2024-02-29'", "2024-02-29"), ("DATE '0044-03-15 (BC)'", "-0043-03-15"),
            ("TIME '12:30:00.25'", "12:30:00.25"), ("TIMESTAMP '1969-12-31 23:59:59.5'", "1969-12-31T23:59:59.5"),
            ("TIMESTAMPTZ '2024-01-01 12:00:00+02'", "2024-01-01T10:00:00Z"),
            ("TIMESTAMP_NS '2024-01-01 00:00:00.123456789'", "2024-01-01T00:00:00.123456789"),
            ("TIMESTAMP_S '2024-01-01 00:00:01'", "2024-01-01T00:00:01"),
            ("INTERVAL '14 months 3 days 1.5 seconds'", "P14M3DT1.5S"),
            ("[1, NULL, 3]", "[1,null,3]"), ("['a', 'b\"c']", #"["a","b\"c"]"#), ("[]::INTEGER[]", "[]"),
            ("[1, 2]::INTEGER[2]", "[1,2]"), ("{'a': 1, 'b': ['x']}", #"{"a":1,"b":["x"]}"#),
            ("MAP {'k': 1.5}", #"{"k":1.5}"#), ("'b'::ENUM('a', 'b')", "b"),
            ("'8a7b8e54-92a5-4a7e-8c0b-2f1a36b8a000'::UUID", "8a7b8e54-92a5-4a7e-8c0b-2f1a36b8a000"),
            ("union_value(n := 7)", "7"),
        ]
    )
    func types(sql: String, expected: String) async throws {
        let connection = try await DuckDB.connect()
        let rows = try await DuckDB.rows(
            connection,
            "SELECT v FROM (VALUES (1, \(sql)), (2, NULL)) AS t(i, v) ORDER BY i"
        )
        #expect(rows == [[expected], [nil]])
    }

    @Test("an enum arrives as a dictionary") func enumeration() async throws {
        let connection = try await DuckDB.connect()
        try await connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
        let stream = try await connection.query("SELECT unnest(['ok', NULL, 'happy', 'ok'])::mood AS m")
        let batches = try await stream.collect()
        let column = try #require(batches.first).column(named: "m")
        guard case .dictionary(_, .utf8) = column.type else {
            Issue.record("the column is \(column.type)")
            return
        }
        let view = try column.utf8()
        #expect((0..<4).map { view[$0] } == ["ok", nil, "happy", "ok"])
        #expect(column.dictionaryValues?.count == 3)
        #expect(try column.dictionaryIndices()[2] == 2)
    }

    @Test("a large result arrives whole and in order") func large() async throws {
        let connection = try await DuckDB.connect()
        let stream = try await connection.query("SELECT range AS i FROM range(1_000_000)")
        var next: Int64 = 0
        for try await batch in stream {
            let values = try batch.column(0).values(as: Int64.self)
            values.withUnsafeBuffer { buffer in
                for value in buffer {
                    if value != next { Issue.record("\(value) where \(next) belongs") }
                    next += 1
                }
            }
        }
        #expect(next == 1_000_000)
    }

    @Test("an empty result has its schema") func empty() async throws {
        let connection = try await DuckDB.connect()
        let stream = try await connection.query("SELECT 1 AS a, 'x' AS b WHERE false")
        #expect(stream.schema.fields.map(\.name) == ["a", "b"])
        #expect(try await stream.collect().reduce(0) { $0 + $1.count } == 0)
    }

    @Test("parameters of every kind are bound") func parameters() async throws {
        let connection = try await DuckDB.connect()
        let moment = Timestamp(seconds: 1_700_000_000, nanoseconds: 250_000_000)
        let day = try #require(CalendarDate("2024-02-29"))
        let rows = try await DuckDB.rows(
            connection,
            "SELECT ?::VARCHAR, ?::BIGINT, ?::DOUBLE, ?::BOOLEAN, ?::BLOB, ?::TIMESTAMPTZ, ?::DATE, ?::INTEGER, ?::VARCHAR",
            ["it's", 42, 2.5, true, .binary([0, 255]), .timestamp(moment), .date(day), nil, nil]
        )
        #expect(
            rows == [["it's", "42", "2.5", "true", "00ff", "2023-11-14T22:13:20.25Z", "2024-02-29", nil, nil]]
        )
    }

    @Test("a parameter cannot change the statement") func injection() async throws {
        let connection = try await DuckDB.connect()
        try await connection.execute("CREATE TABLE t AS SELECT 'x' AS s")
        let rows = try await DuckDB.rows(connection, "SELECT s FROM t WHERE s = ?", ["' OR '1'='1"])
        #expect(rows.isEmpty)
    }

    @Test("changes say how many rows they touched") func affected() async throws {
        let connection = try await DuckDB.connect()
        try await connection.execute("CREATE TABLE t (i INTEGER)")
        #expect(try await connection.execute("INSERT INTO t SELECT range FROM range(100)") == 100)
        #expect(try await connection.execute("DELETE FROM t WHERE i < ?", [10]) == 10)
        #expect(try await connection.execute("UPDATE t SET i = i + 1") == 90)
    }

    @Test("a statement is run once for each row of a batch") func rows() async throws {
        let connection = try await DuckDB.connect()
        try await connection.execute("CREATE TABLE t (id BIGINT, name VARCHAR)")
        try await connection.execute("INSERT INTO t VALUES (?, ?)", rows: try DuckDB.batch(start: 0, count: 25))
        #expect(
            try await DuckDB.rows(connection, "SELECT count(*), count(name), sum(id) FROM t") == [["25", "22", "300"]]
        )
    }

    @Test("a syntax error keeps the database's message, and the connection stays usable") func syntaxError()
        async throws
    {
        let connection = try await DuckDB.connect()
        let error = await #expect(throws: ADBCError.self) { try await connection.query("SELEC 1") }
        #expect(error?.message.contains("syntax error") == true)
        #expect(error?.code == .invalidArgument)
        #expect(connection.isBroken == false)
        #expect(try await DuckDB.rows(connection, "SELECT 1") == [["1"]])
    }

    @Test("an error in the middle of a result is thrown, not taken for its end") func lateError() async throws {
        let connection = try await DuckDB.connect()
        let error = await #expect(throws: (any Error).self) {
            let sql = "SELECT CASE WHEN range = 900000 THEN error('row ' || range) ELSE 'ok' END FROM range(1000000)"
            for try await _ in try await connection.query(sql) {}
        }
        #expect(String(describing: error).contains("row 900000"))
    }

    @Test("an error about the data quotes it only where it may", arguments: [true, false])
    func valuesInErrors(quoted: Bool) async throws {
        let database = try Database(driver: try Driver.load("duckdb"), errorsQuoteValues: quoted)
        let connection = try await database.connect()
        try await connection.execute(
            "CREATE TABLE people (mail VARCHAR PRIMARY KEY); INSERT INTO people VALUES ('zoe@b.example')"
        )
        for sql in ["SELECT CAST(mail AS INTEGER) FROM people", "INSERT INTO people VALUES (lower('ZOE@b.example'))"] {
            let error = await #expect(throws: ADBCError.self) { _ = try await DuckDB.rows(connection, sql) }
            #expect(error?.message.contains("zoe@b") == quoted, "\(error?.message ?? "")")
        }
        // The name of a column that is not there is no value of the data.
        let wrong = await #expect(throws: ADBCError.self) {
            _ = try await DuckDB.rows(connection, "SELECT nothing FROM people")
        }
        #expect(wrong?.message.contains("nothing") == true)
    }

    @Test("a violated constraint is an error") func constraint() async throws {
        let connection = try await DuckDB.connect()
        try await connection.execute("CREATE TABLE t (i INTEGER PRIMARY KEY)")
        try await connection.execute("INSERT INTO t VALUES (1)")
        await #expect(throws: ADBCError.self) { try await connection.execute("INSERT INTO t VALUES (1)") }
    }

    @Test("a result may be dropped before its end") func abandoned() async throws {
        let connection = try await DuckDB.connect()
        for _ in 0..<20 {
            for try await _ in try await connection.query("SELECT range FROM range(1000000)") { break }
        }
        #expect(try await DuckDB.rows(connection, "SELECT 1") == [["1"]])
    }

    @Test("a transaction is committed, or undone when its body throws") func transactions() async throws {
        struct Abort: Error {}
        let connection = try await DuckDB.connect()
        try await connection.execute("CREATE TABLE t (i INTEGER)")
        try await connection.withTransaction { _ = try await connection.execute("INSERT INTO t VALUES (1)") }
        await #expect(throws: Abort.self) {
            try await connection.withTransaction {
                try await connection.execute("INSERT INTO t VALUES (2)")
                throw Abort()
            }
        }
        #expect(try await DuckDB.rows(connection, "SELECT i FROM t") == [["1"]])
    }

    @Test("a database file is read again after it was closed") func files() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.duckdb"
        do {
            let connection = try await DuckDB.open(["path": path, "threads": "1"]).connect()
            try await connection.execute("CREATE TABLE t AS SELECT 7 AS i")
            try await connection.close()
        }
        let connection = try await DuckDB.open(["path": path, "access_mode": "READ_ONLY"]).connect()
        #expect(try await DuckDB.rows(connection, "SELECT i FROM t") == [["7"]])
        await #expect(throws: ADBCError.self) { try await connection.execute("INSERT INTO t VALUES (8)") }
    }

    @Test("the same file opened twice in one process is one database") func sameFile() async throws {
        let folder = try TemporaryFolder()
        let first = try await DuckDB.open(["path": folder.path + "/a.duckdb"]).connect()
        try await first.execute("CREATE TABLE t AS SELECT 7 AS i")
        let second = try await DuckDB.open(["path": folder.path + "/a.duckdb"]).connect()
        #expect(try await DuckDB.rows(second, "SELECT i FROM t") == [["7"]])
    }

    @Test(
        "errors are told apart by their code",
        arguments: [
            ("SELECT * FROM absent", ADBCError.Code.notFound), ("SELECT absent", .invalidArgument),
            ("SELECT 'x'::INTEGER", .invalidData),
            ("CREATE TABLE t (i INTEGER); CREATE TABLE t (i INTEGER)", .alreadyExists),
            ("SELECT * FROM read_csv('/nonexistent.csv')", .io),
            ("CREATE TABLE u (i INTEGER CHECK (i > 0)); INSERT INTO u VALUES (0)", .integrity),
        ]
    )
    func codes(sql: String, code: ADBCError.Code) async throws {
        let connection = try await DuckDB.connect()
        let error = await #expect(throws: ADBCError.self) {
            _ = try await connection.query(sql).collect()
        }
        #expect(error?.code == code, "\(String(describing: error))")
        #expect(connection.isBroken == false)
    }

    @Test("an unknown option is an error that names it") func unknownOption() {
        let error = #expect(throws: ADBCError.self) { try DuckDB.open(["no_such_option": "1"]) }
        #expect(error?.message.contains("no_such_option") == true)
    }

    @Test("a database that cannot be opened is an error that names it") func cannotOpen() {
        let error = #expect(throws: ADBCError.self) { try DuckDB.open(["path": "/nonexistent/folder/a.duckdb"]) }
        #expect(error?.message.contains("/nonexistent/folder") == true)
    }

    @Test("the columns of a table are listed") func tableSchema() async throws {
        let connection = try await DuckDB.connect()
        try await connection.execute("CREATE TABLE t (id BIGINT NOT NULL, name VARCHAR)")
        let schema = try await connection.schema(ofTable: "t")
        #expect(schema.fields.map(\.name) == ["id", "name"])
        await #expect(throws: ADBCError.self) { try await connection.schema(ofTable: "absent") }
    }

    @Test("a closed connection refuses work") func closed() async throws {
        let connection = try await DuckDB.connect()
        try await connection.close()
        let error = await #expect(throws: ADBCError.self) { try await connection.query("SELECT 1") }
        #expect(error?.code == .invalidState)
    }

    @Test("several statements in one text all run") func several() async throws {
        let connection = try await DuckDB.connect()
        try await connection.execute("CREATE TABLE a (i INTEGER); INSERT INTO a VALUES (1); INSERT INTO a VALUES (2)")
        #expect(try await DuckDB.rows(connection, "SELECT count(*) FROM a") == [["2"]])
    }
}
