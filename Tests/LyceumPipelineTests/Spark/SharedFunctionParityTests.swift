// The built-in functions that models may call mean the same on both engines.

import ADBC
import Foundation
import LyceumCore
import TestServers
import Testing

@testable import LyceumPipeline

private let rows = "(VALUES (1, 2.0, 'Ab'), (2, 4.5, 'bé'), (4, 1.0, NULL), (7, 8.0, 'Ab')) AS t(x, y, s)"

/// An aggregate of doubles, to six digits.
private func number(_ aggregate: String) -> String {
    "SELECT CAST(CAST(round(\(aggregate), 6) AS DECIMAL(18, 6)) AS VARCHAR) FROM \(rows)"
}

/// What a window function gives for each row, as one number.
private func window(_ call: String) -> String {
    """
    SELECT CAST(CAST(round(sum(x * v), 6) AS DECIMAL(18, 6)) AS VARCHAR) FROM (
        SELECT x, CAST(\(call) AS DOUBLE) AS v FROM \(rows)) AS w
    """
}

private func value(_ expression: String) -> String { "SELECT CAST(\(expression) AS VARCHAR)" }

private func aggregate(_ expression: String) -> String { "SELECT CAST(\(expression) AS VARCHAR) FROM \(rows)" }

/// Function → queries of one text each.
private let examples: [String: [String]] = [
    "avg": [number("avg(y)")], "corr": [number("corr(x, y)")],
    "covar_pop": [number("covar_pop(x, y)")], "covar_samp": [number("covar_samp(x, y)")],
    "stddev_pop": [number("stddev_pop(y)")], "stddev_samp": [number("stddev_samp(y)")],
    "var_pop": [number("var_pop(y)")], "var_samp": [number("var_samp(y)")],
    "bit_and": [aggregate("bit_and(x)")], "bit_or": [aggregate("bit_or(x)")], "bit_xor": [aggregate("bit_xor(x)")],
    "bool_and": [aggregate("bool_and(x > 1)"), aggregate("bool_and(x > 0)")],
    "bool_or": [aggregate("bool_or(x > 6)"), aggregate("bool_or(s = 'z')")],
    "count": [aggregate("count(s)"), aggregate("count(*)"), aggregate("count(DISTINCT s)")],
    "count_if": [aggregate("count_if(x > 1)")], "max": [aggregate("max(s)")], "min": [aggregate("min(s)")],
    "sum": [aggregate("sum(x)"), aggregate("sum(y)")],
    "grouping": ["SELECT CAST(sum(g) AS VARCHAR) FROM (SELECT grouping(s) AS g FROM \(rows) GROUP BY ROLLUP (s)) AS r"],
    "cume_dist": [window("cume_dist() OVER (ORDER BY s)")],
    "dense_rank": [window("dense_rank() OVER (ORDER BY s)")],
    "percent_rank": [window("percent_rank() OVER (ORDER BY s)")],
    "rank": [window("rank() OVER (ORDER BY s)")], "row_number": [window("row_number() OVER (ORDER BY y)")],
    "first_value": [window("first_value(x) OVER (ORDER BY y)")],
    "last_value": [window("last_value(x) OVER (ORDER BY y)")], "ntile": [window("ntile(3) OVER (ORDER BY y)")],
    "nth_value": [window("nth_value(x, 2) OVER (ORDER BY y)")],
    "lag": [
        window("lag(x) OVER (ORDER BY y)"), window("lag(x, 2) OVER (ORDER BY y)"),
        window("lag(x, 2, 9) OVER (ORDER BY y)"),
    ],
    "lead": [
        window("lead(x) OVER (ORDER BY y)"), window("lead(x, 2) OVER (ORDER BY y)"),
        window("lead(x, 2, 9) OVER (ORDER BY y)"),
    ],
    "coalesce": [value("coalesce('a')"), value("coalesce(NULL, 'b', 'c')")],
    "greatest": [value("greatest(1, NULL, 3)"), value("greatest(2, 1)")],
    "least": [value("least(1, NULL, 3)"), value("least(2, 1)")], "ifnull": [value("ifnull(NULL, 'a')")],
    "nullif": [value("coalesce(nullif('a', 'a'), 'none')"), value("nullif('a', 'b')")],
    "if": [value("if(1 > 2, 'a', 'b')"), value("if(NULL, 'a', 'b')")],
    "char_length": [value("char_length('é☃ 𝄞')")], "length": [value("length('é☃ 𝄞')")],
    "chr": [value("chr(65)"), value("chr(127)")], "lower": [value("lower('ÀB')")], "upper": [value("upper('àb')")],
    "md5": [value("md5('é')")], "reverse": [value("reverse('aé☃')")],
    "contains": [value("contains('abc', 'b')"), value("contains('abc', 'B')")],
    "instr": [value("instr('abcb', 'b')"), value("instr('abc', 'x')")], "left": [value("left('abc', 2)")],
    "right": [value("right('abc', 2)")], "repeat": [value("repeat('ab', 3)")],
    "substr": [value("substr('abcd', 2)"), value("substr('abcd', 2, 2)"), value("substr('abcd', 9, 2)")],
    "substring": [value("substring('abcd', 2)"), value("substring('abcd', 2, 2)")],
    "lpad": [value("lpad('a', 4, 'xy')"), value("lpad('abc', 2, 'x')")],
    "rpad": [value("rpad('a', 4, 'xy')"), value("rpad('abc', 2, 'x')")],
    "replace": [value("replace('aXbX', 'X', 'é')"), value("replace('ab', 'x', '')")],
    "regexp_extract": [value("regexp_extract('a12b3', '([0-9]+)', 1)"), value("regexp_extract('a', '([0-9])', 1)")],
    "regexp_extract_all": [value("array_to_string(regexp_extract_all('a1b2', '([a-z])([0-9])', 2), ',')")],
    "split_part": [value("split_part('a,b', ',', 2)"), value("split_part('a,b', ',', 3)")],
    "translate": [value("translate('abc', 'ab', 'x')")],
    "concat_ws": [value("concat_ws('-', 'a', NULL, 'b')"), value("concat_ws('-', 'a')")],
    "abs": [value("abs(-2)")], "bit_count": [value("bit_count(7)")], "exp": [number("exp(max(x) - 6)")],
    "isnan": [value("isnan(CAST('NaN' AS DOUBLE))")], "ln": [number("ln(max(y))")], "log10": [number("log10(max(y))")],
    "round": [value("round(CAST(2.5 AS DOUBLE))"), value("round(CAST(-2.5 AS DOUBLE))")],
    "sqrt": [number("sqrt(max(x))")], "mod": [value("mod(7, 3)"), value("mod(-7, 3)")],
    "pow": [value("pow(2, 3)")], "power": [value("power(2, 3)")],
    "day": [value("day(DATE '2024-02-05')")], "dayofyear": [value("dayofyear(DATE '2024-03-05')")],
    "hour": [value("hour(TIMESTAMP '2024-02-05 10:11:12')")], "last_day": [value("last_day(DATE '2024-02-05')")],
    "minute": [value("minute(TIMESTAMP '2024-02-05 10:11:12')")], "month": [value("month(DATE '2024-02-05')")],
    "quarter": [value("quarter(DATE '2024-05-05')")], "year": [value("year(DATE '2024-02-05')")],
    "weekofyear": [value("weekofyear(DATE '2024-12-31')"), value("weekofyear(DATE '2021-01-03')")],
    "make_date": [value("make_date(2024, 2, 29)")],
]

