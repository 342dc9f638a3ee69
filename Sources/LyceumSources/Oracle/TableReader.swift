// Reads one table: learns its columns, divides it into ranges, and hands each range's stream to the sink.

import ADBC
import Arrow
import Foundation
import LyceumCore
import Synchronization

/// One reading of one table.
struct TableReader: Sendable {
    let dialect: SQLDialect
    let options: OracleConfiguration.TableConfiguration
    let schema: String?
    let request: ExtractRequest
    let lagSeconds: Int
    /// How many connections may be used at once.
    let workers: Int

    /// Whether decimals may be read as integers that count their last digit's unit; off after a value did not fit.
    var scaled = true

    private static let attemptsPerRange = 3

    var table: String { request.dataset.table }

    /// Reads the table.
    ///
    /// - Throws: ``SourceError`` for the database's errors; the sink's own errors unchanged.
    func read(from pool: ConnectionPool, into sink: any ExtractSink) async throws -> Extraction {
        try await pool.lend(at: table) { leader in
            var plan = try await classified("planning") { try await self.plan(on: leader) }
            let view = try await classified("opening a consistent view") {
                try await ConsistentView.open(dialect, plan.queries.table, on: leader)
            }
            let ranges = view.allowsRanges ? plan.ranges : [RowRange()]
            let rows: Int64
            do {
                rows = try await readRanges(ranges, plan.queries, view, leader: leader, pool: pool, into: sink)
                // After the rows and in the same view: a row that came meanwhile must not look deleted.
                if plan.wantsKeys { try await readKeys(plan.queries, view, on: leader, into: sink) }
            } catch {
                await view.end(on: leader)
                throw error
            }
            await view.end(on: leader)
            if plan.wantsKeys || plan.queries.since == nil { plan.schema.keysReadAt = Timestamp.iso(Date()) }
            return Extraction(
                rows: rows,
                watermark: plan.watermark,
                isComplete: plan.queries.since == nil,
                hasAllKeys: plan.wantsKeys,
                notes: (view.note.map { [$0] } ?? []) + plan.notes,
                drift: plan.drift,
                fingerprint: plan.schema.fingerprint
            )
        }
    }

    /// The table's first rows.
    func preview(from pool: ConnectionPool, rows: Int) async throws -> [RecordBatch] {
        try await pool.lend(at: table) { connection in
            let prepared = try await prepare(on: connection)
            return try await classified("reading \(options.from)") {
                try await connection.query(prepared.queries.preview(rows: rows), types: prepared.queries.types)
                    .collect()
            }
        }
    }

    // MARK: Reading

    private func readRanges(
        _ ranges: [RowRange],
        _ queries: TableQueries,
        _ view: ConsistentView,
        leader: Connection,
        pool: ConnectionPool,
        into sink: any ExtractSink
    ) async throws -> Int64 {
        let queue = RangeQueue(ranges)
        return try await withThrowingTaskGroup(of: Int64.self) { group in
            group.addTask {
                var rows: Int64 = 0
                while let range = queue.next() {
                    rows += try await deliver(
                        queries.rows(in: range, view: view),
                        queries.types,
                        on: leader,
                        into: sink
                    )
                }
                return rows
            }
            for _ in 1..<max(1, min(workers, ranges.count)) {
                group.addTask {
                    var rows: Int64 = 0
                    while let range = queue.next() {
                        rows += try await follow(range, queries, view, leader, pool, into: sink)
                    }
                    return rows
                }
            }
            return try await group.reduce(0, +)
        }
    }

    /// Reads a range on a connection of the pool that joins the leader's view; on another one if that breaks.
    private func follow(
        _ range: RowRange,
        _ queries: TableQueries,
        _ view: ConsistentView,
        _ leader: Connection,
        _ pool: ConnectionPool,
        into sink: any ExtractSink
    ) async throws -> Int64 {
        var attempt = 0
        while true {
            attempt += 1
            do {
                return try await pool.lend(at: table) { connection in
                    do {
                        try await view.join(on: connection)
                    } catch let error as ADBCError {
                        // The view ends with the connection that opened it; the whole table is then read again.
                        throw SourceError(
                            .interrupted,
                            "The consistent view of \(options.from) has ended: \(error.message)",
                            location: table,
                            cause: error
                        )
                    }
                    do {
                        let sql = queries.rows(in: range, view: view)
                        let rows = try await deliver(sql, queries.types, on: connection, into: sink)
                        await view.end(on: connection)
                        return rows
                    } catch {
                        await view.end(on: connection)
                        throw error
                    }
                }
            } catch let error as SourceError
                where error.isRetryable && attempt < Self.attemptsPerRange && !leader.isBroken
            {
                try await Task.sleep(for: .milliseconds(Int.random(in: 50...200) << attempt))
            }
        }
    }

    /// Hands the keys of all rows to the sink.
    private func readKeys(
        _ queries: TableQueries,
        _ view: ConsistentView,
        on connection: Connection,
        into sink: any ExtractSink
    ) async throws {
        try await handing("reading the keys of \(options.from)", on: connection) {
            let stream = try await connection.query(queries.keys(view: view), types: queries.keyTypes)
            return { _ = try await sink.writeKeys(stream) }
        }
    }

    /// Hands one query's stream to the sink.
    private func deliver(
        _ sql: String,
        _ types: [String: DataType],
        on connection: Connection,
        into sink: any ExtractSink
    ) async throws -> Int64 {
        let rows = try await handing("reading \(options.from)", on: connection) {
            let stream = try await connection.query(sql, options: dialect.streamOptions, types: types)
            return { try await sink.write(stream) }
        }
        request.onProgress(rows)
        return rows
    }

    /// Starts a query, whose errors are the source's, and hands its stream over, whose errors may be the sink's.
    private func handing<Result>(
        _ doing: String,
        on connection: Connection,
        _ start: () async throws -> () async throws -> Result
    ) async throws -> Result {
        let write = try await classified(doing, start)
        do {
            return try await write()
        } catch let error as ADBCError where connection.isBroken || error.location == connection.database.driver.name {
            // The sink may itself write through ADBC: the error is the source's if the source's connection is broken, or
            // cannot answer any more.
            if await isAlive(connection) { throw error }
            throw SourceError(
                .interrupted,
                "\(options.from) broke off while it was being read: \(error.message)",
                location: table,
                cause: error
            )
        }
    }

    private func isAlive(_ connection: Connection) async -> Bool {
        guard !connection.isBroken else { return false }
        return (try? await connection.firstText(dialect.aliveQuery)) != nil
    }

    func classified<Result>(_ doing: String, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            throw DatabaseFault.sourceError(error, doing: doing, location: table)
        }
    }
}

/// Ranges that several tasks take turns with.
private final class RangeQueue: Sendable {
    private let ranges: Mutex<[RowRange]>

    init(_ ranges: [RowRange]) {
        self.ranges = Mutex(ranges.reversed())
    }

    func next() -> RowRange? { ranges.withLock { $0.popLast() } }
}
