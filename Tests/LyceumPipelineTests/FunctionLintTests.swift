// Which functions models may call, and how a call of another one is told.

import Foundation
import LyceumCore
import Testing

@testable import LyceumPipeline

/// A prelude for both engines, and one model.
private func findings(_ sql: String, yaml: String = "") throws -> [String] {
    let bundled = try Project.bundled()
    let model = try ModelDefinition(
        name: "x",
        zone: .curated,
        sql: sql,
        yaml: "table: x\n" + yaml,
        file: "curated/x.yml"
    )
    let project = try Project(
        definitions: [model],
        sourceTables: [],
        prelude: bundled.prelude,
        sparkPrelude: bundled.sparkPrelude,
        seeds: [:],
        seedVersions: [:]
    )
    return try project.functionFindings().map(\.description)
}

@Test("Every bundled model calls shared functions only")
func bundledModelsAreShared() throws {
    let project = try Project.bundled()
    #expect(project.models.count > 20)
    #expect(try project.functionFindings().map(\.description) == [])
    try project.requireSharedFunctions()
}

@Test(
    "A call of another function is told with file and line, wherever it stands",
    arguments: [
        ("SELECT list_aggregate(x, 'sum') FROM t", 1, "list_aggregate"),
        ("SELECT a,\n  lower(trim(epoch_ms(b)))\nFROM t", 2, "epoch_ms"),
        ("WITH c AS (\n  SELECT 1 AS a\n),\nd AS (SELECT\n epoch_ms(a) FROM c)\nSELECT * FROM d", 5, "epoch_ms"),
        ("-- (a) comment: ok(\n/* more (\n lines */ SELECT 'a (\nb', epoch_ms(a)", 4, "epoch_ms"),
        ("SELECT 'it''s epoch_ms(', \"f(\", list_sum(a) OVER (PARTITION BY b)", 1, "list_sum"),
        ("SELECT CASE WHEN a IN (1, 2) THEN epoch_ms (a) END", 1, "epoch_ms"),
        ("SELECT CAST(epoch_ms(a) AS DECIMAL(7, 2)), b", 1, "epoch_ms"),
        ("SELECT [a, list_sum(b)][1]", 1, "list_sum"),
        ("SELECT list_transform(a, lambda p: list_sum(p))", 1, "list_sum"),
        ("SELECT * FROM\nread_parquet('x')", 2, "read_parquet"),
        ("SELECT \"epoch_ms\"(a)", 1, "epoch_ms"),
        ("SELECT * EXCLUDE (a) FROM t", 1, "EXCLUDE"),
        ("SELECT _read_date(a)", 1, "_read_date"),
    ]
)
func foreignCalls(sql: String, line: Int, name: String) throws {
    let found = try findings(sql)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("Models/curated/x.sql:\(line): function '\(name)' is not one") == true, "\(found)")
    #expect(found.first?.contains("docs/model-functions.md") == true)
}

@Test(
    "A shared function is told when its arguments are too many or it is called after a dot",
    arguments: [
        ("SELECT trim(a, 'x', 'y')", "'trim' is shared with 1 or 2 arguments, not with 3"),
        ("SELECT round(a, 2, 3)", "'round' is shared with 1 or 2 arguments, not with 3"),
        ("SELECT greatest(a)", "'greatest' is shared with 2 or more arguments, not with 1"),
        ("SELECT as_text()", "'as_text' is shared with 1 argument, not with 0"),
        ("SELECT a.list_filter(lambda p: p > 1)", "'list_filter' is called after a dot"),
        ("SELECT list_filtr(a, lambda p: p > 1)", "did you mean 'list_filter'?"),
    ]
)
func wrongCalls(sql: String, sentence: String) throws {
    let found = try findings(sql)
    #expect(found.count == 1 && found[0].contains(sentence), "\(found)")
}

@Test(
    "What only looks like a call is none",
    arguments: [
        "SELECT count(*), sum(a) FILTER (WHERE b IN (1, 2)) OVER (PARTITION BY c ORDER BY d ROWS 1 PRECEDING) FROM t",
        "SELECT row_number() OVER (ORDER BY a) FROM (VALUES (1, 2), (3, 4)) AS t(a, b)",
        "SELECT * FROM (SELECT 1) t(a) JOIN LATERAL (SELECT 2) u(b) ON (a = b) WHERE NOT (a = 1) AND (b = 2) OR (a = 3)",
        "WITH RECURSIVE c(a, b) AS (SELECT 1, 2), d (x) AS NOT MATERIALIZED (SELECT a FROM c) SELECT * FROM d",
        "SELECT CAST(a AS DECIMAL(7, 2)), b::VARCHAR(10), CAST(c AS STRUCT(x DECIMAL(4, 2), y VARCHAR(3)[])) FROM t",
        "SELECT a FROM t WHERE EXISTS (SELECT 1) AND a = ANY (SELECT 2) GROUP BY ROLLUP (a), GROUPING SETS ((a), (b))",
        "SELECT a FROM t JOIN u USING (a) WHERE a BETWEEN (1) AND (2) AND b LIKE ('x') AND a IS DISTINCT FROM (3)",
        "SELECT extract(year FROM a), try_cast(b AS DATE), struct_pack(x := a, \"y\" := b), unnest(c) FROM t",
        "SELECT DISTINCT (a), CASE (b) WHEN (1) THEN (2) ELSE (3) END, INTERVAL (a) DAY FROM ref('x') -- epoch_ms(",
        "SELECT * FROM source('a') WHERE a IN (SELECT b FROM seed('c')) UNION ALL (SELECT 1) EXCEPT (SELECT 2)",
    ]
)
func lookalikesAreNoCalls(sql: String) throws {
    let bundled = try Project.bundled()
    let shared = try SharedFunctions(duckDB: bundled.prelude, spark: bundled.sparkPrelude)
    #expect(try SQLCall.calls(in: sql).compactMap(shared.complaint) == [])
}

