// The pool's bounds, order and care for broken connections.

import ADBC
import Synchronization
import Testing

@Suite struct ConnectionPoolTests {
    private struct Failure: Error {}

    /// Counts who is inside, and the most at once.
    private final class Gauge: Sendable {
        private let state = Mutex((inside: 0, most: 0, order: [Int]()))

        func enter(_ id: Int = 0) {
            state.withLock {
                $0.inside += 1
                $0.most = max($0.most, $0.inside)
                $0.order.append(id)
            }
        }

        func leave() { state.withLock { $0.inside -= 1 } }
        var most: Int { state.withLock { $0.most } }
        var order: [Int] { state.withLock { $0.order } }
    }

    @Test("never more connections are lent than allowed") func bounded() async throws {
        let pool = ConnectionPool(database: try DuckDB.open(), maximum: 3)
        let gauge = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    try await pool.withConnection { connection in
                        gauge.enter()
                        _ = try await connection.execute("SELECT sum(range) FROM range(100000)")
                        gauge.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(gauge.most <= 3)
        #expect(gauge.most > 1)
        let counts = await pool.counts
        #expect(counts.lent == 0)
        #expect(counts.idle <= 3)
    }

    @Test("who waits is served in order of arrival") func fair() async throws {
        let pool = ConnectionPool(database: try DuckDB.open(), maximum: 1)
        let gauge = Gauge()
        let (signal, holder) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.withConnection { _ in for await _ in signal {} } }
            while await pool.counts.lent == 0 { await Task.yield() }
            for id in 1...5 {
                group.addTask { try await pool.withConnection { _ in gauge.enter(id) } }
                while await pool.counts.waiting < id { await Task.yield() }
            }
            holder.finish()
            try await group.waitForAll()
        }
        #expect(gauge.order == [1, 2, 3, 4, 5])
    }

    @Test("a body that throws gives its connection back") func throwing() async throws {
        let pool = ConnectionPool(database: try DuckDB.open(), maximum: 1)
        for _ in 0..<5 {
            await #expect(throws: Failure.self) { try await pool.withConnection { _ in throw Failure() } }
        }
        #expect(await pool.counts == (0, 1, 0))
    }

    @Test("a cancelled waiter leaves the line, and the pool goes on") func cancelledWaiter() async throws {
        let pool = ConnectionPool(database: try DuckDB.open(), maximum: 1)
        try await pool.withConnection { _ in
            let waiter = Task { try await pool.withConnection { _ in } }
            while await pool.counts.waiting == 0 { await Task.yield() }
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
        }
        try await pool.withConnection { _ in }
        #expect(await pool.counts == (0, 1, 0))
    }

    @Test("a connection in a transaction is not lent again") func openTransaction() async throws {
        let pool = ConnectionPool(database: try DuckDB.open(), maximum: 1)
        try await pool.withConnection { connection in
            try await connection.execute("CREATE TABLE t (i INTEGER)")
            try await connection.setAutocommit(false)
            try await connection.execute("INSERT INTO t VALUES (1)")
        }
        #expect(await pool.counts == (0, 0, 0))
        #expect(try await pool.withConnection { try await DuckDB.rows($0, "SELECT count(*) FROM t") } == [["0"]])
    }

    @Test("a result that leaves its body stays readable, and its connection is not lent again") func escaped()
        async throws
    {
        let pool = ConnectionPool(database: try DuckDB.open(), maximum: 1)
        let stream = try await pool.withConnection { try await $0.query("SELECT range FROM range(1000000)") }
        #expect(await pool.counts == (0, 0, 0))
        try await pool.withConnection { _ = try await $0.execute("SELECT 1") }
        #expect(try await stream.collect().reduce(0) { $0 + $1.count } == 1_000_000)
    }

    @Test("a pool that cannot connect does not lose its places") func cannotConnect() async throws {
        let server = try await Database.open(
            driver: try Driver.load("oracle"),
            options: ["uri": "oracle://u:p@127.0.0.1:9/x"]
        )
        let pool = ConnectionPool(database: server, maximum: 1)
        for _ in 0..<3 {
            await #expect(throws: ADBCError.self) {
                try await pool.withConnection { _ = try await $0.query("SELECT 1 FROM dual") }
            }
        }
        #expect(await pool.counts.lent == 0)
    }

    @Test("a closed pool refuses, also those who wait") func closed() async throws {
        let pool = ConnectionPool(database: try DuckDB.open(), maximum: 1)
        try await pool.withConnection { _ in
            let waiter = Task { try await pool.withConnection { _ in } }
            while await pool.counts.waiting == 0 { await Task.yield() }
            await pool.close()
            await #expect(throws: ADBCError.self) { try await waiter.value }
        }
        await #expect(throws: ADBCError.self) { try await pool.withConnection { _ in } }
    }
}
