// The models' SQL in Spark's words.

import Testing

@testable import LyceumPipeline

private func rendered(_ sql: String, prelude: String = "") throws -> String {
    try SparkSQL(prelude: prelude).render(sql)
}

/// What the grammar of the two engines writes differently.
@Test(arguments: [
    (#"SELECT "a" FROM "ref"."students""#, "SELECT `a` FROM `ref.students`"),
    (#"SELECT 'it''s \d'"#, #"SELECT 'it\'s \\d'"#),
    ("SELECT CAST(x AS VARCHAR[])", "SELECT CAST(x AS ARRAY<STRING>)"),
    ("SELECT [1, 2]", "SELECT array(1 , 2)"),
    ("SELECT t.x[2]", "SELECT try_element_at(t.x, CAST(2 AS INT))"),
    ("SELECT x[2:]", "SELECT slice(x, CAST(2 AS INT), size(x))"),
    ("SELECT struct_pack(a := 1, b := x)", "SELECT named_struct('a', 1, 'b', x)"),
    ("SELECT f(x, lambda p: p + 1)", "SELECT f(x , p -> p + 1)"),
    (
        "SELECT max(a) OVER (ORDER BY a, b DESC NULLS FIRST ROWS 1 PRECEDING)",
        "SELECT max(a) OVER (ORDER BY a NULLS LAST, b DESC NULLS FIRST ROWS 1 PRECEDING)"
    ),
    ("SELECT a, unnest(b) AS c FROM t", "SELECT a , explode(b) AS c FROM t"),
    ("SELECT unnest(b) AS c, a, unnest(d) AS e FROM t", "SELECT inline(arrays_zip(b , d)) AS (c , e) , a FROM t"),
])
func sparkGrammar(sql: String, expected: String) throws {
    #expect(try rendered(sql) == expected)
}

/// A macro is expanded with its arguments, by number of arguments, and never in itself.
@Test
func sparkMacros() throws {
    let prelude = """
        CREATE OR REPLACE MACRO half(x) AS x / 2; -- a comment
        CREATE OR REPLACE MACRO round(x, n) AS round(x * half(n));
        CREATE OR REPLACE MACRO to_json(x) AS to_json(x);
        """
    #expect(try rendered("SELECT half(a + 1), half(t.b)", prelude: prelude) == "SELECT ((a + 1) / 2) , (t . b / 2)")
    #expect(try rendered("round(a, 4)", prelude: prelude) == "(round(a * (4 / 2)))")
    #expect(try rendered("round(a)", prelude: prelude) == "round(a)")
    #expect(try rendered("to_json(a)", prelude: prelude) == "(to_json(a))")
}

@Test(arguments: ["SELECT (1", "SELECT 1)", "SELECT 'a"])
func sparkRefusesWhatDoesNotMatch(sql: String) {
    #expect(throws: PipelineError.self) { try rendered(sql) }
}

/// Files of one folder are one path with a glob; what a glob would read in them is escaped.
@Test
func sparkPaths() {
    #expect(SparkType.path(of: ["/l/a.parquet"]) == "/l/a.parquet")
    #expect(SparkType.path(of: ["/l/s=a/1.parquet", "/l/s=b/2.parquet"]) == "/l/{s=a/1.parquet,s=b/2.parquet}")
    #expect(SparkType.path(of: ["s3://b/{x}/1.parquet"]) == #"s3a://b/\{x\}/1.parquet"#)
}

/// Types go to Spark and come back from Arrow under the catalog's names.
@Test
func sparkTypes() {
    #expect(
        SparkType.sparkName(of: "STRUCT(a VARCHAR, \"b\" DECIMAL(4,2)[])")
            == "STRUCT<`a`: STRING, `b`: ARRAY<DECIMAL(4,2)>>"
    )
    #expect(SparkType.sparkName(of: "TIMESTAMP") == "TIMESTAMP_NTZ")
    #expect(SparkType.engineName(of: .timestamp(.microsecond, timezone: nil)) == "TIMESTAMP")
}

/// Both preludes define what the bundled models call, and each bundled model can be rendered.
@Test
func sparkRendersEveryModel() throws {
    let project = try Project.bundled()
    let dialect = try SparkSQL(prelude: project.sparkPrelude)
    for model in project.models {
        let text = try dialect.render(ModelBuilder.resolve(model.sql))
        for macro in [
            "as_text(", "as_date(", "_read_date(", "_day_of(", "_month_name(", "html_to_text(", "struct_pack(",
            "unnest(", "list_sorted(",
        ] {
            #expect(!text.contains(macro), "\(model.name) still has \(macro)")
        }
    }
}
