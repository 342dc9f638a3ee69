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
    /// Where PostgreSQL is, whose rows are copied; nil for other databases, whose rows are read through the driver.
    var copyURI: Secret?
    /// Where the rows are read instead of here.
    var cluster: Cluster?

    /// Whether decimals may be read as integers that count their last digit's unit; off after a value did not fit.
    var scaled = true

    private static let attemptsPerRange = 3

    var table: String { request.dataset.table }

    /// Reads the table.
    ///
    /// - Throws: ``SourceError`` for the database's errors; the sink's own errors unchanged.
    func read(from pool: ConnectionPool, into sink: any ExtractSink) async throws -> Extraction {
        let plan = try await pool.lend(at: table) { connection in
            let plan = try await classified("planning") { try await self.plan(on: connection) }
            // The connections that copy take its place.
            if plan.queries.isCopied { try? await connection.close() }
            return plan
        }
        let cluster = plan.isForCluster ? cluster : nil
        let connections: RowConnections
        if let copyURI, plan.queries.isCopied {
            connections = .copy(uri: copyURI)
        } else {
            connections = .pool(pool)
        }
        return try await connections.lend(at: table) { leader in
            let view = try await classified("opening a consistent view") {
                try await ConsistentView.open(dialect, plan.queries.table, on: leader)
            }
            let ranges = view.allowsRanges ? plan.ranges : [RowRange()]
            let rows: Int64
            do {
                if let cluster {
                    rows = try await readOnCluster(cluster, ranges, plan, view, leader: leader, into: sink)
                } else {
                    rows = try await readRanges(ranges, plan, view, leader: leader, connections, into: sink)
                }
                // After the rows and in the same view: a row that came meanwhile must not look deleted.
                if plan.wantsKeys { try await readKeys(plan.queries, view, on: leader, into: sink) }
            } catch {
                await view.end(on: leader)
                throw error
            }
            await view.end(on: leader)
            var schema = plan.schema
            if plan.wantsKeys || plan.queries.since == nil { schema.keysReadAt = Timestamp.iso(Date()) }
            return Extraction(
                rows: rows,
                watermark: try plan.seenWatermark() ?? plan.watermark,
                isComplete: plan.queries.since == nil,
                hasAllKeys: plan.wantsKeys,
                notes: (view.note.map { [$0] } ?? []) + plan.notes
                    + (cluster == nil
                        ? [] : ["\(options.from) was read on the cluster in \(Self.parts(ranges.count))"]),
                drift: plan.drift,
                fingerprint: schema.fingerprint
            )
        }
    }

    private static func parts(_ count: Int) -> String { count == 1 ? "one part" : "\(count) parts" }

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
        _ plan: Plan,
        _ view: ConsistentView,
        leader: any RowConnection,
        _ connections: RowConnections,
        into sink: any ExtractSink
    ) async throws -> Int64 {
        let queue = RangeQueue(ranges)
        return try await withThrowingTaskGroup(of: Int64.self) { group in
            group.addTask {
                var rows: Int64 = 0
                while let range = queue.next() {
                    let query = plan.queries.rowQuery(in: range, view: view, watch: plan.watch)
                    rows += try await deliver(query, on: leader, into: sink)
                }
                return rows
            }
            for _ in 1..<max(1, min(workers, ranges.count)) {
                group.addTask {
                    var rows: Int64 = 0
                    while let range = queue.next() {
                        rows += try await follow(range, plan, view, leader, connections, into: sink)
                    }
                    return rows
                }
            }
            return try await group.reduce(0, +)
        }
    }

    /// Reads a range on a connection that joins the leader's view; on another one if that breaks.
    private func follow(
        _ range: RowRange,
        _ plan: Plan,
        _ view: ConsistentView,
        _ leader: any RowConnection,
        _ connections: RowConnections,
        into sink: any ExtractSink
    ) async throws -> Int64 {
        var attempt = 0
        while true {
            attempt += 1
            do {
                return try await connections.lend(at: table) { connection in
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
                        let query = plan.queries.rowQuery(in: range, view: view, watch: plan.watch)
                        let rows = try await deliver(query, on: connection, into: sink)
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
        on connection: any RowConnection,
        into sink: any ExtractSink
    ) async throws {
        try await handing("reading the keys of \(options.from)", on: connection) {
            let stream = try await connection.rows(queries.keyQuery(view: view))
            return { _ = try await sink.writeKeys(stream) }
        }
    }

    /// Hands one query's stream to the sink.
    private func deliver(
        _ query: RowQuery,
        on connection: any RowConnection,
        into sink: any ExtractSink
    ) async throws -> Int64 {
        let rows = try await handing("reading \(options.from)", on: connection) {
            let stream = try await connection.rows(query)
            return { try await sink.write(stream) }
        }
        request.onProgress(rows)
        return rows
    }

    /// Starts a query, whose errors are the source's, and hands its stream over, whose errors may be the sink's.
    private func handing<Result>(
        _ doing: String,
        on connection: any RowConnection,
        _ start: () async throws -> () async throws -> Result
    ) async throws -> Result {
        let write = try await classified(doing, start)
        do {
            return try await write()
        } catch let error as ADBCError where error.code == .invalidData && error.location?.hasPrefix("copy.") == true {
            throw SourceError(
                .malformed,
                "\(options.from) has a value that cannot be read: \(error.message)",
                location: "\(options.from).\(error.location?.dropFirst(5) ?? "")",
                cause: error
            )
        } catch let error as ADBCError where connection.isBroken || error.location == connection.place {
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

    private func isAlive(_ connection: any RowConnection) async -> Bool {
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