@Test("The SQL of data tests is held to the same, by the lines of its YAML file")
func callsInDataTests() throws {
    let yaml = """
        columns:
          - name: a
        tests:
          - expression: {name: e, that: "epoch_ms(a) > 0"}
          - expression:
              name: f
              that: |
                a > 0
                and list_sum(a) > 1
          - sql: {name: s, query: "select lower(a) from ref('y') where list_any_value(a)"}
          - sql:
              name: t
              query: >
                select list_first(a)
        """
    let bundled = try Project.bundled()
    let models = try [
        ModelDefinition(name: "y", zone: .clean, sql: "SELECT 1 AS a", yaml: "table: y\n", file: "clean/y.yml"),
        ModelDefinition(name: "x", zone: .clean, sql: "SELECT 1 AS a", yaml: "table: x\n" + yaml, file: "clean/x.yml"),
    ]
    let project = try Project(
        definitions: models,
        sourceTables: [],
        prelude: bundled.prelude,
        sparkPrelude: bundled.sparkPrelude,
        seeds: [:],
        seedVersions: [:]
    )
    let found = try project.functionFindings()
    #expect(found.map(\.location) == [5, 10, 11, 15].map { "Models/clean/x.yml:\($0)" })
    // All of them are in the one error, each with its place.
    let error = #expect(throws: PipelineError.self) { try project.requireSharedFunctions() }
    #expect(error?.code == .badModel)
    for finding in found { #expect("\(error.map(String.init(describing:)) ?? "")".contains("\(finding)")) }
}

@Test("Brackets that do not match are told with the file")
func unmatchedBrackets() throws {
    #expect {
        try findings("SELECT lower(a FROM t")
    } throws: {
        "\($0)".hasPrefix("Models/curated/x.sql: ")
    }
}

@Test("Both preludes define the same macros with the same number of parameters")
func preludesAgree() async throws {
    let project = try Project.bundled()
    func signatures(_ macros: [SQLMacro]) -> Set<String> {
        Set(macros.filter(\.isShared).map { "\($0.name)/\($0.parameters.count)" })
    }
    let duckDB = signatures(try SQLMacro.read(project.prelude, file: "prelude.duckdb.sql"))
    let spark = signatures(try SQLMacro.read(project.sparkPrelude, file: "prelude.spark.sql"))
    #expect(duckDB.count > 30)
    #expect(duckDB.subtracting(spark) == [])
    // What Spark's prelude has beyond them are functions of DuckDB's own.
    let engine = try await DuckDBEngine.forTest()
    let own = Set(try await engine.rows("SELECT DISTINCT function_name FROM duckdb_functions()"))
    for signature in spark.subtracting(duckDB) {
        let name = String(signature.prefix { $0 != "/" })
        #expect(own.contains(name), "\(signature) is a macro of Spark's prelude only, and no function of DuckDB")
    }
}

@Test("A macro that Spark's prelude lacks is told")
func missingMacro() throws {
    let duckDB = "CREATE OR REPLACE MACRO half(x) AS x / 2; CREATE OR REPLACE MACRO half(x, y) AS x / y;"
    #expect {
        try SharedFunctions(duckDB: duckDB, spark: "CREATE OR REPLACE MACRO half(x) AS x / 2;")
    } throws: {
        "\($0)".hasPrefix("prelude.spark.sql: the macro 'half' with 2 parameters is missing")
    }
}

@Test("With Spark such a model is an error before anything is read; without it the plan has a note")
func lintInPipeline() async throws {
    try await withTemporaryFolder { folder in
        let bundled = try Project.bundled()
        let model = try ModelDefinition(
            name: "x",
            zone: .clean,
            sql: "SELECT\n epoch_ms(1) AS a",
            yaml: "table: x",
            file: "clean/x.yml"
        )
        func pipeline(_ engine: String) throws -> Pipeline {
            Pipeline(
                configuration: try Configuration.parse(
                    """
                    engine: {\(engine)}
                    sources: {exports: {type: files, path: exports, tables: {t: {glob: "*.csv"}}}}
                    """,
                    file: folder.appending(path: "lyceum.yaml"),
                    environment: [:]
                ),
                project: try Project(
                    definitions: [model],
                    sourceTables: [],
                    prelude: bundled.prelude,
                    sparkPrelude: bundled.sparkPrelude,
                    seeds: [:],
                    seedVersions: [:]
                )
            )
        }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "exports"),
            withIntermediateDirectories: true
        )
        let plan = try await pipeline("threads: 1").plan(RunOptions(), asksSources: false)
        #expect(plan.notes.count == 1 && plan.notes[0].contains("Models/clean/x.sql:2: function 'epoch_ms'"))
        let onSpark = try pipeline("spark: {url: 'sc://127.0.0.1:1'}")
        for attempt in ["plan", "run"] {
            await #expect {
                if attempt == "plan" {
                    _ = try await onSpark.plan(RunOptions(), asksSources: false)
                } else {
                    _ = try await onSpark.run(RunOptions())
                }
            } throws: {
                ($0 as? PipelineError)?.location == "Models/clean/x.sql:2"
            }
        }
    }
}

@Test("The page of shared functions names all of them")
func sharedFunctionsAreDocumented() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/model-functions.md")
    let text = try String(contentsOf: page.standardizedFileURL, encoding: .utf8)
    let project = try Project.bundled()
    let shared = try SharedFunctions(duckDB: project.prelude, spark: project.sparkPrelude)
    for name in shared.arities.keys.sorted() { #expect(text.contains("`\(name)"), "\(name) is missing there") }
}
