// What is learned of a table before its rows are read: columns, dictionary, watermark, ranges.

import ADBC
import Arrow
import Foundation
import LyceumCore

extension TableReader {
    static let leastRowsPerRange: Int64 = 50_000
    static let mostRowsPerRange: Int64 = 1_000_000
    static let rowsWorthSampling: Int64 = 2_000_000
    /// PostgreSQL's blocks of 8 KiB: 4 MiB are worth a query of their own, and 64 MiB are read before the next begins.
    static let leastBlocksPerRange: Int64 = 512
    static let mostBlocksPerRange: Int64 = 8_192
    /// All keys of so many rows are read every time.
    static let rowsWorthWaiting: Int64 = 1_000_000

    /// A table's columns, and how they differ from what was expected.
    struct Prepared: Sendable {
        var queries: TableQueries
        var schema: TableSchema
        var drift: [SchemaDrift]
        var notes: [String]
        /// The dictionary's estimate.
        var rows: Int64?
    }

    /// What is known before rows are read.
    struct Plan: Sendable {
        var queries: TableQueries
        var ranges: [RowRange]
        var watermark: Watermark?
        var schema: TableSchema
        var drift: [SchemaDrift]
        var notes: [String]
        /// Whether all keys are to be read after the rows.
        var wantsKeys: Bool
        /// Finds the watermark among the rows while they are read, where that spares the database a query.
        var watch: GreatestValue?
        /// Whether the rows are read on the cluster.
        var isForCluster = false
    }

    /// Learns the table's columns and compares them with what is expected.
    func prepare(on connection: Connection) async throws -> Prepared {
        let from = dialect.table(options.from, schema: schema)
        let all = try await classified("reading the columns of \(options.from)") {
            let probe = try await connection.query(TableQueries.probe(from))
            let fields = probe.schema.fields
            _ = try await probe.collect()
            return fields
        }
        let required = options.key + [options.watermark].compactMap { $0 }
        let fields = try chosen(of: all, required: required)
        let byName = Dictionary(fields.map { ($0.name.lowercased(), $0) }) { first, _ in first }
        let previous = request.fullRefresh ? nil : TableSchema(fingerprint: request.fingerprint)
        var schema = TableSchema(fields)
        let drift = try schema.drift(
            from: previous,
            expected: (options.columns ?? []).filter { !options.exclude.contains($0) },
            required: required,
            table: table,
            location: options.from
        )
        schema.keysReadAt = previous?.keysReadAt
        var notes: [String] = []
        let described = await dictionary(on: connection, notes: &notes)
        var queries = TableQueries(
            dialect: dialect,
            table: from,
            fields: fields,
            declared: Dictionary(described?.columns.map { ($0.name, $0) } ?? []) { first, _ in first },
            keyColumns: options.key.compactMap { byName[$0] },
            rangeColumn: options.key.first.flatMap { byName[$0] },
            watermarkColumn: options.watermark.flatMap { byName[$0] },
            filter: options.filter,
            scaled: scaled
        )
        for field in queries.unreadable {
            let type = queries.declared[field.name]?.type ?? ""
            notes.append("\(field.name) is not read: no query gives the content of a \(type)")
        }
        queries.since = since(queries)
        return Prepared(
            queries: queries,
            schema: schema,
            drift: drift,
            notes: notes,
            rows: described?.estimatedRows
        )
    }

    /// The columns that the configuration wants.
    private func chosen(of fields: [Field], required: [String]) throws -> [Field] {
        if let name = required.first(where: options.exclude.contains) {
            throw SourceError(
                .configuration,
                "'exclude' of \(table) names '\(name)', which is its key or watermark.",
                location: table
            )
        }
        let names = Set(fields.map { $0.name.lowercased() })
        if let unknown = options.select?.first(where: { !names.contains($0) }) {
            throw SourceError(
                .schema,
                "\(options.from) has no column '\(unknown)', which 'select' of \(table) names. "
                    + "It has: \(names.sorted().joined(separator: ", ")).",
                location: "\(options.from).\(unknown)"
            )
        }
        let chosen = fields.filter { field in
            let name = field.name.lowercased()
            if options.exclude.contains(name) { return false }
            guard let select = options.select else { return true }
            return select.contains(name) || required.contains(name)
        }
        var seen: [String: String] = [:]
        for field in chosen {
            if let other = seen.updateValue(field.name, forKey: field.name.lowercased()) {
                throw SourceError(
                    .schema,
                    "\(options.from) has the columns '\(other)' and '\(field.name)', which differ in case only. "
                        + "Read a view that names one of them differently.",
                    location: "\(options.from).\(field.name)"
                )
            }
        }
        return chosen
    }

