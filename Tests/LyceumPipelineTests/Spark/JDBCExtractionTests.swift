// Databases read by Spark's executors: the same rows as read here, and nothing of a password anywhere.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake
import LyceumSources
import TestServers
import Testing

@testable import LyceumPipeline

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("Extraction by Spark's JDBC source, on PostgreSQL", .serialized, .timeLimit(.minutes(10)))
struct JDBCExtractionTests {
    init() async throws { try await JDBCCampus.prepare() }

    /// Runs two lakes over the same database: one filled on Spark, one here.
    private func both(
        _ tables: String,
        partitions: Int = 4,
        _ body: (_ there: JDBCCampus, _ here: JDBCCampus) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            var there = JDBCCampus(folder: folder.appending(path: "there"), tables: tables)
            there.partitions = partitions
            var here = JDBCCampus(folder: folder.appending(path: "here"), tables: tables)
            here.isOnSpark = false
            try await body(there, here)
        }
    }

    /// What differs between the raw rows of two lakes, the run's own stamps aside.
    private func differences(_ table: String, _ one: JDBCCampus, _ other: JDBCCampus) async throws -> [String] {
        let engine = try await DuckDBEngine.forTest()
        func types(_ campus: JDBCCampus) async throws -> [String] {
            try await engine.columns(of: "SELECT * FROM \(campus.scan(table))").map { "\($0.name) \($0.type)" }
        }
        let (left, right) = (try await types(one), try await types(other))
        guard left == right else { return ["\(left)", "\(right)"] }
        let rows = [one, other].map { "SELECT * EXCLUDE (_run_id, _extracted_at) FROM \($0.scan(table))" }
        return try await engine.rows("(\(rows[0]) EXCEPT ALL \(rows[1])) UNION ALL (\(rows[1]) EXCEPT ALL \(rows[0]))")
    }

    @Test("Every common type lands as it lands here: columns, types, values, hashes; an empty table too")
    func types() async throws {
        try await JDBCCampus.change(
            "DROP TABLE IF EXISTS common, nothing",
            """
            CREATE TABLE common (id int PRIMARY KEY, small int2, big int8, single float4, double float8, amount numeric(10, 2),
                long numeric(18, 6), longer numeric(30, 4), free numeric, name text, code char(6), short varchar(5), born date,
                at timestamp, seen timestamptz, flag bool, bytes bytea)
            """,
            """
            INSERT INTO common SELECT i, i - 500, i * 9007199254740993, i / 7.0, i / 7.0::float8, i / 3.0, i / 7.0, i * 1e20, i * 1e-9,
                'n' || i, 'c' || i, 'v', DATE '1900-01-01' + i * 40, TIMESTAMP '2024-03-31 01:59:59.123456' + i * INTERVAL '1 hour',
                TIMESTAMPTZ '2024-03-31 02:30:00.5+02' + i * INTERVAL '1 hour', i % 2 = 0,
                decode(md5(i::text), 'hex')
            FROM generate_series(1, 1000) i
            """,
            "INSERT INTO common (id) VALUES (2000)",
            """
            INSERT INTO common VALUES (2001, -32768, -9223372036854775808, 'NaN', '-Infinity', -99999999.99, -0.000001, 0, -1e30,
                E'it''s "quoted" \\\\ back`tick, ${x} ; -- \\t\\r\\n ☃ 𝄞 \u{200B} é e\u{301}', '', '', '0001-01-01', '0001-01-01 00:00:00',
                '1883-11-18 12:03:58+00', false, '')
            """,
            """
            INSERT INTO common VALUES (2002, 32767, 9223372036854775807, 1e-30, 5e-324, 99999999.99, 999999999999.999999, 1e25, 1e30,
                '', ' x', '  y ', '9999-12-31', '9999-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999+00', true,
                decode('00ff27225c', 'hex'))
            """,
            "CREATE TABLE nothing (id int, name text)"
        )
        try await both("common: {key: [id], watermark: at}, nothing: {key: [id], watermark: ~}") { there, here in
            let report = try await there.run()
            try await here.run()
            #expect(report.records == 1003)
            #expect(report.tables.map(\.table).sorted() == ["oracle_common", "oracle_nothing"])
            #expect(report.tables.allSatisfy { $0.counts.isBalanced })
            #expect(
                report.notices.contains { $0.contains("common was read on the cluster in one part") },
                "\(report.notices)"
            )
            #expect(
                try await there.raw("common", "count(*), count(DISTINCT id), count(DISTINCT _hash)") == [
                    "1003|1003|1003"
                ]
            )
            let different = try await differences("common", there, here)
            #expect(different == [], "\(different)")
            #expect(there.files("nothing") == [] && here.files("nothing") == [])
            #expect(try await there.watermark("common") == here.watermark("common"))
            let plan = try await there.pipeline().plan(RunOptions(), asksSources: false)
            #expect(plan.extract.allSatisfy { $0.action.hasSuffix("; on Spark, by JDBC") })
            // One lake, read on Spark and then here: nothing looks changed.
            var later = there
            later.isOnSpark = false
            #expect(try await later.run(fullRefresh: true).records == 0)
        }
    }

    @Test(
        "A table is read in as many ranges as are allowed, each row once, rows without a key among them",
        arguments: [("id", "key", 4), ("name", "key", 4), ("id", "auto", 3)]
    )
    func ranges(key: String, division: String, parts: Int) async throws {
        try await JDBCCampus.change(
            "DROP TABLE IF EXISTS people",
            """
            CREATE TABLE people AS SELECT CASE WHEN i % 70000 <> 0 THEN i END AS id, CASE WHEN i % 70000 <> 0 THEN 'Ñ ' || i END AS name,
                i AS number, repeat('x', 30) AS filling FROM generate_series(1, 210000) i
            """,
            "ANALYZE people"
        )
        try await withTemporaryFolder { folder in
            var campus = JDBCCampus(
                folder: folder,
                tables: "people: {key: [\(key)], watermark: ~, division: \(division)}"
            )
            campus.partitions = parts
            let report = try await campus.run()
            #expect(report.records == 210_000)
            #expect(campus.files("people").count == parts)
            #expect(report.notices.contains { $0.contains(parts == 1 ? "in one part" : "in \(parts) parts") })
            #expect(
                try await campus.raw("people", "count(*), count(DISTINCT number), count(id), count(name)")
                    == ["210000|210000|209997|209997"]
            )
            #expect(try await tasksOfLastWrite() == parts)
        }
    }

    /// How many tasks the last job that Spark ran for an INSERT had, by its own count.
    private func tasksOfLastWrite() async throws -> Int {
        let applications = try await page("/api/v1/applications")
        let id = try #require(applications.firstMatch(of: #/"id" : "([^"]+)"/#)).1
        let jobs = try await page("/api/v1/applications/\(id)/jobs")
        let last = try #require(jobs.firstMatch(of: #/"numTasks" : (\d+)/#))
        return try #require(Int(last.1))
    }

    private func page(_ path: String) async throws -> String {
        let url = try #require(URL(string: try JDBCServers.spark.get().ui + path))
        return String(decoding: try await URLSession.shared.data(from: url).0, as: UTF8.self)
    }

    @Test("A later run lands only what is new, notices what is gone, and the watermark moves as it does here")
    func incremental() async throws {
        try await JDBCCampus.change(
            "DROP TABLE IF EXISTS grades",
            """
            CREATE TABLE grades AS SELECT i AS id, (i % 100) / 10.0::numeric(4, 1) AS grade,
                TIMESTAMP '2024-01-01' + i * INTERVAL '1 minute' AS changed FROM generate_series(1, 500) i
            """
        )
        try await both("grades: {key: [id], watermark: changed}") { there, here in
            for campus in [there, here] { #expect(try await campus.run().records == 500) }
            try await JDBCCampus.change(
                "UPDATE grades SET grade = 1, changed = '2024-02-01' WHERE id = 7",
                "INSERT INTO grades VALUES (1000, 2, '2024-02-02'), (1001, 3, NULL)",
                "DELETE FROM grades WHERE id = 9"
            )
            for campus in [there, here] {
                let report = try await campus.run()
                // Changed, new, new without a time, and gone.
                #expect(report.records == 4)
                #expect(report.tables.allSatisfy { $0.counts.isBalanced })
            }
            #expect(
                try await there.raw(
                    "grades",
                    "id, _op",
                    "WHERE _run_id = (SELECT max(_run_id) FROM \(there.scan("grades")))"
                )
                    == ["7|U", "9|D", "1000|U", "1001|U"]
            )
            #expect(try await differences("grades", there, here) == [])
            #expect(try await there.watermark("grades") == "2024-02-02T00:00:00Z")
            #expect(try await here.watermark("grades") == "2024-02-02T00:00:00Z")
            #expect(try await there.run().records == 0)
        }
    }

    @Test("Rows that a contract refuses are in quarantine, and the counts balance")
    func contract() async throws {
        try await JDBCCampus.change(
            "DROP TABLE IF EXISTS refused",
            "CREATE TABLE refused AS SELECT CASE WHEN i % 10 <> 0 THEN i END AS id, 'n' || i AS name FROM generate_series(1, 100) i"
        )
        try await withTemporaryFolder { folder in
            var campus = JDBCCampus(folder: folder, tables: "refused: {key: [id], watermark: ~}")
            campus.contracts = "{oracle_refused: {data: quarantine}}"
            let report = try await campus.run()
            #expect(report.tables.map(\.counts) == [RowCounts(rowsIn: 100, rowsOut: 90, quarantined: 10)])
        }
    }

    @Test("Decimals with NaN are read as text, and types that Spark has not are read here; both are said")
    func otherTypes() async throws {
        try await JDBCCampus.change(
            "DROP TABLE IF EXISTS odd, hours",
            "CREATE TABLE odd AS SELECT i AS id, CASE WHEN i = 2 THEN 'NaN' ELSE i::numeric END::numeric(6, 2) AS n FROM generate_series(1, 3) i",
            """
            CREATE TABLE hours AS SELECT i AS id, TIME '08:15' + i * INTERVAL '1 hour' AS begins, md5(i::text)::uuid AS token,
                jsonb_build_object('a', i) AS doc, i::money AS fee FROM generate_series(1, 3) i
            """
        )
        try await both("odd: {key: [id], watermark: ~}, hours: {key: [id], watermark: ~}") { there, here in
            let report = try await there.run()
            try await here.run()
            #expect(report.records == 6)
            #expect(report.notices.contains { $0.contains("odd holds NaN or infinity") })
            #expect(
                report.notices.contains {
                    $0.contains("oracle_hours: read by this machine") && $0.contains("begins, token, doc, fee;")
                }
            )
            #expect(try await there.raw("odd", "n, typeof(n)") == ["1.00|VARCHAR", "3.00|VARCHAR", "NaN|VARCHAR"])
            for table in ["odd", "hours"] { #expect(try await differences(table, there, here) == []) }
        }
    }

    @Test(
        "Dates and times that Java would change arrive unchanged; infinite ones make the table be read here, and that is said"
    )
    func strangeDates() async throws {
        try await JDBCCampus.change(
            "DROP TABLE IF EXISTS terms, reform",
            "CREATE TABLE terms AS SELECT 1 AS id, DATE '2024-01-01' AS begins, DATE 'infinity' AS ends",
            """
            CREATE TABLE reform AS SELECT 1 AS id, TIMESTAMP '1582-10-10 00:00:00' AS a, DATE '1582-10-10' AS b,
                TIMESTAMPTZ '0044-03-15 12:00:00.000001+00 BC' AS c, DATE '0044-03-15 BC' AS d, TIMESTAMP '2024-03-31 02:30:00' AS e,
                DATE '20000-02-29' AS f, TIMESTAMPTZ '20000-02-29 23:59:59.999999+00' AS g
            """
        )
        try await both("terms: {key: [id], watermark: ~}, reform: {key: [id], watermark: ~}") { there, here in
            let report = try await there.run()
            try await here.run()
            #expect(report.records == 2)
            #expect(report.notices.contains { $0.contains("reform was read on the cluster") }, "\(report.notices)")
            #expect(report.notices.contains { $0.contains("terms was read by this machine and not on the cluster") })
            for table in ["terms", "reform"] { #expect(try await differences(table, there, here) == []) }
        }
    }

    /// Changes the table after the plan was made, and then lets Spark read.
    private struct LateReader: ClusterReader {
        let inner: SparkJDBCReader

        func canRead(_ column: Field) -> Bool { inner.canRead(column) }

        func read(
            _ reading: ClusterReading,
            deliver: @escaping @Sendable (RecordBatchStream) async throws -> Int64
        ) async throws -> Int64 {
            try await JDBCCampus.change("DELETE FROM moving WHERE id < 100", "INSERT INTO moving VALUES (1000000)")
            return try await inner.read(reading, deliver: deliver)
        }
    }

    private actor CountingSink: ExtractSink {
        private(set) var rows: Int64 = 0
        func write(_ stream: RecordBatchStream) async throws -> Int64 {
            var count: Int64 = 0
            for try await batch in stream { count += Int64(batch.count) }
            rows += count
            return count
        }
        func write(_ batch: RecordBatch) async throws { rows += Int64(batch.count) }
        func reject(_ row: RejectedRow) async throws {}
    }

    @Test("All executors see the table in the one state that was planned, whatever is committed meanwhile")
    func consistency() async throws {
        try await JDBCCampus.change(
            "DROP TABLE IF EXISTS moving",
            "CREATE TABLE moving AS SELECT i AS id FROM generate_series(1, 120000) i"
        )
        try await withTemporaryFolder { folder in
            let pipeline = try JDBCCampus(folder: folder, tables: "moving: {key: [id], watermark: ~, division: key}")
                .pipeline()
            let lake = try await pipeline.openLake()
            let run = try await lake.beginRun(RunID(), options: "{}", wait: .zero)
            let reader = SparkJDBCReader(
                settings: try #require(pipeline.configuration.spark),
                staging: run.staging,
                engine: try await pipeline.startEngine(for: lake)
            )
            let source = try #require(try pipeline.sources().first)
            let dataset = try #require(try await source.datasets().first)
            let sink = CountingSink()
            let extraction = try await source.extract(
                ExtractRequest(dataset: dataset, cluster: LateReader(inner: reader)),
                into: sink
            )
            await source.close()
            #expect(extraction.notes.contains { $0.contains("in 2 parts") })
            #expect(await sink.rows == 120_000)
            #expect(try await run.staging.scratchFiles("registrar__oracle_moving") == [])
            try await run.finish(.cancelled, error: "a test", records: 0, reports: [], tests: [], drift: [])
        }
    }

    @Test("A wrong password and a missing driver are told, with what to do and without the password")
    func failures() async throws {
        try await JDBCCampus.change("DROP TABLE IF EXISTS small", "CREATE TABLE small AS SELECT 1 AS id")
        try await withTemporaryFolder { folder in
            var campus = JDBCCampus(folder: folder, tables: "small: {key: [id], watermark: ~}")
            campus.password = JDBCServers.wrongPassword
            let refused = await #expect(throws: PipelineError.self) { try await campus.run() }
            let text = refused.map(String.init(describing:)) ?? ""
            #expect(text.contains("Spark cannot connect to jdbc:postgresql://127.0.0.1") && text.contains("as reader"))
            #expect(text.contains("check user and password of 'jdbc'"))
            #expect(!text.contains(JDBCServers.wrongPassword))

            let diagnoses = await campusDiagnoses(campus)
            let found = diagnoses.first { $0.subject == "source registrar" && !$0.ok }
            #expect(found?.mend?.contains("check user and password of 'jdbc'") == true)

            campus.password = JDBCServers.password
            campus.driver = "com.example.Driver"
            let missing = await #expect(throws: PipelineError.self) { try await campus.run() }
            let sentence = missing.map(String.init(describing:)) ?? ""
            #expect(sentence.contains("Spark has no JDBC driver com.example.Driver"))
            #expect(sentence.contains("spark.jars") && sentence.contains("scripts/start-spark --jars"))

            campus.driver = "org.postgresql.Driver"
            try await JDBCCampus.change("REVOKE SELECT ON small FROM reader")
            let forbidden = await #expect(throws: PipelineError.self) { try await campus.run() }
            #expect(forbidden.map { "\($0)" }?.contains("GRANT SELECT on the table to reader") == true)
            try await JDBCCampus.change("GRANT SELECT ON small TO reader")
            #expect(try await campus.run().records == 1)
            #expect(
                await campusDiagnoses(campus).contains { $0.ok && $0.finding.hasPrefix("Spark reads jdbc:postgresql") }
            )

            // The ledger keeps why runs failed.
            let ledger = try Data(contentsOf: folder.appending(path: "ledger.sqlite"))
            for password in [JDBCServers.password, JDBCServers.wrongPassword] {
                #expect(ledger.firstRange(of: Data(password.utf8)) == nil)
            }
            #expect(ledger.firstRange(of: Data("Spark has no JDBC driver".utf8)) != nil)
        }
        try await passwordsAreNowhere()
    }

    private func campusDiagnoses(_ campus: JDBCCampus) async -> [Diagnosis] {
        guard let pipeline = try? campus.pipeline() else { return [] }
        return await pipeline.diagnose()
    }

    /// Looks for the passwords, and for what of them an expression could leave over, in all that Spark shows and keeps.
    private func passwordsAreNowhere() async throws {
        let server = try JDBCServers.spark.get()
        let applications = try await page("/api/v1/applications")
        let id = try #require(applications.firstMatch(of: #/"id" : "([^"]+)"/#)).1
        var texts: [String: String] = [:]
        for path in [
            "/jobs/", "/SQL/", "/connect/", "/environment/", "/api/v1/applications/\(id)/sql?details=true&length=10000",
        ] {
            texts[path] = try await page(path)
        }
        texts["log"] = try String(contentsOf: server.folder.appending(path: "log"), encoding: .utf8)
        for file in try FileManager.default.subpathsOfDirectory(atPath: JDBCServers.eventLog.path) {
            let url = JDBCServers.eventLog.appending(path: file)
            if let text = try? String(contentsOf: url, encoding: .utf8) { texts["event log \(file)"] = text }
        }
        #expect(texts.keys.contains { $0.hasPrefix("event log") })
        // That statements are there at all shows that it is the redaction that keeps passwords away.
        #expect(texts.values.contains { $0.contains("org.apache.spark.sql.jdbc") })
        for (place, text) in texts {
            for secret in ["p'ä", "w0rt", JDBCServers.wrongPassword, "Gehe1mnis"] {
                #expect(!text.contains(secret), "\(place) has \(secret)")
            }
        }
    }
}
