// Extraction on a cluster: Spark's own JDBC source reads a table's ranges on the executors.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake
import LyceumSources

/// Reads databases on Spark's machines.
///
/// Each query becomes a view, and one statement writes all of them to Parquet in the run's scratch folder, a task and a
/// file a query. The files are then handed over as streams, so that landing (contracts, hashes, counts, watermarks) is the
/// same wherever rows were read. A reading has a session of its own; what it defined is gone when that closes.
struct SparkJDBCReader: ClusterReader {
    let settings: SparkSettings
    let staging: Staging
    /// Reads what Spark wrote.
    let engine: any Engine

    /// PostgreSQL's types of which both drivers make the same. Not among them: `money`, of which one makes cents.
    private static let knownTypes: Set<String> = [
        "bool", "bpchar", "bytea", "char", "date", "float4", "float8", "int2", "int4", "int8", "name", "text",
        "timestamp",
        "timestamptz", "varchar",
    ]

    func canRead(_ column: Field) -> Bool {
        if column.extensionName != nil { return false }
        if let type = column.metadata["POSTGRESQL:type"], !Self.knownTypes.contains(type) { return false }
        return Self.sparkType(column.type) != nil
    }

    func read(
        _ reading: ClusterReading,
        deliver: @escaping @Sendable (RecordBatchStream) async throws -> Int64
    ) async throws -> Int64 {
        do {
            try await Self.withSession(of: settings) { connection in
                for (index, query) in reading.queries.enumerated() {
                    _ = try await connection.execute(Self.view(Self.name(index), of: query, reading))
                }
                _ = try await connection.execute(Self.insert(reading, into: staging.scratch(reading.name)))
            }
        } catch let error as ADBCError {
            throw JDBCFault(error, reading.access).sourceError(
                "reading \(reading.table) on the cluster",
                location: reading.table
            )
        }
        let rows = try await handOver(reading, deliver)
        try await staging.removeScratch(reading.name)
        return rows
    }

    /// Hands the files over, several at once.
    private func handOver(
        _ reading: ClusterReading,
        _ deliver: @escaping @Sendable (RecordBatchStream) async throws -> Int64
    ) async throws -> Int64 {
        let columns = reading.columns.fields.map { SQLText.identifier($0.name) }.joined(separator: ", ")
        var files = try await staging.scratchFiles(reading.name)[...]
        guard !files.isEmpty else {
            throw SourceError(
                .serverFailure,
                "Spark wrote no file for \(reading.table): its machines must see the lake as this one does",
                location: staging.scratch(reading.name),
                isRetryable: false
            )
        }
        return try await withThrowingTaskGroup(of: Int64.self) { group in
            var rows: Int64 = 0
            func next() {
                guard let file = files.popFirst() else { return }
                group.addTask { [engine] in
                    try await deliver(
                        try await engine.query("SELECT \(columns) FROM \(engine.parquetScan([DataFile(file)]))", [])
                    )
                }
            }
            for _ in 0..<max(1, reading.streams) { next() }
            while let count = try await group.next() {
                rows += count
                next()
            }
            return rows
        }
    }

    // MARK: Statements

    /// Spark's name for the type of a column; nil for one whose values Spark would deliver differently.
    static func sparkType(_ type: DataType) -> String? {
        switch type {
        case .binary, .largeBinary: "BINARY"
        case .uint8, .uint16, .uint32, .uint64: nil
        default: EngineType(type).map { SparkType.sparkName(of: $0.name) }
        }
    }

    private static func name(_ index: Int) -> String { SparkSQL.identifier("range_\(index)") }

    /// Defines a query as a view. The password stands last, so that all after its name is hidden from Spark's pages.
    static func view(_ name: String, of query: String, _ reading: ClusterReading) -> String {
        view(name, of: query, reading.access, sessionStatement: reading.sessionStatement)
    }

    private static func view(
        _ name: String,
        of query: String,
        _ access: JDBCConfiguration,
        sessionStatement: String? = nil
    ) -> String {
        var options = [
            ("url", access.url), ("driver", access.driver), ("dbtable", "(\(query)) q"),
            ("fetchsize", "\(access.fetchSize)"),
            // A time without a zone must not pass through the zone of a machine.
            ("preferTimestampNTZ", "true"),
        ]
        if let sessionStatement { options.append(("sessionInitStatement", sessionStatement)) }
        options += [("user", access.user), ("password", access.password.reveal())]
        let list = options.map { "\($0.0) \(SparkSQL.literal($0.1))" }.joined(separator: ", ")
        return "CREATE OR REPLACE TEMPORARY VIEW \(name) USING org.apache.spark.sql.jdbc OPTIONS (\(list))"
    }

    /// Writes the rows of all views, in the types in which they are delivered otherwise.
    static func insert(_ reading: ClusterReading, into folder: String) -> String {
        let columns = reading.columns.fields.map { field in
            let name = SparkSQL.identifier(field.name)
            let value = reading.counted.contains(field.name) ? "\(Self.time(field.type))(\(name))" : name
            return "CAST(\(value) AS \(sparkType(field.type) ?? "STRING")) AS \(name)"
        }
        let list = columns.joined(separator: ", ")
        let rows = reading.queries.indices.map { "SELECT \(list) FROM \(name($0))" }.joined(separator: " UNION ALL ")
        return "INSERT OVERWRITE DIRECTORY \(SparkSQL.literal(SparkType.location(folder))) USING parquet "
            + "OPTIONS (compression 'snappy') \(rows)"
    }

    /// Spark's function that makes a date or time of its count since 1970.
    private static func time(_ type: DataType) -> String {
        if case .date32 = type { "date_from_unix_date" } else { "timestamp_micros" }
    }

    // MARK: Sessions

    private static let sessionSettings = [
        ("spark.sql.session.timeZone", "UTC"),
        ("spark.sql.timestampType", "TIMESTAMP_NTZ"),
        ("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS"),
        ("spark.sql.ansi.enabled", "true"),
        // A password or a filter may hold "${".
        ("spark.sql.variable.substitute", "false"),
        ("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false"),
        // Statements and plans stand on Spark's pages and in its event log.
        ("spark.sql.redaction.string.regex", "(?is)\\bpassword\\b.*"),
    ]

    /// Runs `body` in a session of its own, whose work ends with it.
    private static func withSession(
        of settings: SparkSettings,
        _ body: (Connection) async throws -> Void
    ) async throws {
        let database = try Database(
            driver: try Driver.load("spark"),
            options: settings.options,
            errorsQuoteValues: false
        )
        let connection = try await database.connect()
        func close() async { await Task { try? await connection.close() }.value }
        do {
            for (key, value) in sessionSettings { _ = try await connection.execute("SET \(key)=\(value)") }
            try await body(connection)
        } catch {
            // The server goes on with a cancelled statement until its session is released.
            await close()
            throw Task.isCancelled ? CancellationError() : error
        }
        await close()
    }

    /// Whether Spark reaches a database, for `lyceum doctor`.
    ///
    /// - Parameter query: one that any live connection answers.
    /// - Throws: ``SourceError``.
    static func probe(_ access: JDBCConfiguration, by settings: SparkSettings, query: String) async throws {
        do {
            try await withSession(of: settings) { connection in
                _ = try await connection.execute(view(name(0), of: query, access))
                for try await _ in try await connection.query("SELECT * FROM \(name(0))") {}
            }
        } catch let error as ADBCError {
            throw JDBCFault(error, access).sourceError("asking it on the cluster", location: access.url)
        }
    }
}