    /// What the dictionary says of the table. A source without a readable dictionary is read by the driver's types.
    private func dictionary(on connection: Connection, notes: inout [String]) async -> DiscoveredTable? {
        do {
            let place = dialect.place(options.from, schema: schema)
            let tables = try await DataDictionary.tables(place, dialect, on: connection)
            if dialect == .oracle, tables.isEmpty {
                notes.append(
                    "the dictionary has no \(options.from) (a synonym?); numbers are read as text to keep every digit"
                )
            }
            return tables.count == 1 ? tables[0] : nil
        } catch {
            notes.append("the dictionary cannot be read (\(DatabaseFault.summary(error))); types are the driver's")
            return nil
        }
    }

    // MARK: Planning

    func plan(on connection: Connection) async throws -> Plan {
        let prepared = try await prepare(on: connection)
        let strange = cluster.map { unreadable(by: $0, prepared.queries) }
        let isForCluster = strange?.isEmpty == true
        // Read on the cluster, only the keys are read here, by the driver.
        let queries = (copyURI == nil || isForCluster ? nil : prepared.queries.copied()) ?? prepared.queries
        var count: Int64 = 0
        var watermark = request.fullRefresh ? nil : request.since
        let blocks = try await self.blocks(queries, on: connection)
        let watch = blocks == nil ? nil : try await self.watch(queries, on: connection)
        // Counted before the view is opened, so the watermark is at most as late as the view: what commits in between is
        // read now and again next time. By blocks and without a watermark there is nothing to count.
        if blocks == nil || (options.watermark != nil && watch == nil) {
            for batch in try await connection.query(queries.count()).collect() where batch.count > 0 {
                count = batch.column(0).text(at: 0).flatMap { Int64($0) } ?? 0
                if let column = options.watermark, let value = batch.column(1).text(at: 0) {
                    watermark = Watermark(column: column, value: Self.watermarkText(value, batch.column(1).type))
                }
            }
        }
        let partitions = isForCluster ? cluster.map { Int64($0.access.partitions) } : nil
        let ranges: [RowRange]
        if let blocks {
            let parts = min(
                partitions ?? max(Int64(workers), (blocks + Self.mostBlocksPerRange - 1) / Self.mostBlocksPerRange),
                max(1, blocks / Self.leastBlocksPerRange)
            )
            ranges = RowRange.blocks(blocks, parts: Int(parts))
        } else {
            ranges = try await divide(queries, count: count, partitions: partitions, on: connection)
        }
        return Plan(
            queries: queries,
            ranges: ranges,
            watermark: watermark,
            schema: prepared.schema,
            drift: prepared.drift,
            notes: prepared.notes + Self.notes(strange),
            wantsKeys: queries.since != nil && wantsKeys(prepared),
            watch: watch,
            isForCluster: isForCluster
        )
    }

    private static func notes(_ strange: [String]?) -> [String] {
        guard let strange, !strange.isEmpty else { return [] }
        return [
            "read by this machine and not on the cluster, whose types differ in: \(strange.joined(separator: ", ")); "
                + "'exclude' them, or read a view that gives them as text"
        ]
    }

    /// The table's blocks, if it is to be read by them.
    private func blocks(_ queries: TableQueries, on connection: Connection) async throws -> Int64? {
        guard options.division == .automatic || options.division == .address, queries.since == nil,
            let query = dialect.blocksQuery(queries.table)
        else { return nil }
        // A server that does not know these functions is read by key.
        let text =
            options.division == .automatic
            ? try? await connection.firstText(query) : try await connection.firstText(query)
        guard let text, let blocks = Int64(text) else {
            if options.division == .address {
                throw SourceError(
                    .configuration,
                    "\(options.from) cannot be divided by address: it is no plain table, or the server is older than "
                        + "PostgreSQL 14. Set 'division: key' for \(table).",
                    location: table
                )
            }
            return nil
        }
        return blocks
    }

