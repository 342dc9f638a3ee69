// Whole runs over a real database: first landings without a table, keys that are gone, sources that start again.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumSources
import Testing

@testable import LyceumPipeline

/// A DuckDB file in the registrar's role, and a lake.
private struct Registrar {
    let folder: URL
    var tables = "people: {key: [id], watermark: changed}"
    var contracts = "{}"

    func change(_ statements: String...) async throws {
        let path = folder.appending(path: "registrar.duckdb").path
        let database = try Database(driver: try Driver.load("duckdb"), options: ["path": path])
        let connection = try await database.connect()
        for statement in statements { try await connection.execute(statement) }
        try await connection.close()
    }

    func pipeline() throws -> Pipeline {
        let project = try Project(definitions: [], sourceTables: [], prelude: "", seeds: [:], seedVersions: [:])
        let configuration = try Configuration.parse(
            """
            engine: {memory_limit: 512MB, threads: 2}
            contracts: \(contracts)
            sources:
              registrar:
                {type: oracle, driver: duckdb, path: registrar.duckdb, standard_tables: false, tables: {\(tables)}}
            """,
            file: folder.appending(path: "lyceum.yaml"),
            environment: [:]
        )
        return Pipeline(configuration: configuration, project: project)
    }

    @discardableResult
    func run() async throws -> RunReport { try await pipeline().run(RunOptions()) }

    /// The raw rows.
    func raw(_ columns: String, _ rest: String = "") async throws -> [String] {
        let engine = try await DuckDBEngine.forTest()
        let pattern = folder.appending(path: "lake/raw/oracle_people/**/*.parquet").path
        return try await engine.rows(
            "SELECT \(columns) FROM read_parquet('\(pattern)', union_by_name = true) \(rest) ORDER BY ALL"
        )
    }
}

@Test("The first landing of a large table is several files with every row once, stamped and hashed as later ones are")
func firstLandingOfDatabase() async throws {
    try await withTemporaryFolder { folder in
        let registrar = Registrar(folder: folder)
        try await registrar.change(
            """
            CREATE TABLE people AS SELECT i AS id, 'n' || i AS name, (i % 100 / 10)::DECIMAL(5, 2) AS score,
                TIMESTAMP '2024-01-01' + to_seconds(i) AS changed FROM range(250000) r(i)
            """
        )
        let report = try await registrar.run()
        #expect(report.records == 250_000)
        #expect(report.tables.first?.counts.isBalanced == true)
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.appending(path: "lake/raw").path)
            .filter { $0.hasSuffix(".parquet") }
        #expect(files.count > 1)
        #expect(
            try await registrar.raw(
                "count(*), count(DISTINCT id), sum(score), any_value(typeof(score)), count(DISTINCT _hash), min(_op), "
                    + "any_value(_source)"
            ) == ["250000|250000|1237500.00|DECIMAL(5,2)|250000|U|registrar"]
        )
        // The same hashes as a comparison makes: nothing is new when everything is read again.
        var options = RunOptions()
        options.fullRefresh = true
        let again = try await registrar.pipeline().run(options)
        #expect(again.records == 0)
    }
}

@Test("Rows that a contract sets aside at the first landing are in quarantine, and the others land as ever")
func firstLandingUnderContract() async throws {
    try await withTemporaryFolder { folder in
        let registrar = Registrar(folder: folder, contracts: "{oracle_people: {data: quarantine}}")
        try await registrar.change(
            """
            CREATE TABLE people AS SELECT CASE WHEN i % 1000 = 7 THEN NULL ELSE i END AS id, 'n' || i AS name,
                TIMESTAMP '2024-01-01' + to_seconds(i) AS changed FROM range(120000) r(i)
            """
        )
        let report = try await registrar.run()
        let counts = try #require(report.tables.first?.counts)
        #expect(counts == RowCounts(rowsIn: 120_000, rowsOut: 119_880, quarantined: 120))
        #expect(
            try await registrar.raw("count(*), count(id), count(DISTINCT _hash), any_value(_op)")
                == ["119880|119880|119880|U"]
        )
        var options = RunOptions()
        options.fullRefresh = true
        let again = try await registrar.pipeline().run(options)
        #expect(again.records == 0 && again.tables.first?.counts.isBalanced == true)
    }
}

