// Cancelling what runs in a real DuckDB.

import ADBC
import Testing

@Suite struct CancellationTests {
    /// A query that would run for minutes.
    private static let endless =
        "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range * b.range % 7 = 3"

    @Test("a cancelled task stops the statement, and the connection stays usable") func task() async throws {
        let connection = try await DuckDB.connect()
        let task = Task { try await connection.execute(CancellationTests.endless) }
        try await Task.sleep(for: .milliseconds(200))
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(try await DuckDB.rows(connection, "SELECT 1") == [["1"]])
    }

    @Test("a cancel that comes at any moment leaves the connection usable", arguments: 0..<12)
    func anyMoment(_ step: Int) async throws {
        let connection = try await DuckDB.connect()
        let task = Task {
            var count = 0
            for try await batch in try await connection.query("SELECT range FROM range(20000000)") {
                count += batch.count
            }
            return count
        }
        try await Task.sleep(for: .microseconds(step * 700))
        task.cancel()
        _ = try? await task.value
        #expect(try await DuckDB.rows(connection, "SELECT 42") == [["42"]])
    }

    @Test("cancel() stops the statement with a driver error") func explicit() async throws {
        let connection = try await DuckDB.connect()
        async let result = connection.execute(CancellationTests.endless)
        try await Task.sleep(for: .milliseconds(300))
        connection.cancel()
        do {
            _ = try await result
            Issue.record("the statement ended")
        } catch let error as ADBCError {
            #expect(error.code == .cancelled)
        }
    }

    @Test("work queued behind a cancelled task is not harmed") func queued() async throws {
        let connection = try await DuckDB.connect()
        let task = Task { try await connection.execute(CancellationTests.endless) }
        try await Task.sleep(for: .milliseconds(100))
        async let next = DuckDB.rows(connection, "SELECT sum(range) FROM range(3000000)")
        task.cancel()
        #expect(try await next == [["4499998500000"]])
        _ = try? await task.value
    }

    @Test("an ingest is cancelled, and leaves nothing behind") func ingest() async throws {
        let source = try await DuckDB.connect()
        let target = try await DuckDB.connect()
        let task = Task {
            try await target.ingest(try await source.query("SELECT range AS i FROM range(100000000000)"), into: "t")
        }
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(try await DuckDB.rows(target, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 't'") == [["0"]])
    }
}
