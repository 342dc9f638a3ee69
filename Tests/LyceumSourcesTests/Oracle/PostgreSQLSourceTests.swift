// A relational source on a real PostgreSQL: exact decimals, one snapshot for all connections, connections that are killed.

import ADBC
import Foundation
import LyceumCore
import Testing

@testable import LyceumSources

@Suite("Relational source on PostgreSQL", .serialized) struct PostgreSQLSourceTests {
    private func source(_ table: String, filter: String? = nil, uri: String? = nil, connections: Int = 4) throws
        -> OracleSource
    {
        let options = OracleConfiguration.TableConfiguration(from: table, key: ["student_id"], filter: filter)
        return try OracleSource(
            OracleConfiguration(
                name: "registrar",
                driver: "postgresql",
                uri: Secret(try uri ?? PostgreSQLServer.shared.get().uri),
                tables: ["oracle_students": options],
                connections: connections
            )
        )
    }

    private func fill(_ table: String, rows: Int) async throws {
        let connection = try await PostgreSQLServer.connect()
        for sql in [
            "DROP TABLE IF EXISTS \(table)",
            """
            CREATE TABLE \(table) (student_id bigint, name text, gpa numeric(4, 2), fees numeric, born date, updated_at timestamp,
                seen_at timestamptz)
            """,
            """
            INSERT INTO \(table) SELECT i, 'n' || i, (i % 400) / 100.0, i * 1234567890123456789.000000001, DATE '2000-01-01' + i % 1000,
                TIMESTAMP '2024-05-01 00:00:00' + i * INTERVAL '1 second', TIMESTAMPTZ '2024-05-01 00:00:00+00'
            FROM generate_series(1, \(rows)) i
            """,
        ] {
            try await connection.execute(sql)
        }
        try await connection.close()
    }

    private func request(_ source: OracleSource, since: String? = nil) async throws -> ExtractRequest {
        let dataset = try #require(try await source.datasets().first)
        return ExtractRequest(dataset: dataset, since: since.map { Watermark(column: "updated_at", value: $0) })
    }

