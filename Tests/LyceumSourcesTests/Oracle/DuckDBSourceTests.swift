// A relational source on a real DuckDB file: ranges, watermarks, drift, faults.

import ADBC
import Foundation
import LyceumCore
import Testing

@testable import LyceumSources

@Suite("Relational source on DuckDB") struct DuckDBSourceTests {
    private let options = OracleConfiguration.TableConfiguration(from: "students", key: ["student_id"])

    private func database(rows: Int = 10) async throws -> StudentDatabase {
        try await StudentDatabase([
            """
            CREATE TABLE students AS SELECT i AS student_id, 'Name ' || i AS first_name, (i % 400 / 100)::DECIMAL(4, 2) AS gpa,
                TIMESTAMP '2024-05-01 00:00:00' + to_seconds(i) AS updated_at
            FROM range(1, \(rows + 1)) r(i)
            """
        ])
    }

    private func source(_ database: StudentDatabase, _ options: OracleConfiguration.TableConfiguration? = nil) throws
        -> OracleSource
    {
        try OracleSource(database.configuration(["oracle_students": options ?? self.options]))
    }

    private func request(_ source: OracleSource, since: String? = nil, fingerprint: String? = nil, full: Bool = false)
        async throws -> ExtractRequest
    {
        let dataset = try #require(try await source.datasets().first)
        return ExtractRequest(
            dataset: dataset,
            since: since.map { Watermark(column: "updated_at", value: $0) },
            fingerprint: fingerprint,
            fullRefresh: full
        )
    }

