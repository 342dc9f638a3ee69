// Rows read by COPY from a real PostgreSQL and decoded here.

import ADBC
import Arrow
import Foundation
import Testing

@Suite("Reading by COPY", .serialized) struct CopyTests {
    private func connect() async throws -> CopyConnection {
        try await CopyConnection.open(uri: try PostgreSQL.shared.get().uri)
    }

    /// A query's rows as texts.
    private func rows(_ sql: String, _ types: [DataType], metadata: [String: String] = [:]) async throws -> [[String?]]
    {
        let connection = try await connect()
        let fields = types.enumerated().map { Field("c\($0.offset)", $0.element, metadata: metadata) }
        var rows: [[String?]] = []
        for try await batch in try await connection.copy(sql, schema: Schema(fields)) {
            for row in 0..<batch.count { rows.append(batch.columns.map { $0.text(at: row) }) }
        }
        await connection.close()
        return rows
    }

    @Test("values of every type arrive, extremes and NULL too")
    func types() async throws {
        let sql = """
            SELECT * FROM (VALUES
            (1, true, 32767::int2, 2147483647, 9223372036854775807, 1.5::float4, -2.25::float8, 'grün', DATE '1999-12-31',
                TIMESTAMP '1969-07-20 20:17:40.000001', TIMESTAMPTZ '2024-02-29 12:00:00+02', TIME '23:59:59.999999'),
            (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (3, false, (-32768)::int2, -2147483648, -9223372036854775808, '-Infinity', 1e308, '', DATE '2000-01-01',
                TIMESTAMP '2000-01-01 00:00:00', TIMESTAMPTZ '1900-01-01 00:00:00+00', TIME '00:00:00')) v ORDER BY column1
            """
        let found = try await rows(
            sql,
            [
                .int32, .bool, .int16, .int32, .int64, .float32, .float64, .utf8, .date32,
                .timestamp(.microsecond, timezone: nil), .timestamp(.microsecond, timezone: "UTC"),
                .time64(.microsecond),
            ]
        )
        #expect(found.count == 3)
        #expect(
            found[0].dropLast() == [
                "1", "true", "32767", "2147483647", "9223372036854775807", "1.5", "-2.25", "grün", "1999-12-31",
                "1969-07-20T20:17:40.000001", "2024-02-29T10:00:00Z",
            ]
        )
        #expect(found[0].last??.hasPrefix("23:59:59.999999") == true, "\(found[0])")
        #expect(found[1] == ["2"] + [String?](repeating: nil, count: 11))
        #expect(found[2][1...4] == ["false", "-32768", "-2147483648", "-9223372036854775808"])
        #expect(found[2][7...9] == ["", "2000-01-01", "2000-01-01T00:00:00"])
    }

    @Test("bytes, identifiers and JSON arrive as they are")
    func bytes() async throws {
        let id = try await rows("SELECT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", [.fixedSizeBinary(16)])
        #expect(id.count == 1 && id[0][0] != nil)
        let json = try await rows(
            "SELECT '{\"a\": [1, 2]}'::jsonb",
            [.utf8],
            metadata: ["POSTGRESQL:type": "jsonb"]
        )
        #expect(json == [["{\"a\": [1, 2]}"]])
        let connection = try await connect()
        let stream = try await connection.copy(
            "SELECT '\\x00ff10'::bytea UNION ALL SELECT ''::bytea",
            schema: Schema([Field("b", .binary)])
        )
        let batch = try #require(try await stream.collect().first)
        #expect(batch.count == 2)
        await connection.close()
    }

    @Test("decimals of up to 18 digits are exact, whatever their digits")
    func decimals() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let connection = try await connect()
        for (precision, scale) in [(1, 0), (5, 2), (9, 0), (9, 9), (10, 4), (18, 0), (18, 2), (18, 6), (18, 18)] {
            let most = (0..<precision).reduce(Int64(1)) { power, _ in power * 10 } - 1
            var values: [Int64] = [0, 1, -1, most, -most]
            for digits in 1...precision {
                let bound = (0..<digits).reduce(Int64(1)) { power, _ in power * 10 } - 1
                for _ in 0..<20 { values.append(Int64.random(in: -bound...bound, using: &random)) }
                // Zeros at the end, which PostgreSQL leaves out.
                values.append(bound + 1 <= most ? bound + 1 : bound)
            }
            let list = values.map { "(\($0)::numeric * 1e-\(scale)::numeric(38, \(scale)))" }.joined(separator: "), (")
            let sql = "SELECT v::numeric(\(precision), \(scale)) FROM (VALUES (\(list))) t(v)"
            let type: DataType =
                precision <= 9
                ? .decimal32(precision: precision, scale: scale) : .decimal64(precision: precision, scale: scale)
            let stream = try await connection.copy(sql, schema: Schema([Field("v", type)]))
            let texts = try await stream.collect().flatMap { batch in
                (0..<batch.count).map { batch.column(0).text(at: $0) }
            }
            let wanted = values.map { Self.decimal($0, scale) }
            #expect(texts == wanted, "numeric(\(precision), \(scale)), seed \(seed)")
        }
        await connection.close()
    }

    /// A whole number of units of the last digit, written as a decimal.
    private static func decimal(_ units: Int64, _ scale: Int) -> String {
        guard scale > 0 else { return String(units) }
        var digits = String(units.magnitude)
        digits = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return (units < 0 ? "-" : "") + digits.dropLast(scale) + "." + digits.suffix(scale)
    }

    @Test("a decimal that is no number, and a time that cannot be counted, are errors that do not show the value")
    func refused() async throws {
        for (sql, type, state) in [
            ("SELECT 'NaN'::numeric", DataType.decimal64(precision: 18, scale: 2), "22003"),
            ("SELECT 12345678901234567890::numeric", .decimal64(precision: 18, scale: 2), "22003"),
            ("SELECT 0.125::numeric", .decimal64(precision: 18, scale: 2), "22003"),
            ("SELECT TIMESTAMP '294276-12-31'", .timestamp(.microsecond, timezone: nil), "22008"),
            ("SELECT 1::int8", .int32, "22P03"),
        ] {
            await #expect("\(sql)") {
                _ = try await rows(sql, [type])
            } throws: { error in
                guard let error = error as? ADBCError else { return false }
                return error.code == .invalidData && error.sqlState == state && error.location == "copy.c0"
                    && !error.message.contains("294276") && !error.message.contains("1234")
            }
        }
    }

    @Test("infinite dates and times are infinite in Parquet files too")
    func infinite() async throws {
        let folder = try TemporaryFolder()
        let connection = try await connect()
        let stream = try await connection.copy(
            """
            SELECT 'infinity'::timestamp, '-infinity'::timestamptz, 'infinity'::date, '-infinity'::date
            """,
            schema: Schema([
                Field("a", .timestamp(.microsecond, timezone: nil)),
                Field("b", .timestamp(.microsecond, timezone: "UTC")),
                Field("c", .date32), Field("d", .date32),
            ])
        )
        let streams = try StreamDatabase(driver: try Driver.load("duckdb"))
        _ = try await streams.run(over: stream) { "COPY (FROM \($0)) TO '\(folder.path)/a.parquet' (FORMAT parquet)" }
        let read = try await DuckDB.rows(
            try await DuckDB.connect(),
            "SELECT a::VARCHAR, b::VARCHAR, c::VARCHAR, d::VARCHAR FROM read_parquet('\(folder.path)/a.parquet')"
        )
        #expect(read == [["infinity", "-infinity", "infinity", "-infinity"]])
        await connection.close()
    }

    @Test("a table without rows gives its columns and no batch; a connection is of use again afterwards")
    func empty() async throws {
        let connection = try await connect()
        let stream = try await connection.copy("SELECT 1 WHERE false", schema: Schema([Field("a", .int32)]))
        #expect(stream.schema.fields.map(\.name) == ["a"])
        #expect(try await stream.collect().isEmpty)
        #expect(try await connection.firstText("SELECT 'here'") == "here")
        await connection.close()
        #expect(connection.isBroken)
    }

    @Test("many rows and very long texts arrive whole, in several batches")
    func long() async throws {
        let connection = try await connect()
        let many = try await connection.copy(
            "SELECT i, CASE WHEN i % 3 > 0 THEN 'n' || i END FROM generate_series(1, 100000) i",
            schema: Schema([Field("i", .int32), Field("n", .utf8)])
        )
        var next: Int64 = 1
        var batches = 0
        for try await batch in many {
            batches += 1
            for row in 0..<batch.count {
                #expect(batch.column(0).integer(at: row) == next)
                #expect(batch.column(1).text(at: row) == (next % 3 > 0 ? "n\(next)" : nil))
                next += 1
            }
        }
        #expect(next == 100_001 && batches > 1)
        let long = try await connection.copy(
            "SELECT repeat(i::text, 20000000) FROM generate_series(1, 3) i",
            schema: Schema([Field("t", .utf8)])
        )
        var lengths: [Int] = []
        for try await batch in long {
            for row in 0..<batch.count { lengths.append(batch.column(0).text(at: row)?.utf8.count ?? -1) }
        }
        #expect(lengths == [20_000_000, 20_000_000, 20_000_000])
        await connection.close()
    }

    @Test("the greatest value of a column is known after the rows, without those that lie beyond the limit")
    func greatest() async throws {
        let connection = try await connect()
        let watch = GreatestValue(of: "a", upTo: 90)
        let stream = try await connection.copy(
            "SELECT CASE WHEN i <> 90 THEN i END FROM generate_series(1, 100) i",
            schema: Schema([Field("a", .int32)]),
            watch: watch
        )
        #expect(watch.value == nil)
        _ = try await stream.collect()
        #expect(watch.value == 89)
        await connection.close()
    }

    @Test("a cancelled task stops the server's work, and throws that it was cancelled", .timeLimit(.minutes(2)))
    func cancelled() async throws {
        let connection = try await connect()
        let pid = try #require(try await connection.firstText("SELECT pg_backend_pid()"))
        let task = Task {
            let stream = try await connection.copy(
                "SELECT i FROM generate_series(1, 10) i, LATERAL (SELECT pg_sleep(600 + i * 0)) s",
                schema: Schema([Field("i", .int32)])
            )
            _ = try await stream.collect()
        }
        let other = try await connect()
        let isBusy = "SELECT count(*) FROM pg_stat_activity WHERE pid = \(pid) AND wait_event = 'PgSleep'"
        while try await other.firstText(isBusy) == "0" { try await Task.sleep(for: .milliseconds(20)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        while try await other.firstText(isBusy) != "0" { try await Task.sleep(for: .milliseconds(20)) }
        await other.close()
        await connection.close()
    }

    @Test("a server process that is killed half way is an error with its SQLSTATE, and breaks the connection")
    func killed() async throws {
        let connection = try await connect()
        let pid = try #require(try await connection.firstText("SELECT pg_backend_pid()"))
        let stream = try await connection.copy(
            "SELECT i, repeat('x', 1000) FROM generate_series(1, 1000000) i",
            schema: Schema([Field("i", .int32), Field("t", .utf8)])
        )
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next() != nil)
        let other = try await connect()
        _ = try await other.firstText("SELECT pg_terminate_backend(\(pid))")
        await #expect {
            while try await iterator.next() != nil {}
        } throws: { error in
            guard let error = error as? ADBCError else { return false }
            return error.breaksConnection && (error.sqlState == "57P01" || error.code == .io)
        }
        #expect(connection.isBroken)
        await other.close()
        await connection.close()
    }

    @Test("a result that is dropped before its end leaves a connection that is not used again", .timeLimit(.minutes(2)))
    func dropped() async throws {
        let connection = try await connect()
        do {
            let stream = try await connection.copy(
                "SELECT i FROM generate_series(1, 1000000) i",
                schema: Schema([Field("i", .int32)])
            )
            var iterator = stream.makeAsyncIterator()
            _ = try await iterator.next()
        }
        // The connection's thread lets go of the result a moment after the test does.
        while !connection.isBroken { try await Task.sleep(for: .milliseconds(5)) }
        await #expect(throws: ADBCError.self) { try await connection.execute("SELECT 1") }
        await connection.close()
    }

    @Test("an error of the statement has the server's SQLSTATE; one of connecting does not show the password")
    func errors() async throws {
        let connection = try await connect()
        await #expect {
            _ = try await connection.copy("SELECT * FROM nowhere", schema: Schema([Field("a", .int32)]))
        } throws: {
            ($0 as? ADBCError)?.sqlState == "42P01"
        }
        #expect(try await connection.firstText("SELECT 1") == "1")
        await connection.close()
        var parts = try #require(URLComponents(string: try PostgreSQL.shared.get().uri))
        parts.password = "hush-hush-42"
        let wrong = try #require(parts.string)
        await #expect {
            _ = try await CopyConnection.open(uri: wrong)
        } throws: {
            "\($0)".contains("password authentication failed") && !"\($0)".contains("hush-hush")
        }
    }
}

/// SplitMix64, which repeats from its seed.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