@Test("A row that is deleted in a table with a watermark is noticed by its key, and may come back")
func deletedByKey() async throws {
    try await withTemporaryFolder { folder in
        let registrar = Registrar(folder: folder)
        try await registrar.change(
            "CREATE TABLE people AS SELECT i AS id, 'n' || i AS name, TIMESTAMP '2024-01-01' + to_days(i::INT) AS changed "
                + "FROM range(10) r(i)"
        )
        try await registrar.run()
        try await registrar.change(
            "DELETE FROM people WHERE id IN (3, 9)",
            "INSERT INTO people VALUES (20, 'new', TIMESTAMP '2024-02-01')"
        )
        let report = try await registrar.run()
        #expect(report.records == 3)
        #expect(report.tables.first?.counts.isBalanced == true)
        #expect(try await registrar.raw("id", "WHERE _op = 'D'") == ["3", "9"])
        let none = try await registrar.run()
        #expect(none.records == 0)
        // The same version comes back: it is new again, though it was landed before.
        try await registrar.change("INSERT INTO people VALUES (9, 'n9', TIMESTAMP '2024-01-10')")
        let early = try await registrar.run()
        // Its time lies before the watermark, so that only its key is seen: that is said.
        #expect(early.records == 0)
        #expect(early.notices.contains { $0.contains("1 keys") && $0.contains("watermark_lag_seconds") })
        try await registrar.change("UPDATE people SET changed = TIMESTAMP '2024-02-02' WHERE id = 9")
        #expect(try await registrar.run().records == 1)
        #expect(try await registrar.raw("_op", "WHERE id = 9") == ["D", "U", "U"])
    }
}

@Test("Keys that all are gone delete nothing, and the run says so")
func allKeysGone() async throws {
    try await withTemporaryFolder { folder in
        let registrar = Registrar(folder: folder)
        try await registrar.change("CREATE TABLE people AS SELECT 1 AS id, TIMESTAMP '2024-01-01' AS changed")
        try await registrar.run()
        try await registrar.change("DELETE FROM people")
        await #expect { try await registrar.run() } throws: { "\($0)".contains("nothing was deleted") }
    }
}

@Test(
    "A column that a database has lost since the last run is for the contract to judge",
    arguments: ["evolve", "freeze"]
)
func lostColumn(mode: String) async throws {
    try await withTemporaryFolder { folder in
        var registrar = Registrar(
            folder: folder,
            tables: "people: {key: [id], watermark: changed, columns: [id, name, changed]}"
        )
        registrar.contracts = "{oracle_people: {columns: \(mode)}}"
        try await registrar.change(
            "CREATE TABLE people AS SELECT i AS id, 'n' || i AS name, TIMESTAMP '2024-01-01' + to_days(i::INT) AS changed "
                + "FROM range(5) r(i)"
        )
        #expect(try await registrar.run().records == 5)
        try await registrar.change(
            "ALTER TABLE people DROP name",
            "INSERT INTO people VALUES (5, TIMESTAMP '2024-02-01')"
        )
        if mode == "freeze" {
            let error = await #expect(throws: PipelineError.self) { try await registrar.run() }
            #expect(error?.code == .contractBroken && error?.message.contains("name missing") == true)
            #expect(try await registrar.raw("count(*)") == ["5"])
        } else {
            let report = try await registrar.run()
            #expect(report.notices.contains { $0.contains("name missing") && $0.contains("read as NULL") })
            #expect(try await registrar.raw("id, coalesce(name, '-')", "WHERE id IN (0, 5)") == ["0|n0", "5|-"])
        }
        // Without its watermark the table cannot be read on, whatever the contract says.
        try await registrar.change("ALTER TABLE people DROP changed")
        await #expect { try await registrar.run() } throws: { "\($0)".contains("no column 'changed'") }
    }
}

@Test("With deletes off no key is compared; with deletes full the table is read whole", arguments: ["never", "full"])
func otherDeletes(mode: String) async throws {
    try await withTemporaryFolder { folder in
        let registrar = Registrar(folder: folder, tables: "people: {key: [id], watermark: changed, deletes: \(mode)}")
        try await registrar.change(
            "CREATE TABLE people AS SELECT i AS id, TIMESTAMP '2024-01-01' AS changed FROM range(10) r(i)"
        )
        try await registrar.run()
        try await registrar.change("DELETE FROM people WHERE id = 3")
        try await registrar.run()
        #expect(try await registrar.raw("id", "WHERE _op = 'D'") == (mode == "full" ? ["3"] : []))
    }
}

