// Whom a row is about: declarations, precedence, normal forms and words, on the real engine.

import Crypto
import Foundation
import LyceumCore
import LyceumSources
import Testing

@testable import LyceumLake
@testable import LyceumPipeline

@Test("Every table with personal columns says whom its rows are about")
func everyTableDeclares() throws {
    let project = try Project.bundled()
    let tables =
        project.models.map { ($0.name, $0.columns, $0.subject) }
        + project.sourceTables.map { ($0.table, $0.columnDescriptions, $0.subject) }
    for (name, columns, subject) in tables where columns.contains(where: { $0.pii != .none }) {
        switch subject {
        case .columns(let named)?:
            for column in named { #expect(columns.contains { $0.name == column.path[0] }, "\(name).\(column.column)") }
        case .none(let reason)?: #expect(!reason.isEmpty, "\(name)")
        case nil: Issue.record("\(name) does not say whom its rows are about")
        }
    }
    #expect(project.subjectKinds == ["student_id", "workday_id", "email"])
    #expect(project.aggregates.contains(TableID(.curated, "course")))
}

@Test("A project with a personal column and no subject is refused")
func undeclaredIsRefused() async throws {
    try await withTemporaryFolder { folder in
        let models = folder.appending(path: "models/clean")
        try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
        try Data().write(to: folder.appending(path: "models/prelude.duckdb.sql"))
        try Data("select email from source('oracle_students')".utf8).write(to: models.appending(path: "mails.sql"))
        let yaml = "table: mails\ncolumns: [{name: email, pii: direct}]\n"
        for (subject, isAllowed) in [("", false), ("subject: email\n", true), ("subject: {none: a test}\n", true)] {
            try Data((yaml + subject).utf8).write(to: models.appending(path: "mails.yml"))
            func read() throws { _ = try Project(models: folder.appending(path: "models"), seeds: folder) }
            if isAllowed {
                try read()
            } else {
                let error = #expect(throws: PipelineError.self) { try read() }
                #expect(error?.code == .badModel)
            }
        }
    }
}

@Test("A subject that names an unknown column, or nothing, is refused with its place")
func badSubjects() throws {
    for subject in ["subject: nobody", "subject: []", "subject: {column: id, colour: red}"] {
        let error = #expect(throws: PipelineError.self, "\(subject)") {
            try ModelDefinition(
                name: "t",
                zone: .clean,
                sql: "select 1 as id",
                yaml: "table: t\ncolumns: [{name: id}]\n\(subject)\n",
                file: "clean/t.yml"
            )
        }
        #expect(error?.location?.hasPrefix("clean/t.yml") == true)
    }
}

@Test("The engine's keyed hash is HMAC-SHA-256 as the key computes it")
func engineHash() async throws {
    let key = try ErasureKey(SymmetricKey(data: Array(0..<32 as Range<UInt8>)))
    let engine = try await DuckDBEngine.forTest()
    let macro = EngineSchema.landing.table("h")
    try await key.define(macro, in: engine)
    for (kind, value) in [("student_id", "11391"), ("email", "zoë@campus.example"), ("workday_id", "")] {
        let hash = try await engine.rows("SELECT \(macro.sql)('\(kind)', '\(value)')")
        #expect(hash == [key.hash(value, kind: kind)])
    }
}

@Test("Identifiers are compared in one form, in the program as in the engine")
func normalForms() async throws {
    let engine = try await DuckDBEngine.forTest()
    for text in [" 11391 ", "11391.0", "MAILTO:Ann@Campus.example", "WD-7\t", "a.b@c.example", "100", "0.0"] {
        let sql = SubjectSQL.normalised(SQLText.literal(text))
        #expect(try await engine.rows("SELECT coalesce(\(sql), '')") == [SubjectIdentity.normalised(text)], "\(text)")
    }
}

@Test(
    "An identifier is found as a word, and not within another",
    arguments: [
        ("11391", "id 11391.", true), ("11391", #"{"student_id":"11391.0"}"#, true), ("11391", "113910", false),
        ("11391", "211391", false), ("11391", "11391,Ann,Lee", true), ("ann@u.edu", "to Ann@U.edu.", true),
        ("ann@u.edu", "mary.ann@u.edu", false), ("ann@u.edu", "ann@u.edu.au", false),
        ("ann@u.edu", "<ann@u.edu>", true),
        ("a.n@u.edu", "axn@u.edu", false),
    ]
)
func words(id: String, text: String, isFound: Bool) async throws {
    var identity = SubjectIdentity()
    identity.insert(id, kind: "any")
    let engine = try await DuckDBEngine.forTest()
    let sql = SubjectSQL.mentions(identity, in: SQLText.literal(text))
    #expect(try await engine.rows("SELECT \(sql)") == [String(isFound)])
}

@Test("A row is about the first identifier that it has")
func precedence() async throws {
    let engine = try await DuckDBEngine.forTest()
    try await engine.execute(
        """
        CREATE TABLE t (student_id VARCHAR, workday_id VARCHAR, email VARCHAR, note VARCHAR);
        INSERT INTO t VALUES ('1', 'W1', 'a@u', 'mine'), (' 1.0', NULL, NULL, 'mine'), (NULL, 'w1', 'x@u', 'mine'),
            (NULL, '', 'A@u', 'mine'), ('2', 'W1', 'a@u', 'filed wrongly'), ('2', NULL, 'a@u', 'shares the address'),
            (NULL, 'W2', 'a@u', 'another'), (NULL, NULL, NULL, 'nobody')
        """
    )
    let columns = try await engine.columns(of: "SELECT * FROM t")
    let summary = TableSummary(
        id: TableID(.clean, "workday_students"),
        description: "",
        key: [],
        columns: columns,
        rows: 0,
        bytes: 0,
        files: 0
    )
    let subject = try #require(SubjectTable(summary, in: try Project.bundled()))
    var identity = SubjectIdentity()
    for (kind, value) in [("student_id", "1"), ("workday_id", "w1"), ("email", "a@u")] {
        identity.insert(value, kind: kind)
    }
    let sql = SubjectSQL(subject: subject, columns: columns)
    let notes = try await engine.rows("SELECT DISTINCT note FROM t WHERE \(sql.isAbout(identity))")
    #expect(notes == ["mine"])
    #expect(try await engine.rows("SELECT count(*) FROM t WHERE \(sql.isAbout(identity))") == ["4"])
    #expect(try await engine.rows("SELECT count(*) FROM t WHERE \(sql.leads(to: identity, byContact: true))") == ["7"])
}

@Test("A receipt that was changed, or signed with another key, is refused")
func receipts() throws {
    let key = try ErasureKey(SymmetricKey(size: .bits256))
    var receipt = ErasureReceipt(
        run: RunID(),
        subject: [Suppression(kind: "student_id", hash: key.hash("1", kind: "student_id"))],
        reason: "a test",
        erasedAt: "2026-11-28T12:00:00Z",
        tables: [],
        aggregates: [],
        remarks: [],
        key: ErasureReceipt.Key(fingerprint: key.fingerprint, publicKey: key.publicKey)
    )
    try receipt.sign(with: key)
    let read = try ErasureReceipt.read(try receipt.json)
    #expect(read == receipt)
    try read.verify(publicKey: key.publicKey)
    var changed = read
    changed.reason = "another"
    #expect(throws: PipelineError.self) { try changed.verify(publicKey: key.publicKey) }
    let other = try ErasureKey(SymmetricKey(size: .bits256))
    #expect(throws: PipelineError.self) { try read.verify(publicKey: other.publicKey) }
}
