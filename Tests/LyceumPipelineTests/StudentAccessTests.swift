// What access to a student's record is decided by: adviser, directory opt-out and consent, from the source to the index.

import ADBC
import Foundation
import LyceumCore
import LyceumLake
import LyceumSandbox
import LyceumSearch
import Testing

@testable import LyceumPipeline

/// A student information system of one table, and the whole pipeline on it.
private struct StudentRegistry {
    let folder: URL
    var contracts = "{}"

    /// Columns that every test's students have.
    static let students = """
        student_id BIGINT, first_name VARCHAR, last_name VARCHAR, email VARCHAR, gender VARCHAR, region VARCHAR,
        highest_education VARCHAR, imd_band VARCHAR, age_band VARCHAR, disability VARCHAR, credits INTEGER,
        gpa DECIMAL(4, 2), registered_on VARCHAR, status VARCHAR, updated_at TIMESTAMP
        """
    static let choices = "adviser_id VARCHAR, directory_opt_out VARCHAR, employer_consent VARCHAR"

    func change(_ statements: [String]) async throws {
        let path = folder.appending(path: "registrar.duckdb").path
        let database = try Database(driver: try Driver.load("duckdb"), options: ["path": path])
        let connection = try await database.connect()
        for statement in statements { try await connection.execute(statement) }
        try await connection.close()
    }

    /// A student with what the tests differ in; the day is when the registrar changed the row.
    static func insert(_ id: Int, day: String, gpa: String = "3.5", _ choices: [String: String] = [:]) -> String {
        var values = [
            "student_id": "\(id)", "first_name": "'Ann'", "last_name": "'Lee'", "gpa": gpa, "status": "'Active'",
            "updated_at": "TIMESTAMP '\(day)'",
        ]
        values.merge(choices.mapValues(SQLText.literal)) { $1 }
        let columns = values.keys.sorted()
        return "INSERT INTO students (\(columns.joined(separator: ", "))) VALUES "
            + "(\(columns.compactMap { values[$0] }.joined(separator: ", ")))"
    }

    func pipeline() throws -> Pipeline {
        let configuration = try Configuration.parse(
            """
            engine: {memory_limit: 512MB, threads: 2}
            contracts: \(contracts)
            sources:
              registrar:
                type: oracle
                driver: duckdb
                path: registrar.duckdb
                standard_tables: false
                tables: {students: {key: [student_id], watermark: updated_at}}
            """,
            file: folder.appending(path: "lyceum.yaml"),
            environment: [:]
        )
        return Pipeline(configuration: configuration, project: try Project.bundled())
    }

    @discardableResult
    func run(_ change: (inout RunOptions) -> Void = { _ in }) async throws -> RunReport {
        var options = RunOptions()
        change(&options)
        return try await pipeline().run(options)
    }

    /// Rows of a published table, with NULL as `-`.
    func rows(_ sql: String) async throws -> [String] {
        let query = try await LakeQuery(pipeline())
        var rows: [String] = []
        for try await batch in try await query.run(sql) {
            for row in 0..<batch.count {
                rows.append(
                    (0..<batch.schema.fields.count).map { batch.column($0).text(at: row) ?? "-" }.joined(separator: "|")
                )
            }
        }
        return rows
    }

    /// What the model says after a run that builds nothing else.
    func models() async throws -> [String] {
        try await run { $0.select = ["student_access"] }
        return try await rows(
            "SELECT student_id, adviser_id, directory_opt_out, employer_consent FROM clean.student_access ORDER BY 1"
        )
    }

    /// What the curated profiles say.
    func access() async throws -> [String] {
        try await rows(
            """
            SELECT student_id, access_info.adviser_id, access_info.directory_opt_out, access_info.employer_consent
            FROM curated.student_profile ORDER BY 1
            """
        )
    }

    /// The students whom a filter finds in the search snapshot that the last run made.
    func found(_ filter: String) throws -> [String] {
        let snapshot = try SnapshotStore(directory: try pipeline().configuration.index).snapshot()
        let students = try #require(snapshot.collection("students"))
        return try students.search(SearchRequest(filter: filter, limit: 100)).hits.map(\.id).sorted()
    }
}

