// The texts of queries in each dialect.

import Arrow
import Testing

@testable import LyceumSources

@Suite("SQL dialects") struct SQLDialectTests {
    private func queries(_ dialect: SQLDialect, since: String? = nil) -> TableQueries {
        TableQueries(
            dialect: dialect,
            table: dialect.table("students", schema: "sis"),
            fields: [Field("STUDENT_ID", .int64), Field("UPDATED_AT", .timestamp(.microsecond, timezone: nil))],
            rangeColumn: Field("STUDENT_ID", .int64),
            watermarkColumn: Field("UPDATED_AT", .timestamp(.microsecond, timezone: nil)),
            filter: "status <> 'X'",
            since: since
        )
    }

    @Test("a range of an incremental read in Oracle's SQL")
    func oracle() {
        let sql = queries(.oracle, since: "TIMESTAMP '2024-05-01 10:00:00'")
            .rows(in: RowRange(from: nil, to: "500"), view: .changeNumber("123"))
        #expect(
            sql == """
                SELECT "STUDENT_ID" AS "student_id", "UPDATED_AT" AS "updated_at" FROM "SIS"."STUDENTS" AS OF SCN 123 \
                WHERE ("STUDENT_ID" < 500 OR "STUDENT_ID" IS NULL) \
                AND ("UPDATED_AT" >= TIMESTAMP '2024-05-01 10:00:00' OR "UPDATED_AT" IS NULL) AND (status <> 'X')
                """
        )
    }

    @Test("names are folded for Oracle only, and quoted parts nowhere")
    func names() {
        #expect(SQLDialect.oracle.table("students", schema: nil) == "\"STUDENTS\"")
        #expect(SQLDialect.oracle.table("sis.\"Students\"", schema: "other") == "\"SIS\".\"Students\"")
        #expect(SQLDialect.postgresql.table("students", schema: "sis") == "\"sis\".\"students\"")
        #expect(SQLDialect.duckdb.table("a\"; DROP TABLE x; --\"", schema: nil) == "\"a; DROP TABLE x; --\"")
    }

    @Test(
        "a watermark that is not a value of the column's type is no literal",
        arguments: ["", "1 OR 1=1", "2024-05-01'; --"]
    )
    func injection(value: String) {
        #expect(SQLDialect.postgresql.literal(value, for: .int64) == nil)
        #expect(SQLDialect.oracle.literal(value, for: .timestamp(.second, timezone: nil)) == nil)
    }

    @Test(
        "an instant's literal names UTC",
        arguments: [
            (SQLDialect.oracle, "TIMESTAMP '2024-05-01 10:00:00.5 +00:00'"),
            (SQLDialect.postgresql, "TIMESTAMPTZ '2024-05-01 10:00:00.5+00'"),
            (SQLDialect.duckdb, "TIMESTAMPTZ '2024-05-01 10:00:00.5+00'"),
        ]
    )
    func instants(dialect: SQLDialect, literal: String) {
        #expect(dialect.literal("2024-05-01T10:00:00.5Z", for: .timestamp(.microsecond, timezone: "UTC")) == literal)
    }

    @Test(
        "the lag is taken off a watermark, and a fraction of a second stays",
        arguments: [
            ("2024-05-01T00:01:00.123456Z", 300, "2024-04-30T23:56:00.123456Z"),
            ("2024-05-01T00:01:00Z", 0, "2024-05-01T00:01:00Z"),
            ("42", 300, "42"),
        ]
    )
    func lag(value: String, seconds: Int, bound: String) {
        #expect(TableReader.bound(value, lagSeconds: seconds) == bound)
    }

    @Test(
        "ranges cover every key once, whatever the boundaries",
        arguments: [
            [], ["5"], ["1", "5", "9"], ["1", "1", "1"], ["a", "b", "b", "a"],
        ]
    )
    func ranges(boundaries: [String]) {
        let ranges = RowRange.covering(boundaries)
        #expect(ranges.first?.from == nil && ranges.last?.to == nil)
        for (left, right) in zip(ranges, ranges.dropFirst()) { #expect(left.to == right.from) }
        for range in ranges where range.from != nil { #expect(range.from != range.to) }
    }
}
