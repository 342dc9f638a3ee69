// The embedded engine: DuckDB in process, through ADBC.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake
import Synchronization

/// Runs models on DuckDB inside this process.
///
/// The database lives in memory and spills to a folder when it outgrows its limit; what lasts is Parquet.
public final class DuckDBEngine: Engine {
    /// How much of the machine the engine may use.
    public struct Limits: Sendable, Hashable {
        /// DuckDB's memory limit, such as `1GB`.
        public var memory: String
        /// Worker threads; nil for one a core.
        public var threads: Int?

        /// Sets limits.
        public init(memory: String = "1GB", threads: Int? = nil) {
            self.memory = memory
            self.threads = threads
        }
    }

    private let database: Database
    private let pool: ConnectionPool
    /// Reads other databases' streams within statements; opened when first needed.
    private let streams: StreamStage
    /// The way into the lake's bucket; nil for a lake in a folder.
    private let bucket: BucketAccess?
    private let unlocked = Mutex<Set<String>>([])

    /// Starts an engine.
    ///
    /// - Parameters:
    ///   - spill: a folder for what does not fit into memory; made and removed by DuckDB.
    ///   - prelude: SQL that defines the functions models share.
    ///   - store: where the lake is whose files are read and written.
    ///   - encryption: the data keys of an encrypted lake, whose spill is encrypted as well; nil for one that is not.
    /// - Throws: ``PipelineError`` with code `engine`, or `ADBCError` when the driver is missing.
    public init(
        limits: Limits,
        spill: URL,
        prelude: String,
        store: (any ObjectStore)? = nil,
        encryption: [DataKey]? = nil
    ) async throws {
        let driver = try Driver.load("duckdb")
        database = try Database(driver: driver, options: ["path": ":memory:"], errorsQuoteValues: false)
        pool = ConnectionPool(database: database, maximum: 8)
        var settings = [
            "SET memory_limit = \(SQLText.literal(limits.memory))",
            "SET temp_directory = \(SQLText.literal(spill.path))",
            "SET TimeZone = 'UTC'",
            "SET preserve_insertion_order = false",
            "SET enable_progress_bar = false",
            "SET autoinstall_known_extensions = false",
            "SET autoload_known_extensions = false",
        ]
        bucket = (store as? S3Store).map { BucketAccess($0) }
        if bucket != nil { settings += try BucketAccess.settings() }
        if encryption != nil { settings += try DuckDBExtension.encryption() }
        if let threads = limits.threads { settings.append("SET threads = \(threads)") }
        // Each stream is decoded and written by the thread that reads it, and several are read at once; DuckDB's own workers
        // would take turns with one stream and spin while they wait for it.
        streams = StreamStage(driver: driver, settings: settings + ["SET threads = 1"])
        for name in EngineSchema.allCases { settings.append("CREATE SCHEMA \(SQLText.identifier(name.rawValue))") }
        do {
            for statement in settings { try await run(statement) }
            if !prelude.isEmpty { try await execute(prelude) }
            try await unlock(encryption ?? [])
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw PipelineError(.engine, "the embedded engine does not start", cause: error)
        }
    }

    /// Runs a statement on a pooled connection; returns the rows it affected.
    @discardableResult
    public func execute(_ sql: String) async throws -> Int64 {
        try await renewAccess()
        return try await run(sql)
    }

    @discardableResult
    private func run(_ sql: String) async throws -> Int64 {
        try await pool.withConnection { try await $0.execute(sql) }
    }

    private func renewAccess() async throws {
        try await bucket?.renew { [self] statement in
            try await run(statement)
            try await streams.prepare(statement)
        }
    }

    /// Runs a query on a connection of its own, which lives as long as the stream: on a pooled one the next statement
    /// would end a result that is still being read.
    public func query(_ sql: String, _ parameters: [Parameter]) async throws -> RecordBatchStream {
        try await renewAccess()
        return try await database.connect().query(sql, parameters)
    }

    /// Appends a stream of batches, handed over without a copy.
    public func append(_ stream: RecordBatchStream, to table: EngineTable) async throws -> Int64 {
        try await pool.withConnection {
            try await $0.ingest(stream, into: table.name, schema: table.schema, mode: .createAppend)
        }
    }

    /// Appends one batch.
    public func append(_ batch: RecordBatch, to table: EngineTable) async throws {
        _ = try await pool.withConnection {
            try await $0.ingest([batch], into: table.name, schema: table.schema, mode: .createAppend)
        }
    }

    /// Makes an empty table by ingesting a stream without batches, which works for every column type.
    public func create(_ table: EngineTable, columns: Schema) async throws {
        _ = try await pool.withConnection {
            try await $0.ingest(columns: columns, into: table.name, schema: table.schema, mode: .createAppend) { nil }
        }
    }

