// Bulk ingest into a real DuckDB.

import ADBC
import Arrow
import Testing

@Suite struct IngestTests {
    private struct Failure: Error, Equatable {}

    private func count(_ connection: Connection, _ table: String) async throws -> String? {
        try await DuckDB.rows(connection, "SELECT count(*) FROM \(table)").first?[0]
    }

    @Test("batches become a table, nulls included") func create() async throws {
        let connection = try await DuckDB.connect()
        let batches = [try DuckDB.batch(start: 0, count: 10), try DuckDB.batch(start: 10, count: 5)]
        let written = try await connection.ingest(batches, into: "t")
        #expect(written == 15 || written == -1)
        #expect(
            try await DuckDB.rows(connection, "SELECT count(*), count(name), sum(id) FROM t") == [["15", "13", "105"]]
        )
    }

    @Test("each mode treats an existing table as it says") func modes() async throws {
        let connection = try await DuckDB.connect()
        let batch = [try DuckDB.batch(start: 0, count: 10)]
        await #expect(throws: ADBCError.self) { try await connection.ingest(batch, into: "t", mode: .append) }
        try await connection.ingest(batch, into: "t", mode: .create)
        await #expect(throws: ADBCError.self) { try await connection.ingest(batch, into: "t", mode: .create) }
        try await connection.ingest(batch, into: "t", mode: .append)
        #expect(try await count(connection, "t") == "20")
        try await connection.ingest(batch, into: "t", mode: .createAppend)
        #expect(try await count(connection, "t") == "30")
        try await connection.ingest(batch, into: "t", mode: .replace)
        #expect(try await count(connection, "t") == "10")
        try await connection.ingest(batch, into: "u", mode: .createAppend)
        #expect(try await count(connection, "u") == "10")
    }

    @Test("a table is made in another schema, or as a temporary one") func places() async throws {
        let connection = try await DuckDB.connect()
        try await connection.execute("CREATE SCHEMA raw")
        let batch = [try DuckDB.batch(start: 0, count: 3)]
        try await connection.ingest(batch, into: "t", schema: "raw")
        #expect(try await count(connection, "raw.t") == "3")
        try await connection.ingest(batch, into: "v", temporary: true)
        #expect(
            try await DuckDB.rows(connection, "SELECT temporary FROM duckdb_tables() WHERE table_name = 'v'") == [
                ["true"]
            ]
        )
    }

    @Test("a name with quotes and spaces is a name") func oddName() async throws {
        let connection = try await DuckDB.connect()
        try await connection.ingest([try DuckDB.batch(start: 0, count: 3)], into: "a \"b\"; c")
        #expect(try await count(connection, "\"a \"\"b\"\"; c\"") == "3")
    }

    @Test("a result goes from one database to another") func handOver() async throws {
        let source = try await DuckDB.connect()
        let target = try await DuckDB.connect()
        let stream = try await source.query("SELECT range AS id, 'n' || range AS name FROM range(300_000)")
        try await target.ingest(stream, into: "t")
        #expect(
            try await DuckDB.rows(target, "SELECT count(*), sum(id), count(DISTINCT name) FROM t") == [
                ["300000", "44999850000", "300000"]
            ]
        )
    }

    @Test("a result that was begun is handed over from where it is") func handOverRest() async throws {
        let source = try await DuckDB.connect()
        let target = try await DuckDB.connect()
        let stream = try await source.query("SELECT range AS id FROM range(300_000)")
        var iterator = stream.makeAsyncIterator()
        let first = try #require(try await iterator.next())
        try await target.ingest(stream, into: "t")
        #expect(try await count(target, "t") == "\(300_000 - first.count)")
    }

    @Test("a source that fails half way fails the ingest with the source's error") func brokenSource() async throws {
        let source = try await DuckDB.connect()
        let target = try await DuckDB.connect()
        let error = await #expect(throws: (any Error).self) {
            let sql =
                "SELECT CASE WHEN range = 900000 THEN error('row ' || range) ELSE 'ok' END AS s FROM range(1000000)"
            try await target.ingest(try await source.query(sql), into: "t")
        }
        #expect(String(describing: error).contains("row 900000"))
        #expect(try await DuckDB.rows(target, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 't'") == [["0"]])
    }

    @Test("a result cannot be ingested through its own connection") func ownConnection() async throws {
        let connection = try await DuckDB.connect()
        let stream = try await connection.query("SELECT 1 AS i")
        let error = await #expect(throws: ADBCError.self) { try await connection.ingest(stream, into: "t") }
        #expect(error?.code == .invalidState)
    }

    @Test("a closure makes batches until it returns nil") func closure() async throws {
        let connection = try await DuckDB.connect()
        let source = Countdown(from: 20)
        try await connection.ingest(columns: DuckDB.numbered, into: "t") {
            try source.next().map { try DuckDB.batch(start: $0 * 1_000, count: 1_000) }
        }
        #expect(try await count(connection, "t") == "20000")
    }

    @Test("what the closure throws, the ingest throws") func closureThrows() async throws {
        let connection = try await DuckDB.connect()
        let source = Countdown(from: 3)
        await #expect(throws: Failure.self) {
            try await connection.ingest(columns: DuckDB.numbered, into: "t") {
                guard let number = source.next() else { throw Failure() }
                return try DuckDB.batch(start: number, count: 1)
            }
        }
        #expect(connection.isBroken == false)
    }

    @Test("an asynchronous sequence is ingested, never far ahead of the database") func sequence() async throws {
        let connection = try await DuckDB.connect()
        let batches = AsyncThrowingStream<RecordBatch, any Error> { continuation in
            for index in 0..<50 {
                do {
                    continuation.yield(try DuckDB.batch(start: index * 100, count: 100))
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.finish()
        }
        try await connection.ingest(columns: DuckDB.numbered, from: batches, into: "t")
        #expect(try await DuckDB.rows(connection, "SELECT count(*), sum(id) FROM t") == [["5000", "12497500"]])
    }

    @Test("what the sequence throws, the ingest throws") func sequenceThrows() async throws {
        let connection = try await DuckDB.connect()
        let batches = AsyncThrowingStream<RecordBatch, any Error> { continuation in
            continuation.finish(throwing: Failure())
        }
        await #expect(throws: Failure.self) {
            try await connection.ingest(columns: DuckDB.numbered, from: batches, into: "t")
        }
    }

    @Test("a sequence is not left waiting when the database refuses") func refused() async throws {
        let connection = try await DuckDB.connect()
        let endless = AsyncStream<RecordBatch> { try? DuckDB.batch(start: 0, count: 10) }
        await #expect(throws: ADBCError.self) {
            try await connection.ingest(columns: DuckDB.numbered, from: endless, into: "absent", mode: .append)
        }
    }

    @Test("every type that can be built arrives in the database") func types() async throws {
        let connection = try await DuckDB.connect()
        let schema = Schema([
            Field("b", .bool), Field("i", .int32), Field("d", .float64),
            Field("m", .decimal128(precision: 10, scale: 2)),
            Field("s", .largeUtf8), Field("x", .binary), Field("day", .date32),
            Field("at", .timestamp(.microsecond, timezone: "UTC")), Field("l", .list(Field("item", .utf8))),
            Field("st", .structure([Field("a", .int64), Field("b", .utf8)])),
            Field("e", .dictionary(index: .int32, value: .utf8)),
        ])
        var builder = try RecordBatchBuilder(schema: schema)
        builder.append(true, to: 0)
        builder.append(-7, to: 1)
        builder.append(2.5, to: 2)
        builder.append("12.50", to: 3)
        builder.append("é", to: 4)
        builder.append([0, 1, 255] as [UInt8], to: 5)
        builder.append(CalendarDate("2024-02-29"), to: 6)
        builder.append(Timestamp(seconds: 1_700_000_000), to: 7)
        builder.append(["p", "q"], to: 8)
        builder.append(.structure([.integer(1), .text("z")]), to: 9)
        builder.append("red", to: 10)
        for column in schema.fields.indices { builder.appendNull(to: column) }
        try await connection.ingest([try builder.finish()], into: "t")
        #expect(
            try await DuckDB.rows(connection, "SELECT * FROM t") == [
                [
                    "true", "-7", "2.5", "12.50", "é", "0001ff", "2024-02-29", "2023-11-14T22:13:20Z", #"["p","q"]"#,
                    #"{"a":1,"b":"z"}"#, "red",
                ],
                Array(repeating: nil, count: 11),
            ]
        )
    }
}

/// Numbers from `start - 1` down to 0, then nil.
final class Countdown: @unchecked Sendable {
    // Used by one thread at a time: a stream's consumer.
    private var remaining: Int

    init(from start: Int) { remaining = start }

    func next() -> Int? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        return remaining
    }
}
