// Oracle's SQL, run: the connector with Oracle's dialect on a real PostgreSQL that has orafce's Oracle functions.

import ADBC
import Arrow
import Foundation
import LyceumCore
import Testing

@testable import LyceumSources

/// What PostgreSQL with orafce does not have is declared here: the dictionary's views, over PostgreSQL's own, and the number
/// format that names its decimal point. `AS OF SCN`, `ROWID` and `SAMPLE BLOCK` it cannot run at all.
@Suite("Oracle's dialect on PostgreSQL with orafce", .serialized) struct OrafceTests {
    private static let setUp = [
        "CREATE EXTENSION IF NOT EXISTS orafce", "DROP SCHEMA IF EXISTS \"SIS\" CASCADE",
        "DROP SCHEMA IF EXISTS dictionary CASCADE", "CREATE SCHEMA \"SIS\"", "CREATE SCHEMA dictionary",
        """
        CREATE FUNCTION dictionary.to_char(numeric, text, text) RETURNS text IMMUTABLE LANGUAGE sql
        AS $$ SELECT CASE WHEN $2 = 'TM9' AND $3 = 'NLS_NUMERIC_CHARACTERS=''.,''' THEN trim_scale($1)::text END $$
        """,
        """
        CREATE VIEW dictionary.all_tab_columns AS
        SELECT table_schema::text AS owner, table_name::text, column_name::text,
            CASE data_type WHEN 'numeric' THEN 'NUMBER' WHEN 'bigint' THEN 'NUMBER' WHEN 'text' THEN 'VARCHAR2'
                WHEN 'timestamp without time zone' THEN CASE WHEN datetime_precision = 0 THEN 'DATE' ELSE 'TIMESTAMP(6)' END
                WHEN 'timestamp with time zone' THEN 'TIMESTAMP(6) WITH TIME ZONE' ELSE upper(data_type) END AS data_type,
            CASE WHEN data_type = 'bigint' THEN 18 ELSE numeric_precision END::numeric AS data_precision,
            CASE WHEN data_type = 'bigint' THEN 0 ELSE numeric_scale END::numeric AS data_scale,
            40::numeric AS char_length, 40::numeric AS data_length, left(is_nullable, 1) AS nullable,
            ordinal_position AS column_id
        FROM information_schema.columns
        """,
        """
        CREATE VIEW dictionary.all_tables AS
        SELECT schemaname::text AS owner, tablename::text AS table_name, 42::numeric AS num_rows FROM pg_tables
        """,
        """
        CREATE VIEW dictionary.all_constraints AS
        SELECT constraint_schema::text AS owner, table_name::text, constraint_name::text, left(constraint_type, 1)
            AS constraint_type FROM information_schema.table_constraints
        """,
        """
        CREATE VIEW dictionary.all_cons_columns AS
        SELECT constraint_schema::text AS owner, constraint_name::text, column_name::text,
            ordinal_position::numeric AS position FROM information_schema.key_column_usage
        """,
        """
        CREATE TABLE "SIS"."STUDENTS" ("STUDENT_ID" bigint PRIMARY KEY, "NAME" text, "GPA" numeric(4, 2), "RATE" numeric,
            "BORN" timestamp(0), "UPDATED_AT" timestamp(6), "SEEN_AT" timestamptz)
        """,
        """
        INSERT INTO "SIS"."STUDENTS" SELECT i, NULLIF('n' || i, 'n7'), (i % 400) / 100.0, i / 7.0, TIMESTAMP '2001-02-03 04:05:06',
            TIMESTAMP '2024-05-01 00:00:00' + i * INTERVAL '1 second', TIMESTAMPTZ '2024-05-01 12:00:00.5+02'
        FROM generate_series(1, 200000) i
        """,
    ]

    private func source(_ options: OracleConfiguration.TableConfiguration? = nil, lag: Int = 300) throws -> OracleSource
    {
        let uri = try PostgreSQLServer.shared.get().uri + "?options=-csearch_path%3Ddictionary,oracle,pg_catalog,public"
        return try OracleSource(
            OracleConfiguration(
                name: "registrar",
                driver: "postgresql",
                uri: Secret(uri),
                schema: "sis",
                tables: ["oracle_students": options ?? .init(from: "students", key: ["student_id"])],
                watermarkLagSeconds: lag
            ),
            dialect: .oracle
        )
    }