    @Test("decimals arrive exactly, as text")
    func decimals() async throws {
        try await fill("exact", rows: 3)
        let source = try source("exact")
        let sink = RecordingSink()
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 3 && result.isComplete)
        let row = try #require(await sink.rows.first { $0["student_id"] == "3" })
        #expect(row["gpa"] == "0.03")
        #expect(row["fees"] == "3703703670370370367.000000003")
        #expect(row["born"] == "2000-01-04")
        #expect(result.watermark?.value == "2024-05-01T00:00:03Z")
        await source.close()
    }

    @Test("decimals of up to 18 digits arrive as decimals, exactly, negative ones and NULL too")
    func typedDecimals() async throws {
        let connection = try await PostgreSQLServer.connect()
        for sql in [
            "DROP TABLE IF EXISTS typed",
            """
            CREATE TABLE typed (student_id bigint, a numeric(5, 2), b numeric(18, 6), c numeric(9, 0), d numeric(19, 2),
                e numeric, updated_at timestamp)
            """,
            """
            INSERT INTO typed VALUES (1, -999.99, 123456789012.345678, 999999999, 12345678901234567.89, 0.1, now()),
                (2, NULL, NULL, NULL, NULL, NULL, now()), (3, 0.01, -0.000001, 0, 0, 1e30, now())
            """,
        ] {
            try await connection.execute(sql)
        }
        let source = try source("typed")
        let sink = RecordingSink()
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 3)
        let rows = await sink.rows.sorted { ($0["student_id"] ?? "") < ($1["student_id"] ?? "") }
        #expect(
            ["a", "b", "c", "d", "e"].map { rows[0][$0] } == [
                "-999.99", "123456789012.345678", "999999999", "12345678901234567.89", "0.1",
            ]
        )
        #expect(["a", "b", "c", "d", "e"].allSatisfy { rows[1][$0] == nil })
        #expect(rows[2]["a"] == "0.01" && rows[2]["b"] == "-0.000001" && rows[2]["c"] == "0")
        let preview = try #require(try await source.preview("oracle_students", rows: 1).first)
        #expect(preview.schema.fields[1].type == .decimal32(precision: 5, scale: 2))
        #expect(preview.schema.fields[2].type == .decimal64(precision: 18, scale: 6))
        // A value that no integer can count: all decimals then come as text, once each.
        try await connection.execute("INSERT INTO typed VALUES (4, 'NaN', 1, 1, 1, 1, now())")
        let again = RecordingSink()
        let second = try await source.extract(request(source), into: again)
        #expect(second.rows == 4 && second.notes.contains { $0.contains("NaN") })
        #expect(await again.rows.count == 4)
        #expect(await again.restarts == 1)
        #expect(Set(await again.values("a")) == ["-999.99", nil, "0.01", "NaN"])
        try await connection.close()
        await source.close()
    }

    @Test("a table is divided by blocks where it has some, and by key where it is a view")
    func divided() async throws {
        try await fill("divided", rows: 300_000)
        let connection = try await PostgreSQLServer.connect()
        try await connection.execute("CREATE OR REPLACE VIEW divided_view AS SELECT * FROM divided")
        for (table, division, isByAddress) in [
            ("divided", OracleConfiguration.Division.automatic, true), ("divided", .key, false),
            ("divided_view", .automatic, false),
        ] {
            let reader = TableReader(
                dialect: .postgresql,
                options: .init(from: table, key: ["student_id"], division: division),
                schema: nil,
                request: ExtractRequest(dataset: Dataset(table: "x", key: [], columns: [], mode: .snapshot)),
                lagSeconds: 0,
                workers: 3
            )
            let plan = try await reader.plan(on: connection)
            #expect(plan.ranges.count == 3 && plan.ranges.allSatisfy { $0.isOfAddresses == isByAddress }, "\(table)")
            let counts = try await withThrowingTaskGroup(of: Int64.self, returning: [Int64].self) { _ in
                var counts: [Int64] = []
                for range in plan.ranges {
                    let rows = plan.queries.rows(in: range, view: .immutableFile)
                    counts.append(Int64(try await connection.firstText("SELECT count(*) FROM (\(rows)) q") ?? "") ?? -1)
                }
                return counts
            }
            #expect(counts.reduce(0, +) == 300_000)
            #expect(counts.allSatisfy { (90_000...110_000).contains($0) }, "\(counts)")
        }
        let reader = TableReader(
            dialect: .postgresql,
            options: .init(from: "divided_view", key: ["student_id"], division: .address),
            schema: nil,
            request: ExtractRequest(dataset: Dataset(table: "x", key: [], columns: [], mode: .snapshot)),
            lagSeconds: 0,
            workers: 3
        )
        await #expect { _ = try await reader.plan(on: connection) } throws: { "\($0)".contains("division: key") }
        try await connection.close()
    }

    @Test("after an incremental read all keys are handed over, unless that is turned off or not due")
    func keys() async throws {
        try await fill("keyed", rows: 1_000)
        let connection = try await PostgreSQLServer.connect()
        try await connection.execute("DELETE FROM keyed WHERE student_id <= 10")
        func extract(_ deletes: OracleConfiguration.Deletes, hours: Double? = nil, fingerprint: String? = nil)
            async throws -> (Extraction, RecordingSink)
        {
            let source = try OracleSource(
                OracleConfiguration(
                    name: "registrar",
                    driver: "postgresql",
                    uri: Secret(try PostgreSQLServer.shared.get().uri),
                    tables: [
                        "oracle_keyed": .init(
                            from: "keyed",
                            key: ["student_id"],
                            filter: "student_id <> 500",
                            deletes: deletes,
                            deletesEveryHours: hours
                        )
                    ]
                )
            )
            let sink = RecordingSink()
            var request = try await request(source, since: "2024-05-01T00:16:30Z")
            request.fingerprint = fingerprint
            let result = try await source.extract(request, into: sink)
            await source.close()
            return (result, sink)
        }
        let (result, sink) = try await extract(.keys)
        #expect(result.rows == 311 && result.hasAllKeys && !result.isComplete)
        #expect(Set(await sink.keys) == Set((11...1_000).filter { $0 != 500 }.map { String($0) }))
        let (again, none) = try await extract(.keys, hours: 1, fingerprint: result.fingerprint)
        #expect(!again.hasAllKeys)
        #expect(await none.keys.isEmpty)
        #expect(try await extract(.never).0.hasAllKeys == false)
        let (full, _) = try await extract(.full)
        #expect(full.isComplete && full.rows == 989)
        try await connection.close()
    }

    @Test("only the columns that are wanted are read; a key cannot be left out")
    func chosen() async throws {
        try await fill("chosen", rows: 3)
        func source(select: [String]?, exclude: [String]) throws -> OracleSource {
            try OracleSource(
                OracleConfiguration(
                    name: "registrar",
                    driver: "postgresql",
                    uri: Secret(try PostgreSQLServer.shared.get().uri),
                    tables: [
                        "oracle_chosen": .init(from: "chosen", key: ["student_id"], select: select, exclude: exclude)
                    ]
                )
            )
        }
        let selecting = try source(select: ["name", "born"], exclude: [])
        let sink = RecordingSink()
        _ = try await selecting.extract(request(selecting), into: sink)
        #expect(await sink.columns == ["student_id", "name", "born", "updated_at"])
        let excluding = try source(select: nil, exclude: ["name", "fees", "seen_at"])
        let other = RecordingSink()
        _ = try await excluding.extract(request(excluding), into: other)
        #expect(await other.columns == ["student_id", "gpa", "born", "updated_at"])
        for (select, exclude, text) in [(["pupil"], [], "pupil"), (nil, ["student_id"], "key or watermark")] {
            let source = try source(select: select, exclude: exclude)
            await #expect { _ = try await source.extract(request(source), into: RecordingSink()) } throws: {
                "\($0)".contains(text)
            }
            await source.close()
        }
        await selecting.close()
        await excluding.close()
    }

    @Test("the dictionary tells tables, views, types and keys")
    func discovered() async throws {
        let connection = try await PostgreSQLServer.connect()
        for sql in [
            "DROP SCHEMA IF EXISTS \"Odd Name\" CASCADE", "CREATE SCHEMA \"Odd Name\"",
            "CREATE TABLE \"Odd Name\".enrolments (b int, a int, grade numeric(3, 1) NOT NULL, PRIMARY KEY (a, b))",
            "CREATE VIEW \"Odd Name\".graded AS SELECT a, grade FROM \"Odd Name\".enrolments",
        ] {
            try await connection.execute(sql)
        }
        let source = try source("x")
        let tables = try await source.discover(schema: "\"Odd Name\"")
        #expect(tables.map(\.name) == ["enrolments", "graded"])
        #expect(tables.map(\.kind) == ["table", "view"])
        #expect(tables[0].key == ["a", "b"])
        #expect(tables[0].columns.map(\.type) == ["integer", "integer", "numeric(3,1)"])
        #expect(tables[0].columns.map(\.isNullable) == [false, false, false])
        try await connection.execute("DROP SCHEMA \"Odd Name\" CASCADE")
        try await connection.close()
        await source.close()
    }

    @Test("an incremental read starts at the watermark less the lag")
    func incremental() async throws {
        try await fill("grown", rows: 1_000)
        let source = try source("grown")
        let sink = RecordingSink()
        let result = try await source.extract(request(source, since: "2024-05-01T00:15:00Z"), into: sink)
        #expect(result.rows == 401)
        #expect(!result.isComplete)
        await source.close()
    }

    @Test("all ranges see one state of the table, whatever is changed meanwhile")
    func oneSnapshot() async throws {
        try await fill("moving", rows: 300_000)
        let source = try source("moving")
        let other = try await PostgreSQLServer.connect()
        let changes = Counter()
        // Rows move from one end of the key to the other while they are read: without one snapshot some would come
        // twice and others never.
        let sink = RecordingSink { _ in
            guard changes.add() == 1 else { return }
            try await other.execute("UPDATE moving SET student_id = student_id + 1000000 WHERE student_id % 2 = 0")
            try await other.execute("UPDATE moving SET student_id = 1000001 - student_id WHERE student_id < 1000000")
        }
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 300_000)
        let ids = Set(await sink.values("student_id").compactMap { $0 })
        #expect(ids.count == 300_000)
        #expect(ids.allSatisfy { (Int($0) ?? 0) <= 300_000 })
        #expect(await sink.streams > 1)
        await source.close()
    }

    @Test("connections that are killed half way cost no row")
    func killed() async throws {
        try await fill("killed", rows: 400_000)
        let source = try source("killed")
        let other = try await PostgreSQLServer.connect()
        let batches = Counter()
        let sink = RecordingSink { _ in
            guard batches.add() == 3 else { return }
            _ = try await other.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%\"killed\"%' AND pid <> pg_backend_pid()"
            ).collect()
        }
        let result = try await source.extract(request(source), into: sink)
        let ids = Set(await sink.values("student_id").compactMap { $0 })
        #expect(ids.count == 400_000)
        #expect(result.isComplete)
        await source.close()
    }

    @Test("a server that stays away ends in an error that says it was interrupted, after some attempts")
    func gone() async throws {
        try await fill("gone", rows: 200_000)
        let source = try source("gone")
        let other = try await PostgreSQLServer.connect()
        let sink = RecordingSink { _ in
            _ = try await other.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%\"gone\"%' AND pid <> pg_backend_pid()"
            ).collect()
        }
        await #expect {
            _ = try await source.extract(request(source), into: sink)
        } throws: { error in
            guard let error = error as? SourceError else { return false }
            return error.code == .interrupted && error.isRetryable && error.message.contains("attempts")
        }
        await source.close()
    }

    @Test(
        "no watermark is taken from rows whose time is infinite, missing or in the future; they are read all the same"
    )
    func watermarks() async throws {
        let connection = try await PostgreSQLServer.connect()
        for sql in [
            "DROP TABLE IF EXISTS endless", "CREATE TABLE endless (student_id bigint, updated_at timestamptz)",
            """
            INSERT INTO endless VALUES (1, '2024-05-01 02:00:00.25+02'), (2, 'infinity'), (3, now() + interval '10 days'),
                (4, NULL), (5, '-infinity'), (6, '2024-04-30 23:59:59+00')
            """,
        ] {
            try await connection.execute(sql)
        }
        let source = try source("endless")
        let sink = RecordingSink()
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 6)
        #expect(result.watermark?.column == "updated_at" && result.watermark?.value == "2024-05-01T00:00:00.25Z")
        try await connection.execute("DELETE FROM endless")
        let empty = try await source.extract(request(source), into: RecordingSink())
        #expect(empty.rows == 0 && empty.watermark == nil && empty.isComplete)
        try await connection.close()
        await source.close()
    }

    @Test("a table with a column that is not decoded here is read through the driver, its decimals as exactly")
    func throughTheDriver() async throws {
        let connection = try await PostgreSQLServer.connect()
        for sql in [
            "DROP TABLE IF EXISTS listed",
            "CREATE TABLE listed (student_id bigint, gpa numeric(4, 2), tags int[], updated_at timestamp)",
            "INSERT INTO listed SELECT i, i * 0.25, ARRAY[i, i + 1], TIMESTAMP '2024-05-01' FROM generate_series(1, 4) i",
        ] {
            try await connection.execute(sql)
        }
        let source = try source("listed")
        let sink = RecordingSink()
        let result = try await source.extract(request(source), into: sink)
        #expect(result.rows == 4 && result.watermark?.value == "2024-05-01T00:00:00Z")
        #expect(Set(await sink.values("gpa")) == ["0.25", "0.50", "0.75", "1.00"])
        #expect(await sink.columns == ["student_id", "gpa", "tags", "updated_at"])
        try await connection.close()
        await source.close()
    }

    @Test("a source never has more connections than it was given")
    func bounded() async throws {
        try await fill("bounded", rows: 200_000)
        let source = try source("bounded", connections: 2)
        let other = try await CopyConnection.open(uri: try PostgreSQLServer.shared.get().uri)
        let most = Counter()
        let sink = RecordingSink { _ in
            let count = try await other.firstText(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() "
                    + "AND query LIKE '%\"bounded\"%'"
            )
            if (Int(count ?? "") ?? 99) > 2 { _ = most.add() }
        }
        #expect(try await source.extract(request(source), into: sink).rows == 200_000)
        #expect(await sink.streams == 2)
        #expect(most.value == 0, "more than two connections were at work")
        await other.close()
        await source.close()
    }

    @Test("wrong credentials, a missing grant and a refused port are told apart, and no password is shown")
    func classified() async throws {
        try await fill("guarded", rows: 1)
        let uri = try PostgreSQLServer.shared.get().uri
        let connection = try await PostgreSQLServer.connect()
        _ = try? await connection.execute("CREATE USER outsider PASSWORD 'hush-hush-42'")
        var parts = try #require(URLComponents(string: uri))
        parts.user = "outsider"
        parts.password = "hush-hush-42"
        let outsider = try #require(parts.string)
        parts.password = "wrong-word-43"
        let wrong = try #require(parts.string)
        parts.port = 1
        let refused = try #require(parts.string)
        for (uri, code) in [(outsider, SourceError.Code.forbidden), (wrong, .unauthorized), (refused, .unreachable)] {
            let source = try source("guarded", uri: uri, connections: 1)
            await #expect("\(code)") {
                _ = try await source.extract(request(source), into: RecordingSink())
            } throws: { error in
                guard let error = error as? SourceError else { return false }
                #expect(!"\(error)".contains("hush-hush") && !"\(error)".contains("wrong-word"))
                if error.code != code { Issue.record("\(error)") }
                return error.code == code
            }
            await source.close()
        }
    }
}

@Suite("Oracle's own driver") struct OracleDriverTests {
    @Test("a refused port is an error that says that nothing listens there")
    func refused() async throws {
        let source = try OracleSource(
            OracleConfiguration(
                name: "registrar",
                driver: "oracle",
                uri: Secret("oracle://lyceum:hush-hush-42@127.0.0.1:1/XE")
            )
        )
        let dataset = try #require(try await source.datasets().first)
        await #expect {
            _ = try await source.extract(ExtractRequest(dataset: dataset), into: RecordingSink())
        } throws: { error in
            guard let error = error as? SourceError else { return false }
            #expect(!"\(error)".contains("hush-hush"))
            if error.code != .unreachable { Issue.record("\(error)") }
            return error.code == .unreachable && error.isRetryable
        }
    }
}
