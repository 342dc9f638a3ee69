// A PostgreSQL in the registrar's role, a Spark that reads it, and a lake.

import ADBC
import Foundation
import LyceumCore
import LyceumLake
import LyceumSources
import TestServers
import Testing

@testable import LyceumPipeline

/// Started once a run and stopped with it; each fails, and says how to install it, where something is missing.
enum JDBCServers {
    static let postgres = Result { try ScriptServer.start("start-postgres") }

    /// With its web pages and an event log, to look for passwords in them.
    static let spark = Result {
        let log = eventLog
        try FileManager.default.createDirectory(at: log, withIntermediateDirectories: true)
        return try SparkServer.start(
            cores: 2,
            jars: [SparkServer.postgresDriver()],
            settings: [
                // A zone with gaps, which no time without a zone may be moved by.
                "spark.driver.extraJavaOptions": "-Duser.timezone=Europe/Berlin",
                "spark.eventLog.enabled": "true", "spark.eventLog.dir": log.path, "spark.eventLog.compress": "false",
            ],
            ui: true
        )
    }

    static let eventLog = URL(filePath: NSTemporaryDirectory())
        .appending(path: "lyceum-spark-events-\(ProcessInfo.processInfo.processIdentifier)")

    /// An account of its own, whose password has everything that could break a statement or an expression.
    static let password = #"p'ä\ss,) "${x}" w0rt;--"#
    static let wrongPassword = "falsches-Gehe1mnis"

    static func connect() async throws -> Connection {
        try await Database.open(
            driver: try Driver.load("postgresql"),
            options: ["uri": try postgres.get().uri]
        ).connect()
    }
}

/// One lake that is filled from PostgreSQL, on Spark or here.
struct JDBCCampus {
    let folder: URL
    /// `name: {…}` of the source's tables.
    var tables: String
    var isOnSpark = true
    var partitions = 4
    var contracts = "{}"
    var driver = "org.postgresql.Driver"
    var password = JDBCServers.password

    /// Runs statements in the database.
    static func change(_ statements: String...) async throws {
        let connection = try await JDBCServers.connect()
        for statement in statements { try await connection.execute(statement) }
        try await connection.close()
    }

    /// Makes the account that Spark reads with.
    static func prepare() async throws {
        let literal = SQLText.literal(JDBCServers.password)
        try await change(
            """
            DO $$ BEGIN
                IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'reader') THEN
                    CREATE ROLE reader LOGIN PASSWORD \(literal);
                    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
                END IF;
            END $$
            """
        )
    }

    func pipeline() throws -> Pipeline {
        let uri = try JDBCServers.postgres.get().uri
        let address = try #require(URLComponents(string: uri))
        let spark = try JDBCServers.spark.get()
        let engine = isOnSpark ? ", spark: {url: \"\(try spark.uri)\", token: \"${TOKEN}\"}" : ""
        let url = "jdbc:postgresql://127.0.0.1:\(address.port ?? 0)\(address.path)"
        let configuration = try Configuration.parse(
            """
            engine: {memory_limit: 512MB, threads: 2\(engine)}
            contracts: \(contracts)
            sources:
              registrar:
                type: oracle
                driver: postgresql
                uri: ${URI}
                watermark_lag_seconds: 0
                standard_tables: false
                jdbc: {url: "\(url)", driver: \(driver), user: reader, password: "${PASSWORD}", partitions: \(partitions)}
                tables: {\(tables)}
            """,
            file: folder.appending(path: "lyceum.yaml"),
            environment: ["URI": uri, "TOKEN": try spark.token, "PASSWORD": password]
        )
        let bundled = try Project.bundled()
        let project = try Project(
            definitions: [],
            sourceTables: [],
            prelude: bundled.prelude,
            sparkPrelude: bundled.sparkPrelude,
            seeds: [:],
            seedVersions: [:]
        )
        return Pipeline(configuration: configuration, project: project)
    }

    @discardableResult
    func run(fullRefresh: Bool = false) async throws -> RunReport {
        var options = RunOptions()
        options.fullRefresh = fullRefresh
        return try await pipeline().run(options)
    }

    /// The raw files of a table.
    func files(_ table: String) -> [String] {
        let zone = folder.appending(path: "lake/raw/oracle_\(table)")
        return ((try? FileManager.default.subpathsOfDirectory(atPath: zone.path)) ?? [])
            .filter { $0.hasSuffix(".parquet") }
    }

    /// A table expression of a table's raw rows.
    func scan(_ table: String) -> String {
        "read_parquet('\(folder.path)/lake/raw/oracle_\(table)/**/*.parquet', union_by_name = true)"
    }

    /// Raw rows, as text.
    func raw(_ table: String, _ columns: String, _ rest: String = "") async throws -> [String] {
        let engine = try await DuckDBEngine.forTest()
        return try await engine.rows("SELECT \(columns) FROM \(scan(table)) \(rest) ORDER BY ALL")
    }

    /// What the ledger knows of how far a table was read.
    func watermark(_ table: String) async throws -> String? {
        let lake = try await pipeline().openLake()
        return try await lake.ledger.watermark(source: "registrar", table: "oracle_" + table)?.value
    }
}
