// The cluster engine: Apache Spark through Spark Connect, over ADBC.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake

/// Runs models on a Spark cluster, 4.0 or later.
///
/// It builds; sources are landed, and footers of files read, by the embedded engine. Both see the same lake, so its
/// folder has to be one that the cluster's machines see as well. Names of the engine's catalog are temporary views of one
/// session. What is materialised stands in Parquet below `scratch` until it is dropped.
struct SparkEngine: ModelEngine {
    private let dialect: SparkSQL
    /// Reads footers: what columns files have, how many rows.
    private let footers: any Engine
    private let staging: Staging
    private let session: SparkSession
    /// Where is looked how far statements are; nil where no pages are configured.
    private let pages: SparkPages?

    /// Asks the server for a session.
    ///
    /// - Parameter tell: is told when the server is lost, and when it is back.
    /// - Throws: ``PipelineError`` with code `badModel` for a wrong prelude, `engine` for a server that is not there or
    ///   refuses us; `ADBCError` when the driver is missing.
    init(
        settings: SparkSettings,
        prelude: String,
        footers: any Engine,
        staging: Staging,
        tell: @escaping @Sendable (_ sentence: String) -> Void
    ) async throws {
        self.footers = footers
        self.staging = staging
        dialect = try SparkSQL(prelude: prelude)
        var settings = settings
        if let address = settings.pages {
            // By the user's id jobs of this run are told from those of others.
            let user = "lyceum-\(staging.run.text)"
            settings.user = user
            pages = SparkPages(address, user: user, tell: tell)
        } else {
            pages = nil
        }
        session = try SparkSession(
            settings,
            configuration: { [run = staging.run] in Self.configuration(run: run, session: $0) },
            tell: tell
        )
        try await session.open()
    }

    func close() async {
        await pages?.close()
        await session.close()
    }

    func tell(_ report: @escaping @Sendable (TaskCounts) -> Void) async { await pages?.tell(report) }

    // MARK: Statements

    private static func configuration(run: RunID, session: String) -> [(key: String, value: String)] {
        [
            ("spark.sql.session.timeZone", "UTC"),
            // TIMESTAMP is without a zone, in SQL and in files, as in the embedded engine.
            ("spark.sql.timestampType", "TIMESTAMP_NTZ"),
            ("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS"),
            ("spark.sql.ansi.enabled", "true"),
            ("spark.sql.parquet.mergeSchema", "true"),
            // Files are written under the names that they have in the lake, and nothing beside them.
            ("mapreduce.output.basename", baseName(run: run, session: session)),
            ("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false"),
        ]
    }

    /// What the names of a session's files begin with.
    private static func baseName(run: RunID, session: String) -> String { "\(run.text)-\(session)" }

    /// The version of a server that answers.
    ///
    /// - Throws: ``SparkError``, or `ADBCError` when the driver is missing.
    static func version(of settings: SparkSettings) async throws -> String {
        let database = try Database(driver: try Driver.load("spark"), options: settings.options)
        let connection = try await database.connect()
        var version = ""
        do {
            for try await batch in try await connection.query("SELECT version()") where batch.count > 0 {
                version = batch.column(0).text(at: 0) ?? ""
            }
        } catch let error as ADBCError {
            try? await connection.close()
            throw SparkError(error)
        }
        try await connection.close()
        return version.split(separator: " ").first.map(String.init) ?? version
    }

    // MARK: Queries

    func integers(_ sql: String) async throws -> [Int64] {
        let text = try dialect.render(sql)
        let batches = try await session.perform { try await $0.query(text).batches }
        guard let batch = batches.first else { return [] }
        return (0..<batch.schema.fields.count).map { batch.column($0).integer(at: 0) ?? 0 }
    }

    func texts(_ sql: String) async throws -> [String] {
        let text = try dialect.render(sql)
        let batches = try await session.perform { try await $0.query(text).batches }
        return batches.flatMap { batch in (0..<batch.count).compactMap { batch.column(0).text(at: $0) } }
    }

    /// The columns of a query, with the embedded engine's names for their types, which the catalog has.
    func columns(of query: String) async throws -> [ColumnDescription] {
        let text = "SELECT * FROM (\(try dialect.render(query))) LIMIT 0"
        return try await session.perform { try await $0.query(text).schema }.fields.map {
            ColumnDescription(name: $0.name, type: SparkType.engineName(of: $0.type))
        }
    }