@Suite("Access to students") struct StudentAccessTests {
    @Test(
        "yes and no are read as people write them; anything else is no value, and is told",
        arguments: [
            ("Y", "true|false"), ("N", "false|false"), (" y ", "true|false"), ("no", "false|false"),
            ("TRUE", "true|false"), ("f", "false|false"), ("1", "true|false"), ("0", "false|false"),
            ("\u{A0}Yes\t", "true|false"), ("?", "-|true"), ("maybe", "-|true"), ("-1", "-|true"), ("YN", "-|true"),
            ("", "-|false"), ("  ", "-|false"), (nil, "-|false"),
        ] as [(String?, String)]
    )
    func yesOrNo(written: String?, read: String) async throws {
        let project = try Project.bundled()
        let engine = try await DuckDBEngine.forTest(prelude: project.prelude)
        let model = try #require(project.model("student_access"))
        let value = written.map(SQLText.literal) ?? "NULL::VARCHAR"
        try await engine.execute(
            """
            CREATE TABLE source.oracle_students AS SELECT 7 AS student_id, 'adv-1 ' AS adviser_id,
                \(value) AS directory_opt_out, \(value) AS employer_consent, '2026-01-01' AS updated_at,
                'sis' AS _source, TIMESTAMP '2026-01-01' AS _extracted_at, 'U' AS _op
            """
        )
        let select = ModelBuilder.resolve(model.sql)
        #expect(
            try await engine.rows(
                """
                SELECT directory_opt_out, _bad_directory_opt_out, employer_consent, _bad_employer_consent, adviser_id
                FROM (\(select))
                """
            ) == ["\(read)|\(read)|ADV-1"]
        )
    }

    @Test("columns that are truth values or numbers at the source are read as well")
    func typed() async throws {
        let project = try Project.bundled()
        let engine = try await DuckDBEngine.forTest(prelude: project.prelude)
        let model = try #require(project.model("student_access"))
        try await engine.execute(
            """
            CREATE TABLE source.oracle_students AS SELECT i AS student_id, 4711 AS adviser_id, i = 1 AS directory_opt_out,
                CAST(i - 1 AS DECIMAL(1, 0)) AS employer_consent, TIMESTAMP '2026-01-01' AS updated_at,
                'sis' AS _source, TIMESTAMP '2026-01-01' AS _extracted_at, 'U' AS _op
            FROM range(1, 3) r(i)
            """
        )
        #expect(
            try await engine.rows(
                "SELECT * EXCLUDE (updated_at, _source, _extracted_at, _op) FROM (\(ModelBuilder.resolve(model.sql))) ORDER BY 1"
            ) == ["1|4711|true|false|2|false|false", "2|4711|false|true|0|false|false"]
        )
    }

    @Test("what the registrar says reaches profile and index; a value that is neither yes nor no warns and withholds")
    func wholeWay() async throws {
        try await withTemporaryFolder { folder in
            let registry = StudentRegistry(folder: folder)
            let said: [(Int, [String: String])] = [
                (1, ["adviser_id": "ADV-0001", "directory_opt_out": "N", "employer_consent": "Y"]),
                (2, ["adviser_id": "adv-0001 ", "directory_opt_out": " y ", "employer_consent": "y"]),
                (3, ["adviser_id": "ADV-0002", "directory_opt_out": "N", "employer_consent": "X"]),
                (4, ["directory_opt_out": "?"]),
            ]
            try await registry.change(
                ["CREATE TABLE students (\(StudentRegistry.students), \(StudentRegistry.choices))"]
                    + said.map { StudentRegistry.insert($0, day: "2026-01-0\($0)", $1) }
            )
            let report = try await registry.run()
            let counts = RowCounts(rowsIn: 4, rowsOut: 4)
            let table = try #require(report.tables.first { $0.table == "student_access" })
            #expect(table.counts == counts)
            #expect(
                table.warnings == ["directory_opt_out_is_yes_or_no": 1, "employer_consent_is_yes_or_no": 1]
            )
            #expect(
                try await registry.access() == [
                    "1|ADV-0001|false|true", "2|ADV-0001|true|true", "3|ADV-0002|false|-", "4|-|-|-",
                ]
            )
            #expect(
                try await registry.rows(
                    """
                    SELECT student_id, provenance.adviser_id, provenance.directory_opt_out, provenance.employer_consent
                    FROM curated.student_profile ORDER BY 1
                    """
                ) == ["1|oracle|oracle|oracle", "2|oracle|oracle|oracle", "3|oracle|oracle|-", "4|-|-|-"]
            )
            #expect(try registry.found(#"adviser_id = "ADV-0001""#) == ["1", "2"])
            #expect(try registry.found(#"adviser_id = "ADV-0001" AND employer_consent = true"#) == ["1", "2"])
            #expect(try registry.found("directory_opt_out = false AND employer_consent = true") == ["1"])
            #expect(try registry.found("directory_opt_out != false") == ["2", "4"])
            #expect(try registry.found(#"student_id IN ["1", "3", "9"]"#) == ["1", "3"])
            #expect(try registry.found("student_id = 4") == ["4"])
        }
    }

    @Test("a choice counts even when the row it stands in is set aside for something else")
    func takenBackInABadRow() async throws {
        try await withTemporaryFolder { folder in
            let registry = StudentRegistry(folder: folder)
            let open = ["adviser_id": "ADV-0001", "directory_opt_out": "N", "employer_consent": "Y"]
            try await registry.change([
                "CREATE TABLE students (\(StudentRegistry.students), \(StudentRegistry.choices))",
                StudentRegistry.insert(1, day: "2026-01-01", open), StudentRegistry.insert(2, day: "2026-01-01", open),
            ])
            try await registry.run()
            #expect(try registry.found("employer_consent = true AND directory_opt_out = false") == ["1", "2"])
            // A grade point average of 9.9 sends the version to quarantine; what it says of consent holds.
            try await registry.change([
                "DELETE FROM students WHERE student_id = 1",
                StudentRegistry.insert(
                    1,
                    day: "2026-02-01",
                    gpa: "9.9",
                    ["adviser_id": "ADV-0002", "directory_opt_out": "Y", "employer_consent": "N"]
                ),
            ])
            let report = try await registry.run()
            #expect(report.tables.first { $0.table == "students" }?.counts.quarantined == 1)
            #expect(report.tables.allSatisfy { $0.counts.isBalanced })
            #expect(try await registry.access() == ["1|ADV-0002|true|false", "2|ADV-0001|false|true"])
            #expect(try await registry.rows("SELECT gpa FROM clean.students WHERE student_id = '1'") == ["3.5"])
            #expect(try registry.found("employer_consent = true") == ["2"])
            #expect(try registry.found("directory_opt_out = false") == ["2"])
            #expect(try registry.found(#"adviser_id = "ADV-0001""#) == ["2"])
        }
    }

    @Test("of two versions of the same moment the one that withholds more counts")
    func sameMoment() async throws {
        try await withTemporaryFolder { folder in
            let registry = StudentRegistry(folder: folder)
            let open = ["directory_opt_out": "N", "employer_consent": "Y"]
            let closed = ["directory_opt_out": "Y", "employer_consent": "N"]
            try await registry.change([
                "CREATE TABLE students (\(StudentRegistry.students), \(StudentRegistry.choices))",
                StudentRegistry.insert(1, day: "2026-01-01", open),
                StudentRegistry.insert(1, day: "2026-01-01", closed),
                StudentRegistry.insert(2, day: "2026-01-01", ["directory_opt_out": "N"]),
                StudentRegistry.insert(2, day: "2026-01-01", open),
                StudentRegistry.insert(3, day: "2026-01-02", open),
                StudentRegistry.insert(3, day: "2026-01-01", closed),
            ])
            #expect(try await registry.models() == ["1|-|true|false", "2|-|false|-", "3|-|false|true"])
        }
    }

    @Test("a source without these columns runs, says so, and nobody's record is shown to third parties")
    func absent() async throws {
        try await withTemporaryFolder { folder in
            let registry = StudentRegistry(folder: folder)
            try await registry.change([
                "CREATE TABLE students (\(StudentRegistry.students))", StudentRegistry.insert(1, day: "2026-01-01"),
                StudentRegistry.insert(2, day: "2026-01-02"),
            ])
            let report = try await registry.run()
            #expect(report.tables.allSatisfy { $0.counts.isBalanced })
            let missing = "adviser_id, directory_opt_out, employer_consent missing: read as NULL"
            #expect(report.notices.contains { $0.contains(missing) }, "\(report.notices)")
            #expect(try await registry.access() == ["1|-|-|-", "2|-|-|-"])
            for filter in ["directory_opt_out = false", "employer_consent = true", "EXISTS adviser_id"] {
                #expect(try registry.found(filter).isEmpty, "\(filter)")
            }
            #expect(try registry.found("student_id IN [1, 2]") == ["1", "2"])

            // The columns come: rows that change bring them at once, the others with a full refresh.
            try await registry.change([
                "ALTER TABLE students ADD COLUMN adviser_id VARCHAR DEFAULT 'ADV-0001'",
                "ALTER TABLE students ADD COLUMN directory_opt_out VARCHAR DEFAULT 'N'",
                "ALTER TABLE students ADD COLUMN employer_consent VARCHAR DEFAULT 'Y'",
            ])
            try await registry.run { $0.fullRefresh = true }
            #expect(try await registry.access() == ["1|ADV-0001|false|true", "2|ADV-0001|false|true"])
            #expect(try registry.found("employer_consent = true") == ["1", "2"])
        }
    }

    @Test("a frozen contract does not stop a lake that was landed before the columns were known")
    func frozen() async throws {
        try await withTemporaryFolder { folder in
            var registry = StudentRegistry(folder: folder)
            try await registry.change([
                "CREATE TABLE students (\(StudentRegistry.students))", StudentRegistry.insert(1, day: "2026-01-01"),
            ])
            #expect(try await registry.models() == ["1|-|-|-"])
            registry.contracts = "{oracle_students: {columns: freeze}}"
            try await registry.change([StudentRegistry.insert(2, day: "2026-01-02")])
            #expect(try await registry.models() == ["1|-|-|-", "2|-|-|-"])
        }
    }

    @Test("on the sample campus every profile says what the student database said last")
    func sampleCampus() async throws {
        try await withTemporaryFolder { folder in
            let location = CampusLocation(home: folder.appending(path: "campus"))
            _ = try await Campus.prepare(size: .sample, location: location)
            guard case .embedded(let database) = location.registrar else {
                Issue.record("the sample campus is not a file")
                return
            }
            try FileManager.default.copyItem(at: database, to: folder.appending(path: "registrar.duckdb"))
            let registry = StudentRegistry(folder: folder)
            let report = try await registry.run()
            #expect(report.tables.allSatisfy { $0.counts.isBalanced })

            let engine = try await DuckDBEngine.forTest()
            try await engine.execute("ATTACH \(SQLText.literal(database.path)) AS campus (READ_ONLY)")
            // Written apart from the model: the last version of each student, yes and no by their first letters.
            let truth = try await engine.rows(
                """
                SELECT student_id, upper(trim(adviser_id)), \(Self.firstLetter("directory_opt_out")),
                    \(Self.firstLetter("employer_consent"))
                FROM campus.students WHERE student_id IS NOT NULL
                QUALIFY row_number() OVER (PARTITION BY student_id ORDER BY updated_at DESC) = 1
                """
            )
            let profiles = try await registry.access()
            #expect(profiles.count > 1_300)
            #expect(Set(profiles).subtracting(truth) == [])
            for column in 1...3 {
                let values = Set(profiles.map { $0.split(separator: "|")[column] })
                #expect(values.contains("-") && values.count > 2, "column \(column)")
            }

            let found = try registry.found(#"adviser_id = "ADV-0001" AND employer_consent = true"#)
            let expected = profiles.map { $0.split(separator: "|").map(String.init) }
                .filter { $0[1] == "ADV-0001" && $0[3] == "true" }.map { $0[0] }.sorted()
            #expect(found == expected && !found.isEmpty)
        }
    }

    private static func firstLetter(_ column: String) -> String {
        "CASE upper(trim(\(column)))[1] WHEN 'Y' THEN true WHEN 'N' THEN false END"
    }
}