/// A source whose first attempt breaks off after some rows, and that then starts again.
private struct RestartingSource: Source {
    let name = "campus"
    let kind = "oracle"
    let startsAgain: Bool

    func datasets() async throws -> [Dataset] {
        [Dataset(table: "oracle_people", key: ["id"], columns: [], mode: .snapshot)]
    }

    func extract(_ request: ExtractRequest, into sink: any ExtractSink) async throws -> Extraction {
        let database = try Database(driver: try Driver.load("duckdb"), options: ["path": ":memory:"])
        _ = try await sink.write(try await database.connect().query("SELECT range AS id FROM range(5)"))
        if startsAgain { try await sink.restart() }
        _ = try await sink.write(try await database.connect().query("SELECT range AS id FROM range(5)"))
        _ = try await sink.write(try await database.connect().query("SELECT range + 5 AS id FROM range(5)"))
        return Extraction(rows: 10, isComplete: true)
    }

    func check() async -> [SourceFinding] { [] }
    func close() async {}
}

@Test("What a source delivered before it started again is not landed twice", arguments: [true, false])
func restarted(startsAgain: Bool) async throws {
    try await withTemporaryFolder { folder in
        let registrar = Registrar(folder: folder)
        let configured = try registrar.pipeline()
        let pipeline = Pipeline(configuration: configured.configuration, project: configured.project) { _ in
            RestartingSource(startsAgain: startsAgain)
        }
        for _ in 1...2 { _ = try await pipeline.run(RunOptions()) }
        // The first run lands what comes; the second, which compares, adds nothing either way.
        #expect(try await registrar.raw("count(*), count(DISTINCT id)") == [startsAgain ? "10|10" : "15|10"])
    }
}

@Test("A preview shows first rows, discovery what is there, an export the whole table in files")
func sourceAccess() async throws {
    try await withTemporaryFolder { folder in
        let registrar = Registrar(folder: folder)
        try await registrar.change(
            "CREATE TABLE people AS SELECT i::INTEGER AS id, 'n' || i AS name, TIMESTAMP '2024-01-01' AS changed "
                + "FROM range(120000) r(i)",
            "CREATE TABLE other (a DECIMAL(9, 2), b VARCHAR NOT NULL, PRIMARY KEY (b, a))"
        )
        let pipeline = try registrar.pipeline()
        for table in ["people", "oracle_people", "PEOPLE"] {
            let rows = try await pipeline.preview(source: "registrar", table: table, rows: 3)
            #expect(rows.reduce(0) { $0 + $1.count } == 3)
        }
        #expect(try await pipeline.preview(source: "registrar", table: "other", rows: 3).allSatisfy { $0.count == 0 })
        let tables = try await pipeline.discover(source: "registrar")
        #expect(tables.map(\.name) == ["other", "people"])
        #expect(tables[0].key == ["b", "a"] && tables[0].columns.map(\.type) == ["DECIMAL(9,2)", "VARCHAR"])
        #expect(tables[1].estimatedRows == 120_000)
        let target = folder.appending(path: "copy")
        let export = try await pipeline.export(source: "registrar", table: "people", to: target)
        #expect(export.rows == 120_000 && export.files.count >= 1)
        let engine = try await DuckDBEngine.forTest()
        #expect(
            try await engine.rows("SELECT count(*), count(DISTINCT id) FROM '\(target.path)/*.parquet'")
                == ["120000|120000"]
        )
        await #expect { _ = try await pipeline.export(source: "registrar", table: "people", to: target) } throws: {
            "\($0)".contains("already holds")
        }
        await #expect { _ = try await pipeline.export(source: "registrar", table: "none", to: folder) } throws: {
            "\($0)".contains("configured: oracle_people")
        }
    }
}

@Test("A source without a query language is previewed by reading its beginning")
func previewByReading() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set { script in script.rows = (1...50).map { (id: $0, name: "n" + String($0), score: 1) } }
        let batches = try await campus.pipeline().preview(source: "campus", table: "people", rows: 7)
        #expect(batches.reduce(0) { $0 + $1.count } == 7)
        #expect(try await campus.pipeline().discover(source: "campus").first?.key == ["id"])
    }
}
