// A ledger on a PostgreSQL server: schemas, broken connections, lost locks, refusals.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Ledger in PostgreSQL")
struct PostgreSQLLedgerTests {
    let folder: TemporaryFolder
    let location: LedgerLocation

    init() throws {
        folder = try TemporaryFolder()
        location = try LedgerKind.postgresql.location(in: folder)
    }

    private func open(_ migrator: LedgerMigrator = LedgerSchema.migrator) async throws -> Ledger {
        try await Ledger.open(location, migrator: migrator)
    }

    private func lake() async throws -> Lake {
        try await Lake.open(LakeSettings(place: .folder(folder.lake), ledger: location))
    }

    @Test("a ledger that several processes create at once is whole")
    func created() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { try await open().check() } }
            try await group.waitForAll()
        }
    }

    @Test("lakes share a server by schema, and know nothing of each other")
    func schemas() async throws {
        let other = try TemporaryFolder()
        let lakes = [
            try await lake(),
            try await Lake.open(
                LakeSettings(place: .folder(other.lake), ledger: try LedgerKind.postgresql.location(in: other))
            ),
        ]
        let runs = [try await lakes[0].beginRun(), try await lakes[1].beginRun()]
        for (run, text) in zip(runs, ["a", "b"]) {
            _ = try await run.publish(Publication(tables: [try await run.stage(students, .replace, [text])]))
        }
        #expect(try await lakes[0].contents(students) == ["a"])
        #expect(try await lakes[1].contents(students) == ["b"])
    }

    @Test("a ledger from an earlier step is migrated, and one from a later step refused")
    func migrations() async throws {
        let run = RunID()
        let holder = RunHolder(run: run, pid: 1, host: "h", since: "")
        try await open().begin(run: run, at: Date(), holder: holder, options: "{}")
        var later = LedgerSchema.migrator
        later.registerMigration("something new") { db in try db.execute(sql: "CREATE TABLE something (id INTEGER)") }
        #expect(try await open(later).runs().map(\.id) == [run])
        await expectLakeError(.migrationNewer) { try await open() }
    }

    @Test("a schema with another program's tables is refused")
    func foreign() async throws {
        let ledger = try await Ledger.open(.postgresql(uri: Secret(try PostgreSQL.shared.get().uri), schema: "steps"))
        let schema = folder.schema
        try await ledger.write("make another program's table") { db in
            try db.execute(sql: "CREATE SCHEMA \(schema)")
            try db.execute(sql: "CREATE TABLE \(schema).bookmarks (id INTEGER)")
        }
        await expectLakeError(.notALedger) { try await open() }
    }

    @Test("a step that fails leaves nothing of itself")
    func failedStep() async throws {
        var broken = LedgerSchema.migrator
        broken.registerMigration("broken") { db in
            try db.execute(sql: "CREATE TABLE half (id INTEGER)")
            try db.execute(sql: "CREATE TABLE half (id INTEGER)")
        }
        await expectLakeError(.inputOutput) { try await open(broken) }
        #expect(try await open().runs().isEmpty)
    }

    // MARK: - Broken connections

    @Test("a transaction whose connection breaks is done again, once")
    func brokenConnection() async throws {
        let ledger = try await open()
        try await ledger.write("make a table that breaks the first commit") { db in
            try db.execute(sql: "CREATE TABLE marks (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
            try db.execute(sql: "CREATE SEQUENCE attempts")
        }
        // Breaks within the body at the first attempt.
        try await ledger.write("write") { db in
            try db.execute(sql: "INSERT INTO marks (name) VALUES ('body')")
            if try Int64.fetchOne(db, sql: "SELECT nextval('attempts')") == 1 {
                try db.execute(sql: "SELECT pg_terminate_backend(pg_backend_pid())")
            }
        }
        #expect(
            try await ledger.read("read") { db in try String.fetchAll(db, sql: "SELECT name FROM marks") } == ["body"]
        )
    }

    @Test("a commit whose answer is lost is looked up: what was undone is done again, once")
    func lostCommit() async throws {
        let ledger = try await open()
        try await ledger.write("make a table whose first commit breaks") { db in
            try db.execute(sql: "CREATE TABLE marks (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
            try db.execute(sql: "CREATE SEQUENCE attempts")
            // Through the session: the function's body holds semicolons.
            _ = try db.session.execute(
                """
                CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF nextval('attempts') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
                    RETURN NULL;
                END $$
                """,
                []
            )
            try db.execute(
                sql: """
                    CREATE CONSTRAINT TRIGGER breaks AFTER INSERT ON marks DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION break()
                    """
            )
        }
        try await ledger.write("write") { db in try db.execute(sql: "INSERT INTO marks (name) VALUES ('commit')") }
        let seen = try await ledger.read("read") { db in
            (
                try String.fetchAll(db, sql: "SELECT name FROM marks"),
                try Int64.fetchOne(db, sql: "SELECT last_value FROM attempts")
            )
        }
        #expect(seen.0 == ["commit"] && seen.1 == 2)
    }

    @Test("a run whose lock's connection broke publishes nothing, and another may run")
    func lostLock() async throws {
        let lake = try await lake()
        try await lake.publish([(students, .replace, ["a"])])
        let run = try await lake.beginRun()
        let publication = Publication(tables: [try await run.stage(students, .replace, ["b"])])
        let keys = try await PostgreSQLServer.connect(
            uri: Secret(try PostgreSQL.shared.get().uri),
            schema: folder.schema
        )
        let key = keys.key("run")
        try await lake.ledger.read("end the connection that holds the run lock") { db in
            let ended = try Row.fetchAll(
                db,
                sql: """
                    SELECT pg_terminate_backend(pid) AS ended FROM pg_locks WHERE locktype = 'advisory'
                        AND CAST(classid AS BIGINT) = ((CAST(:key AS BIGINT) >> 32) & 4294967295)
                        AND CAST(objid AS BIGINT) = (CAST(:key AS BIGINT) & 4294967295)
                    """,
                arguments: ["key": key]
            )
            #expect(ended.count == 1)
        }
        await expectLakeError(.lockLost) { try await run.publish(publication) }
        #expect(try await lake.contents(students) == ["a"])
        try await lake.publish([(students, .replace, ["c"])])
        #expect(try await lake.contents(students) == ["c"])
        #expect(try await lake.audit() == LakeAudit())
    }

    // MARK: - Refusals

    @Test("a server that is not there is named, without the password")
    func notThere() async throws {
        let location = LedgerLocation(Secret("postgresql://lyceum:sesame@127.0.0.1:1/campus"))
        let error = await expectLakeError(.unavailable) { try await Ledger.open(location) }
        #expect(error?.message.contains("postgresql://127.0.0.1:1/campus, schema lyceum") == true)
        #expect(error.map { !"\($0) \(String(describing: $0.cause))".contains("sesame") } == true)
    }

    @Test("a wrong password is said to be one, and is not shown")
    func wrongPassword() async throws {
        let uri = try PostgreSQL.shared.get().uri
        let password = try #require(uri.firstMatch(of: /:([0-9a-f]+)@/)).1
        let wrong = Secret(uri.replacing(password, with: "sesame"))
        let error = await expectLakeError(.accessDenied) { try await Ledger.open(.postgresql(uri: wrong, schema: "x")) }
        #expect(error.map { !"\($0) \(String(describing: $0.cause))".contains("sesame") } == true)
    }

    @Test("a schema that could not be quoted safely is refused", arguments: ["", "a b", "x;y", "pg_catalog", "Upper"])
    func schemaNames(name: String) async throws {
        let uri = Secret(try PostgreSQL.shared.get().uri)
        await expectLakeError(.invalidName) { try await Ledger.open(.postgresql(uri: uri, schema: name)) }
    }

    @Test(
        "a server on another machine is reached through TLS only",
        arguments: ["disable", "allow", "prefer"]
    )
    func plain(mode: String) async throws {
        let uri = PostgreSQLURI(Secret("postgresql://u:p@db.campus.edu/lake?sslmode=\(mode)"))
        await expectLakeError(.accessDenied) { try uri.connecting(schema: "lyceum") }
    }

    @Test("a URI gets what it lacks: verified TLS for another machine, the schema, a time limit")
    func completed() throws {
        let remote = try PostgreSQLURI(Secret("postgresql://u:p@db.campus.edu:5432/lake")).connecting(schema: "lyceum")
        #expect(remote.hasPrefix("postgresql://u:p@db.campus.edu:5432/lake?sslmode=verify-full&connect_timeout=10&"))
        #expect(remote.contains("search_path%3Dlyceum"))
        let own = try PostgreSQLURI(Secret("postgresql://db/lake?sslmode=require&options=-c%20work_mem%3D1MB"))
            .connecting(schema: "x")
        #expect(own.contains("sslmode=require&") && !own.contains("verify-full"))
        #expect(own.components(separatedBy: "options=").count == 2 && own.contains("work_mem%3D1MB"))
        for host in ["localhost", "127.0.0.1:5433", "[::1]:5432", ""] {
            let local = try PostgreSQLURI(Secret("postgresql://u:p@\(host)/lake")).connecting(schema: "x")
            #expect(!local.contains("sslmode"), "\(host)")
        }
    }

    // MARK: - Dialect

    @Test("placeholders become numbered ones, wherever they are none they stay, and null is written out")
    func placeholders() throws {
        let (sql, values) = try LedgerDialect.numbered(
            "SELECT ':no', \"a?\" FROM t WHERE a = ? AND b = ?2 AND c = ?2 AND d IS ?",
            .positional([.text("x"), .integer(2), .null])
        )
        #expect(sql == "SELECT ':no', \"a?\" FROM t WHERE a = $1 AND b = $2 AND c = $2 AND d IS NULL")
        #expect(values == [.text("x"), .integer(2)])
        let named = try LedgerDialect.numbered("a = :a AND b = :b AND c = :a", ["a": 1, "b": nil as String?])
        #expect(named.sql == "a = $1 AND b = NULL AND c = $1" && named.values == [.integer(1)])
        #expect(throws: LakeError.self) { try LedgerDialect.numbered("a = ?", []) }
    }

    @Test("definitions are put into PostgreSQL's types, and several statements apart")
    func definitions() {
        let statements = LedgerDialect.postgresql.statements(
            """
            CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER, x REAL, t TEXT DEFAULT ';') WITHOUT ROWID;
            CREATE INDEX i ON a (t);
            """
        )
        #expect(
            statements == [
                "CREATE TABLE a (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n BIGINT, x DOUBLE PRECISION, "
                    + #"t TEXT COLLATE "C" DEFAULT ';')"#,
                "CREATE INDEX i ON a (t)",
            ]
        )
    }
}