extension JDBCExtractionTests {
    @Test("Each built-in function of the shared set gives the same on both engines")
    func sharedFunctions() async throws {
        #expect(Set(examples.keys) == Set(SharedFunctions.builtIns.keys))
        let project = try Project.bundled()
        let dialect = try SparkSQL(prelude: project.sparkPrelude)
        let engine = try await DuckDBEngine.forTest(prelude: project.prelude)
        let server = try JDBCServers.spark.get()
        let spark = try await Database.open(
            driver: try Driver.load("spark"),
            options: SparkSettings(url: try server.uri, token: Secret(try server.token)).options
        ).connect()
        for setting in ["spark.sql.timestampType=TIMESTAMP_NTZ", "spark.sql.ansi.enabled=true"] {
            _ = try await spark.execute("SET \(setting)")
        }
        let queries = examples.sorted { $0.key < $1.key }.flatMap { name, queries in queries.map { (name, $0) } }
        for (name, query) in queries {
            #expect(try SQLCall.calls(in: query).contains { $0.name == name }, "\(query) does not call \(name)")
        }
        // Several in one statement, for Spark takes its time with each.
        for begin in stride(from: 0, to: queries.count, by: 20) {
            let statement = queries[begin..<min(begin + 20, queries.count)].enumerated().map { index, query in
                "SELECT concat_ws(' ', '\(index + 100)', '\(query.0)', (\(query.1))) AS v"
            }.joined(separator: " UNION ALL ")
            var found: [String] = []
            for try await batch in try await spark.query(try dialect.render(statement)) {
                found += (0..<batch.count).map { batch.column(0).text(at: $0) ?? "-" }
            }
            #expect(try await engine.rows(statement).sorted() == found.sorted())
        }
        try await spark.close()
    }
}
