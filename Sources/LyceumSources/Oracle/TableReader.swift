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

    private static let leastRowsPerRange: Int64 = 50_000
    private static let mostRowsPerRange: Int64 = 1_000_000
    private static let rowsWorthSampling: Int64 = 2_000_000
    private static let attemptsPerRange = 3

    private var table: String { request.dataset.table }

    /// What is known before rows are read.
    private struct Plan: Sendable {
        var queries: TableQueries
        var ranges: [KeyRange]
        var watermark: Watermark?
        var drift: [SchemaDrift]
    }

    /// Reads the table.
    ///
    /// - Throws: ``SourceError`` for the database's errors; the sink's own errors unchanged.
    func read(from pool: ConnectionPool, into sink: any ExtractSink) async throws -> Extraction {
        try await pool.lend(at: table) { leader in
            let plan = try await classified("planning") { try await self.plan(on: leader) }
            let view = try await classified("opening a consistent view") {
                try await ConsistentView.open(dialect, on: leader)
            }
            let ranges = view.allowsRanges ? plan.ranges : [KeyRange()]
            let rows: Int64
            do {
                rows = try await readRanges(ranges, plan.queries, view, leader: leader, pool: pool, into: sink)
            } catch {
                await view.end(on: leader)
                throw error
            }
            await view.end(on: leader)
            return Extraction(
                rows: rows,
                watermark: plan.watermark,
                isComplete: plan.queries.since == nil,
                notes: view.note.map { [$0] } ?? [],
                drift: plan.drift,
                fingerprint: TableSchema(plan.queries.fields).fingerprint
            )
        }
    }

    /// Learns the table's columns and compares them with what is expected.
    func prepare(on connection: Connection) async throws -> (TableQueries, [SchemaDrift]) {
        let from = dialect.table(options.from, schema: schema)
        let fields = try await classified("reading the columns of \(options.from)") {
            let probe = try await connection.query(TableQueries.probe(from))
            let fields = probe.schema.fields
            _ = try await probe.collect()
            return fields
        }
        let byName = Dictionary(fields.map { ($0.name.lowercased(), $0) }) { first, _ in first }
        let drift = try TableSchema(fields).drift(
            from: request.fullRefresh ? nil : TableSchema(fingerprint: request.fingerprint),
            expected: options.columns ?? [],
            required: options.key + [options.watermark].compactMap { $0 },
            table: table,
            location: options.from
        )
        var queries = TableQueries(
            dialect: dialect,
            table: from,
            fields: fields,
            rangeColumn: options.key.first.flatMap { byName[$0] },
            watermarkColumn: options.watermark.flatMap { byName[$0] },
            filter: options.filter
        )
        queries.since = since(queries.watermarkColumn)
        return (queries, drift)
    }

    private func plan(on connection: Connection) async throws -> Plan {
        let (queries, drift) = try await prepare(on: connection)
        var count: Int64 = 0
        var watermark = request.fullRefresh ? nil : request.since
        // Counted before the view is opened, so the watermark is at most as late as the view: what commits in between is
        // read now and again next time.
        for batch in try await connection.query(queries.count()).collect() where batch.count > 0 {
            count = batch.column(0).integer(at: 0) ?? 0
            if let column = options.watermark, let value = batch.column(1).text(at: 0) {
                watermark = Watermark(column: column, value: Self.watermarkText(value, batch.column(1).type))
            }
        }
        var ranges = [KeyRange()]
        let parts = min(
            max(Int64(workers), (count + Self.mostRowsPerRange - 1) / Self.mostRowsPerRange),
            count / Self.leastRowsPerRange
        )
        if parts > 1 { ranges = try await divide(queries, parts: Int(parts), count: count, on: connection) }
        return Plan(queries: queries, ranges: ranges, watermark: watermark, drift: drift)
    }

    /// Ranges with about equally many rows. Of a very large table only some blocks are looked at: the ranges are then
    /// less equal, and still cover everything.
    private func divide(
        _ queries: TableQueries,
        parts: Int,
        count: Int64,
        on connection: Connection
    ) async throws -> [KeyRange] {
        func boundaries(_ sql: String?) async throws -> [String] {
            guard let sql else { return [] }
            return try await connection.query(sql).collect().flatMap { batch in
                (0..<batch.count).compactMap { batch.column(0).text(at: $0) }
            }
        }
        if count > Self.rowsWorthSampling, queries.since == nil {
            // Views cannot be sampled; then, and where the sample is too thin, every key is looked at.
            let sample = dialect.sample(percent: 100 * 200_000 / Double(count))
            if let found = try? await boundaries(queries.boundaries(parts: parts, sample: sample)), found.count == parts
            {
                return KeyRange.covering(found)
            }
        }
        return KeyRange.covering(try await boundaries(queries.boundaries(parts: parts)))
    }

    // MARK: Reading

    private func readRanges(
        _ ranges: [KeyRange],
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
                    rows += try await deliver(queries.rows(in: range, view: view), on: leader, into: sink)
                }
                return rows
            }
            for _ in 1..<max(1, min(workers, ranges.count)) {
                group.addTask {
                    var rows: Int64 = 0
                    while let range = queue.next() {
                        rows += try await follow(queries.rows(in: range, view: view), view, leader, pool, into: sink)
                    }
                    return rows
                }
            }
            return try await group.reduce(0, +)
        }
    }

    /// Reads a range on a connection of the pool that joins the leader's view; on another one if that breaks.
    private func follow(
        _ sql: String,
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
                        let rows = try await deliver(sql, on: connection, into: sink)
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

    /// Hands one query's stream to the sink.
    private func deliver(_ sql: String, on connection: Connection, into sink: any ExtractSink) async throws -> Int64 {
        let stream = try await classified("reading \(options.from)") { try await connection.query(sql) }
        let rows: Int64
        do {
            rows = try await sink.write(stream)
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
        request.onProgress(rows)
        return rows
    }

    private func isAlive(_ connection: Connection) async -> Bool {
        guard !connection.isBroken else { return false }
        let query = dialect == .oracle ? "SELECT 1 FROM DUAL" : "SELECT 1"
        return (try? await connection.firstText(query)) != nil
    }

    private func classified<Result>(_ doing: String, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            throw DatabaseFault.sourceError(error, doing: doing, location: table)
        }
    }

    // MARK: Watermarks

    /// The inclusive lower bound as a literal, or nil to read everything.
    private func since(_ field: Field?) -> String? {
        guard let field, let since = request.since, !request.fullRefresh, since.column == options.watermark else {
            return nil
        }
        return dialect.literal(Self.bound(since.value, lagSeconds: lagSeconds), for: field.type)
    }

    /// A watermark less the lag. Only times have a lag; a fraction of a second stays as it is.
    static func bound(_ value: String, lagSeconds: Int) -> String {
        let whole = value.prefix { $0 != "." && $0 != "Z" }
        guard lagSeconds != 0, value.hasSuffix("Z"), let time = LyceumCore.Timestamp.parse(whole + "Z") else {
            return value
        }
        let fraction = value.dropFirst(whole.count)
        return String(LyceumCore.Timestamp.iso(time.addingTimeInterval(-Double(lagSeconds))).dropLast()) + fraction
    }

    /// A column's greatest value as it is kept: times as ISO 8601 in UTC, a wall-clock time taken for one.
    private static func watermarkText(_ value: String, _ type: DataType) -> String {
        if case .timestamp = type, !value.hasSuffix("Z") { return value + "Z" }
        return value
    }
}

/// Ranges that several tasks take turns with.
private final class RangeQueue: Sendable {
    private let ranges: Mutex<[KeyRange]>

    init(_ ranges: [KeyRange]) {
        self.ranges = Mutex(ranges.reversed())
    }

    func next() -> KeyRange? { ranges.withLock { $0.popLast() } }
}