    /// Makes keys known to both databases of the engine.
    public func unlock(_ keys: [DataKey]) async throws {
        for key in keys where !unlocked.withLock({ $0.contains(key.name) }) {
            let statement =
                "PRAGMA add_parquet_key(\(SQLText.literal(key.name)), \(SQLText.literal(key.secret.reveal())))"
            do {
                try await execute(statement)
                try await streams.prepare(statement)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // Not the cause: the engine's message may quote the statement, which holds the key.
                throw PipelineError(.engine, "the embedded engine does not take the data key \(key.name)")
            }
            unlocked.withLock { _ = $0.insert(key.name) }
        }
    }

    /// `read_parquet` over the files, columns matched by name, no columns from folder names.
    ///
    /// DuckDB 1.5 fails on encrypted files with `union_by_name` and reads one key a call, so each encrypted file is a
    /// scan of its own; the union by name is the same one.
    public func parquetScan(_ files: [DataFile], locations: String?) -> String {
        let options = "hive_partitioning = false" + (locations.map { ", filename = \(SQLText.literal($0))" } ?? "")
        let plain = files.filter { $0.key == nil }.map { SQLText.literal($0.location) }.joined(separator: ", ")
        var scans = files.compactMap { file in
            file.key.map {
                "read_parquet(\(SQLText.literal(file.location)), \(options), "
                    + "encryption_config = {footer_key: \(SQLText.literal($0))})"
            }
        }
        if !plain.isEmpty || scans.isEmpty {
            scans.append("read_parquet([\(plain)], union_by_name = true, \(options))")
        }
        if scans.count == 1 { return scans[0] }
        return "(" + scans.map { "SELECT * FROM \($0)" }.joined(separator: " UNION ALL BY NAME ") + ")"
    }

    /// Writes a query to one Snappy Parquet file; makes its folder.
    public func writeParquet(_ query: String, to file: DataFile) async throws -> Int64 {
        try makeFolder(of: file)
        return try await integers(
            """
            COPY (\(query)) TO \(Self.target(file))
            """
        ).first ?? 0
    }

    /// Writes what a query makes of a stream to one Snappy Parquet file, batch by batch; makes its folder.
    public func writeParquet(
        _ stream: RecordBatchStream,
        to file: DataFile,
        query: @escaping @Sendable (_ table: String) -> String
    ) async throws -> Int64 {
        try makeFolder(of: file)
        try await renewAccess()
        return try await streams.database().run(over: stream) { table in
            "COPY (\(query(table))) TO \(Self.target(file))"
        }
    }

    private static func target(_ file: DataFile) -> String {
        let encryption = file.key.map { ", ENCRYPTION_CONFIG {footer_key: \(SQLText.literal($0))}" } ?? ""
        return SQLText.literal(file.location)
            + " (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880\(encryption))"
    }

    private func makeFolder(of file: DataFile) throws {
        if file.location.hasPrefix("s3://") { return }
        try FileManager.default.createDirectory(
            at: URL(filePath: file.location).deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
    }

    /// The columns and DuckDB types of a query.
    public func columns(of query: String) async throws -> [ColumnDescription] {
        var result: [ColumnDescription] = []
        for try await batch in try await self.query("DESCRIBE \(query)", []) {
            let names = try batch.column(named: "column_name")
            let types = try batch.column(named: "column_type")
            for row in 0..<batch.count {
                result.append(ColumnDescription(name: names.string(at: row) ?? "", type: types.string(at: row) ?? ""))
            }
        }
        return result
    }
}

/// The database that statements over streams run in, with the engine's settings.
private actor StreamStage {
    private let driver: Driver
    private var settings: [String]
    private var opened: StreamDatabase?

    init(driver: Driver, settings: [String]) {
        self.driver = driver
        self.settings = settings
    }

    /// Runs a statement in the database, now or as soon as there is one.
    func prepare(_ statement: String) throws {
        settings.append(statement)
        try opened?.execute(statement)
    }

    func database() throws -> StreamDatabase {
        if let opened { return opened }
        let database = try StreamDatabase(driver: driver, settings: settings)
        opened = database
        return database
    }
}

/// The schemas of the engine's own catalog.
enum EngineSchema: String, CaseIterable {
    /// Rows as they arrive from sources.
    case landing
    /// Views over raw tables.
    case source
    /// Views over models' published rows.
    case ref
    /// Views over bundled reference tables.
    case seed
    /// Candidate rows of a model that is being built.
    case build

    func table(_ name: String) -> EngineTable { EngineTable(schema: rawValue, name: name) }
}