    @Test("a full read gives every row with its types, and the next watermark")
    func fullRead() async throws {
        let database = try await database()
        let source = try source(database)
        let sink = RecordingSink()
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 10)
        #expect(result.isComplete)
        #expect(result.watermark == Watermark(column: "updated_at", value: "2024-05-01T00:00:10Z"))
        #expect(await sink.values("gpa").contains("0.01"))
        #expect(await sink.columns == ["student_id", "first_name", "gpa", "updated_at"])
        await source.close()
    }

    @Test(
        "an incremental read gives the rows since the watermark less the lag, its bound included, and those without one"
    )
    func incremental() async throws {
        let database = try await database(rows: 1_000)
        try await database.change(["INSERT INTO students VALUES (5000, 'No time', NULL, NULL)"])
        let source = try source(database)
        let sink = RecordingSink()
        let result = try await source.extract(request(source, since: "2024-05-01T00:15:00Z"), into: sink)
        // 900 s less the lag of 300 s: from student 600 on.
        let ids = Set(await sink.values("student_id").compactMap { $0 }.compactMap { Int($0) })
        #expect(ids == Set(600...1_000).union([5_000]))
        #expect(!result.isComplete)
        #expect(result.watermark?.value == "2024-05-01T00:16:40Z")
    }

    @Test("a full refresh ignores the watermark")
    func fullRefresh() async throws {
        let database = try await database()
        let source = try source(database)
        let result = try await source.extract(
            request(source, since: "2030-01-01T00:00:00Z", full: true),
            into: RecordingSink()
        )
        #expect(result.rows == 10 && result.isComplete)
    }

    @Test("a time in the future does not become the watermark")
    func futureTime() async throws {
        let database = try await database()
        try await database.change([
            "INSERT INTO students VALUES (11, 'Tomorrow', NULL, TIMESTAMP '2999-01-01 00:00:00')"
        ])
        let source = try source(database)
        let result = try await source.extract(request(source), into: RecordingSink())
        #expect(result.rows == 11)
        #expect(result.watermark?.value == "2024-05-01T00:00:10Z")
    }

    @Test("an empty table keeps the old watermark")
    func emptyTable() async throws {
        let database = try await database()
        try await database.change(["DELETE FROM students"])
        let source = try source(database)
        let result = try await source.extract(request(source, since: "2024-01-01T00:00:00Z"), into: RecordingSink())
        #expect(result.rows == 0)
        #expect(result.watermark?.value == "2024-01-01T00:00:00Z")
    }

    @Test("parallel ranges give every row once: skewed, repeated and missing keys too")
    func ranges() async throws {
        let database = try await database()
        try await database.change([
            "DELETE FROM students",
            """
            INSERT INTO students SELECT CASE WHEN i % 10 = 0 THEN NULL WHEN i % 3 = 0 THEN 7 ELSE i * i END, 'n' || i, 1, now()::TIMESTAMP
            FROM range(300000) r(i)
            """,
        ])
        let source = try source(database)
        let sink = CountingSink()
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 300_000)
        #expect(await sink.rows == 300_000)
        #expect(await sink.streams > 1)
    }

    @Test("four tables at once share four connections without waiting for each other")
    func sharedConnections() async throws {
        let database = try await database(rows: 200_000)
        var tables: [String: OracleConfiguration.TableConfiguration] = [:]
        for number in 1...4 { tables["oracle_\(number)"] = options }
        let source = try OracleSource(database.configuration(tables))
        let datasets = try await source.datasets()
        let rows = try await withThrowingTaskGroup(of: Int64.self) { group in
            for dataset in datasets {
                group.addTask { try await source.extract(ExtractRequest(dataset: dataset), into: CountingSink()).rows }
            }
            return try await group.reduce(0, +)
        }
        #expect(rows == 800_000)
    }

    @Test("a missing table is an error that names it")
    func missingTable() async throws {
        let database = try await database()
        let source = try source(database, .init(from: "pupils", key: ["student_id"]))
        await #expect {
            _ = try await source.extract(request(source), into: RecordingSink())
        } throws: { error in
            guard let error = error as? SourceError else { return false }
            return error.code == .schema && error.message.contains("pupils")
        }
    }

    @Test("a missing key or watermark is an error that names it", arguments: ["key", "watermark"])
    func missingKey(role: String) async throws {
        let database = try await database()
        let options = OracleConfiguration.TableConfiguration(
            from: "students",
            key: [role == "key" ? "pupil_id" : "student_id"],
            watermark: role == "watermark" ? "pupil_id" : "updated_at"
        )
        let source = try source(database, options)
        await #expect {
            _ = try await source.extract(request(source), into: RecordingSink())
        } throws: { ($0 as? SourceError)?.location == "students.pupil_id" }
    }

    @Test("an expected column that never was there is drift, and so is one that is lost since the last run")
    func lostColumn() async throws {
        let database = try await database()
        var options = options
        options.columns = ["student_id", "first_name", "gpa", "updated_at", "email"]
        let source = try source(database, options)
        let first = try await source.extract(request(source), into: RecordingSink())
        #expect(
            first.drift == [
                SchemaDrift(table: "oracle_students", column: "email", kind: .missing, detail: "read as NULL")
            ]
        )
        await source.close()
        try await database.change(["ALTER TABLE students DROP gpa"])
        let again = try self.source(database, options)
        let second = try await again.extract(request(again, fingerprint: first.fingerprint), into: RecordingSink())
        #expect(second.rows == 10)
        #expect(second.drift.map(\.kind) == [.missing, .missing])
        #expect(second.drift.map(\.column) == ["gpa", "email"])
        #expect(second.drift.first?.detail == "lost since the last run; read as NULL")
        await again.close()
        try await database.change(["ALTER TABLE students DROP updated_at"])
        let last = try self.source(database, options)
        await #expect {
            _ = try await last.extract(request(last, fingerprint: second.fingerprint), into: RecordingSink())
        } throws: { ($0 as? SourceError)?.location == "students.updated_at" }
    }

    @Test("a new column is delivered and noted, a changed type is noted")
    func drift() async throws {
        let database = try await database()
        let source = try source(database)
        let first = try await source.extract(request(source), into: RecordingSink())
        await source.close()
        try await database.change([
            "ALTER TABLE students ADD nickname VARCHAR", "ALTER TABLE students ALTER gpa TYPE VARCHAR",
        ])
        let again = try self.source(database)
        let sink = RecordingSink()
        let second = try await again.extract(request(again, fingerprint: first.fingerprint), into: sink)
        #expect(second.drift.map(\.column) == ["nickname", "gpa"])
        #expect(second.drift.map(\.kind) == [.added, .retyped])
        #expect(await sink.columns.contains("nickname"))
        let third = try await again.extract(request(again, fingerprint: second.fingerprint), into: RecordingSink())
        #expect(third.drift.isEmpty)
    }

    @Test("the file cannot be changed through a source")
    func readOnly() async throws {
        let database = try await database()
        let options = OracleConfiguration.TableConfiguration(
            from: "students",
            key: ["student_id"],
            filter: "student_id < 5"
        )
        let source = try source(database, options)
        #expect(try await source.extract(request(source), into: RecordingSink()).rows == 4)
        let files = try FileManager.default.contentsOfDirectory(atPath: database.folder.path)
        #expect(files == ["students.duckdb"])
    }

    @Test("a sink's own error passes unchanged")
    func sinkError() async throws {
        struct DiskFull: Error {}
        let database = try await database()
        let source = try source(database)
        await #expect(throws: DiskFull.self) {
            _ = try await source.extract(request(source), into: RecordingSink { _ in throw DiskFull() })
        }
    }

    @Test("a file that is not there, or no database, is an error that says so and is not tried again")
    func badFile() async throws {
        let folder = try TemporaryFolder()
        let garbage = try folder.write("garbage.duckdb", String(repeating: "no database ", count: 2_000))
        for path in [folder.path + "/none.duckdb", garbage] {
            let source = try OracleSource(OracleConfiguration(name: "registrar", driver: "duckdb", uri: Secret(path)))
            let findings = await source.check()
            #expect(findings.count == 1 && !findings[0].ok, "\(findings)")
            let dataset = try #require(try await source.datasets().first)
            await #expect {
                _ = try await source.extract(ExtractRequest(dataset: dataset), into: RecordingSink())
            } throws: { error in
                guard let error = error as? SourceError else { return false }
                return [.notFound, .malformed].contains(error.code) && !error.isRetryable
            }
        }
    }

    @Test("check finds each table, and says what is wrong with those that it cannot read")
    func check() async throws {
        let database = try await database()
        let source = try OracleSource(
            database.configuration([
                "oracle_students": options, "oracle_courses": .init(from: "courses", key: ["course_id"]),
            ])
        )
        let findings = await source.check()
        #expect(findings.map(\.ok) == [true, false, true])
        #expect(findings[1].howToMend != nil)
    }

    @Test("no URI is a configuration error")
    func noURI() {
        #expect {
            try OracleSource(OracleConfiguration(name: "registrar", driver: "oracle", uri: Secret("")))
        } throws: {
            ($0 as? SourceError)?.code == .configuration
        }
    }
}
