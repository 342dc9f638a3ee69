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