    // MARK: Tables

    func define(_ view: EngineTable, as query: String) async throws {
        try await define(view, "CREATE OR REPLACE TEMPORARY VIEW \(name(view)) AS \(try dialect.render(query))")
    }

    /// One view over files of perhaps different ages: the embedded engine says which columns they have together, and Spark
    /// reads them so.
    func define(_ view: EngineTable, over files: [DataFile], formerly: FormerNames) async throws {
        if let encrypted = files.first(where: { $0.key != nil }) {
            throw PipelineError(
                .engine,
                "Spark cannot read files that are encrypted with the lake's own keys; use a lake without 'encryption', on S3 "
                    + "with 'encryption: sse-kms'",
                location: encrypted.location
            )
        }
        let scan = footers.parquetScan(files)
        let present = try await footers.columns(of: "SELECT * FROM \(scan)")
        let columns = present.map { "\(SparkSQL.identifier($0.name)) \(SparkType.sparkName(of: $0.type))" }
        let path = SparkType.path(of: files.map(\.location))
        let statement =
            "CREATE OR REPLACE TEMPORARY VIEW %@ (\(columns.joined(separator: ", "))) USING parquet "
            + "OPTIONS (path \(SparkSQL.literal(path)))"
        let renamed = RenamedColumns(formerly, among: present.map(\.name))
        guard renamed.isNeeded else {
            return try await define(view, statement.replacing("%@", with: name(view)))
        }
        let files = EngineTable(schema: view.schema, name: view.name + "__files")
        try await define(files, statement.replacing("%@", with: name(files)))
        try await define(view, as: "SELECT \(renamed.selectList) FROM \(files.sql)")
    }

    func define(_ view: EngineTable, overBundled file: URL) async throws {
        try await define(view, over: [DataFile(try await staging.copyToScratch(file))], formerly: [:])
    }

    private func define(_ view: EngineTable, _ statement: String) async throws {
        try await session.define(view: name(view), statement)
    }

    func materialise(_ table: EngineTable, as query: String) async throws {
        let text = try dialect.render(query)
        let folder = try await session.perform { turn in
            let folder = "\(scratch(table))/\(turn.name)"
            try await turn.execute(
                "INSERT OVERWRITE DIRECTORY \(SparkSQL.literal(SparkType.location(folder))) USING parquet "
                    + "SELECT *, monotonically_increasing_id() AS rowid FROM (\(text))"
            )
            return folder
        }
        try await define(
            table,
            "CREATE OR REPLACE TEMPORARY VIEW \(name(table)) USING parquet "
                + "OPTIONS (path \(SparkSQL.literal(SparkType.location(folder))))"
        )
    }

    func drop(_ table: EngineTable) async throws {
        try await session.drop(view: name(table))
        try await staging.removeScratch(table.name)
    }

    private func name(_ table: EngineTable) -> String { SparkSQL.identifier("\(table.schema).\(table.name)") }

    private func scratch(_ table: EngineTable) -> String { staging.scratch(table.name) }

    /// Writes a query's rows to files of the run's staging folder, as many as the cluster makes of them.
    func write(_ query: String, to place: Staging.Place) async throws -> [StagedFile] {
        let folder = String(
            place.data.location[..<(place.data.location.lastIndex(of: "/") ?? place.data.location.endIndex)]
        )
        let text = try dialect.render(query)
        let session = try await session.perform { turn in
            try await turn.execute(
                "INSERT OVERWRITE DIRECTORY \(SparkSQL.literal(SparkType.location(folder))) USING parquet "
                    + "OPTIONS (compression 'snappy') \(text)"
            )
            return turn.name
        }
        let own = Self.baseName(run: staging.run, session: session) + "-"
        var files: [StagedFile] = []
        for written in try await staging.written(beside: place) {
            guard written.path.name.hasPrefix(own) else {
                // Of a session that was lost, and perhaps not whole.
                try await written.discard()
                continue
            }
            let rows = try await footers.integers(
                "SELECT num_rows FROM parquet_file_metadata(\(SQLText.literal(written.data.location)))"
            )
            files.append(try await written.staged(rows: rows.first ?? 0))
        }
        return files
    }
}