    /// Ranges with about equally many rows. Of a very large table only some blocks are looked at: the ranges are then
    /// less equal, and still cover everything.
    ///
    /// - Parameter partitions: how many there are at most; nil for as many as connections and rows ask for.
    private func divide(
        _ queries: TableQueries,
        count: Int64,
        partitions: Int64?,
        on connection: Connection
    ) async throws -> [RowRange] {
        let parts = Int(
            min(
                partitions ?? max(Int64(workers), (count + Self.mostRowsPerRange - 1) / Self.mostRowsPerRange),
                count / Self.leastRowsPerRange
            )
        )
        guard parts > 1, options.division != .none else { return [RowRange()] }
        let byAddress = options.division == .address
        func boundaries(sample: String = "") async throws -> [String] {
            let sql =
                byAddress
                ? queries.addressBoundaries(parts: parts, sample: sample)
                : queries.boundaries(parts: parts, sample: sample)
            guard let sql else { return [] }
            return try await connection.query(sql).collect().flatMap { batch in
                (0..<batch.count).compactMap { batch.column(0).text(at: $0) }
            }
        }
        if count > Self.rowsWorthSampling, queries.since == nil {
            // Views cannot be sampled; then, and where the sample is too thin, every key is looked at.
            let sample = dialect.sample(percent: 100 * 200_000 / Double(count))
            if let found = try? await boundaries(sample: sample), found.count == parts {
                return RowRange.covering(found, addresses: byAddress)
            }
        }
        return RowRange.covering(try await boundaries(), addresses: byAddress)
    }

    /// Whether all keys are due, given when they were read last.
    private func wantsKeys(_ prepared: Prepared) -> Bool {
        guard options.deletes == .keys, !options.key.isEmpty else { return false }
        let isLarge = (prepared.rows ?? 0) > Self.rowsWorthWaiting
        let hours = options.deletesEveryHours ?? (isLarge ? 24 : 0)
        guard let text = prepared.schema.keysReadAt, let last = Timestamp.parse(text) else { return true }
        return Date().timeIntervalSince(last) >= hours * 3_600
    }

    // MARK: Watermarks

    /// What finds the watermark of a whole table among its rows; nil if only a query can.
    private func watch(_ queries: TableQueries, on connection: Connection) async throws -> GreatestValue? {
        guard queries.isCopied, let field = queries.watermarkColumn else { return nil }
        switch field.type {
        case .int16, .int32, .int64: return GreatestValue(of: field.name.lowercased())
        case .date32, .timestamp(.microsecond, _):
            guard let query = dialect.tomorrowCounted(for: field.type),
                let limit = try await connection.firstText("SELECT \(query) AS \(SQLText.identifier("t"))").flatMap(
                    Int64.init
                )
            else { return nil }
            return GreatestValue(of: field.name.lowercased(), upTo: limit)
        default: return nil
        }
    }

    /// The inclusive lower bound as a literal, or nil to read everything.
    func since(_ queries: TableQueries) -> String? {
        guard let field = queries.watermarkColumn, let since = request.since, !request.fullRefresh,
            since.column == options.watermark, options.deletes != .full
        else { return nil }
        let bound = Self.bound(since.value, lagSeconds: lagSeconds)
        return dialect.literal(bound, for: field.type, declared: queries.declared[field.name])
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
    static func watermarkText(_ value: String, _ type: DataType) -> String {
        if case .timestamp = type, !value.hasSuffix("Z") { return value + "Z" }
        return value
    }
}

extension TableReader.Plan {
    /// The watermark that was found among the rows.
    func seenWatermark() throws -> Watermark? {
        guard let value = watch?.value, let field = queries.watermarkColumn else { return nil }
        var builder = try RecordBatchBuilder(schema: Schema([Field(field.name, field.type)]))
        builder.append(value, to: 0)
        guard let text = try builder.finish().column(0).text(at: 0) else { return nil }
        return Watermark(column: field.name.lowercased(), value: TableReader.watermarkText(text, field.type))
    }
}