    private func prepare() async throws {
        let connection = try await PostgreSQLServer.connect()
        for sql in Self.setUp { try await connection.execute(sql) }
        try await connection.close()
    }

    private func request(_ source: OracleSource, since: String? = nil) async throws -> ExtractRequest {
        let dataset = try #require(try await source.datasets().first)
        return ExtractRequest(dataset: dataset, since: since.map { Watermark(column: "updated_at", value: $0) })
    }

    @Test("full read, dictionary, incremental read, keys, preview and discovery")
    func everything() async throws {
        try await prepare()
        let source = try source()
        let sink = RecordingSink()
        let full = try await source.extract(request(source), into: sink)
        #expect(full.rows == 200_000 && full.isComplete)
        // No flashback here, as for an account without the grant: one statement, and it is said.
        #expect(full.notes.contains { $0.contains("DBMS_FLASHBACK") })
        #expect(full.watermark?.value == "2024-05-03T07:33:20Z")
        let row = try #require(await sink.rows.first { $0["student_id"] == "7" })
        #expect(row["name"] == nil)
        #expect(row["gpa"] == "0.07" && row["rate"] == "1")
        #expect(row["born"] == "2001-02-03T04:05:06")
        // Nothing in PostgreSQL knows FF9, so only the instant's minute is looked at.
        #expect(row["seen_at"]?.hasPrefix("2024-05-01T") == true)

        let again = RecordingSink()
        let part = try await source.extract(request(source, since: "2024-05-03T07:33:20Z"), into: again)
        #expect(part.rows == 301 && !part.isComplete)
        #expect(part.hasAllKeys)
        #expect(await again.keys.count == 200_000)
        await source.close()

        let byDate = try self.source(.init(from: "students", key: ["student_id"], watermark: "born"), lag: 0)
        let dated = RecordingSink()
        let dataset = try #require(try await byDate.datasets().first)
        let since = Watermark(column: "born", value: "2001-02-03T04:05:07Z")
        let none = try await byDate.extract(ExtractRequest(dataset: dataset, since: since), into: dated)
        #expect(none.rows == 0)
        let rows = try await byDate.preview("students", rows: 3)
        #expect(rows.reduce(0) { $0 + $1.count } == 3)
        let found = try #require(try await byDate.discover(schema: nil).first { $0.name == "STUDENTS" })
        #expect(found.key == ["STUDENT_ID"] && found.estimatedRows == 42)
        #expect(
            found.columns.map(\.type) == [
                "NUMBER(18,0)", "VARCHAR2(40)", "NUMBER(4,2)", "NUMBER", "DATE", "TIMESTAMP(6)",
                "TIMESTAMP(6) WITH TIME ZONE",
            ]
        )
        await byDate.close()
    }

    @Test("parts with about equally many rows are found by Oracle's text, and together are all rows")
    func ranges() async throws {
        try await prepare()
        let source = try source()
        let uri = try PostgreSQLServer.shared.get().uri + "?options=-csearch_path%3Ddictionary,oracle,pg_catalog,public"
        let database = try await Database.open(driver: try Driver.load("postgresql"), options: ["uri": uri])
        let connection = try await database.connect()
        let reader = TableReader(
            dialect: .oracle,
            options: .init(from: "students", key: ["student_id"], filter: "\"STUDENT_ID\" <> 5"),
            schema: "sis",
            request: try await request(source),
            lagSeconds: 0,
            workers: 4
        )
        let plan = try await reader.plan(on: connection)
        #expect(plan.ranges.count >= 3)
        var counts: [Int64] = []
        for range in plan.ranges {
            let sql = "SELECT COUNT(*) FROM (\(plan.queries.rows(in: range, view: .immutableFile))) q"
            counts.append(Int64(try await connection.firstText(sql) ?? "") ?? -1)
        }
        #expect(counts.reduce(0, +) == 199_999)
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2)
        try await connection.close()
        await source.close()
    }
}
