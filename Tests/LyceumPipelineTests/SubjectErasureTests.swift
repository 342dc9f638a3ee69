// Erasure through whole runs: files, history, quarantine, index and what sources deliver afterwards.

import Foundation
import LyceumCore
import LyceumSources
import Testing

@testable import LyceumLake
@testable import LyceumPipeline

/// A tiny campus whose rows are about people: `id` names them.
private func campus(_ folder: URL, isEncrypted: Bool = false) -> TinyCampus {
    var campus = TinyCampus(folder)
    campus.isEncrypted = isEncrypted
    campus.subject = .columns([SubjectColumn("id", kind: "person_id")])
    campus.personsYAML += "\nsubject: {column: id, kind: person_id}\n"
    campus.cardsSubject = "{column: id, kind: person_id}"
    return campus
}

extension TinyCampus {
    @discardableResult
    fileprivate func erase(_ id: String) async throws -> ErasureReceipt? {
        switch try await pipeline().eraseSubject(SubjectRequest(id), reason: "a test") {
        case .erased(let receipt, _): receipt
        case .alreadyErased: nil
        }
    }

    /// Every row of every file below the lake as text, files by path: what an engine can read, decrypted.
    fileprivate func allRows() async throws -> [String: [String]] {
        let engine = try await DuckDBEngine.forTest()
        try await engine.execute("SET preserve_insertion_order = true")
        var rows: [String: [String]] = [:]
        let lake = try await plainLake()
        defer { if isEncrypted { try? FileManager.default.removeItem(at: lake) } }
        for case let name as String in FileManager.default.enumerator(atPath: lake.path) ?? .init()
        where name.hasSuffix(".parquet") {
            rows[name] = try await engine.rows(
                "SELECT CAST(to_json(t) AS VARCHAR) FROM read_parquet('\(lake.appending(path: name).path)') t"
            )
        }
        return rows
    }

    /// Every byte of the installation that mentions a text: files and ledger as they are, Parquet as rows.
    fileprivate func mentions(_ text: String) async throws -> [String] {
        var found = try await allRows().filter { $0.value.contains { $0.localizedCaseInsensitiveContains(text) } }.map(
            \.key
        )
        for case let name as String in FileManager.default.enumerator(atPath: folder.path) ?? .init()
        where !name.hasSuffix(".parquet") {
            let url = folder.appending(path: name)
            guard let data = try? Data(contentsOf: url) else { continue }
            if data.range(of: Data(text.utf8)) != nil { found.append(name) }
        }
        return found.sorted()
    }
}

@Suite("Erasure of a person")
struct SubjectErasureTests {
    private static let ann = (id: Optional(471108151), name: "Annabel Quist", score: 80.0)

    @Test(
        "An erased person is in no file, current or historical, and everyone else's rows are as they were, in order",
        arguments: [false, true]
    )
    func erased(isEncrypted: Bool) async throws {
        try await withTemporaryFolder { folder in
            let campus = campus(folder, isEncrypted: isEncrypted)
            campus.source.set { $0.rows = [(1, "Bob", 30), Self.ann, (2, "Cyd", 140), (3, "Dee", 50)] }
            try await campus.run()
            campus.source.set {
                $0.rows = [(1, "Bob", 31), (471108151, "Annabel Quist", 180), (2, "Cyd", 40), (3, "Dee", 50)]
            }
            try await campus.run()
            let before = try await campus.allRows()
            #expect(try await !campus.mentions("Annabel").isEmpty)
            let receipt = try #require(try await campus.erase(" 471108151.0"))
            #expect(try await campus.mentions("471108151").isEmpty)
            #expect(try await campus.mentions("annabel").isEmpty)
            // File by file the same rows of others in the same order, and nothing in the place of hers.
            let after = try await campus.allRows()
            let renamed = Dictionary(
                uniqueKeysWithValues: receipt.tables.flatMap(\.files).map { ($0.before.path, $0.after.path) }
            )
            for (path, rows) in before {
                let history = "_history/"
                let name = path.hasPrefix(history) ? String(path.dropFirst(history.count)) : path
                let now = (path.hasPrefix(history) ? history : "") + (renamed[name] ?? name)
                #expect(after[now] == rows.filter { !$0.contains("471108151") }, "\(path)")
            }
            #expect(before.count == after.count)
            let zones = Set(receipt.tables.map(\.zone))
            #expect(zones == [.raw, .clean, .curated, .quarantine])
            #expect(receipt.tables.allSatisfy { $0.files.allSatisfy { $0.before.rows == $0.after.rows + $0.removed } })
            let lake = try await campus.pipeline().openLake()
            #expect(try await lake.audit() == LakeAudit())
            #expect(try await lake.ledger.erasures().first?.completedAt != nil)
            try receipt.verify(publicKey: receipt.key.publicKey)
        }
    }

    @Test(
        "What is given out is every row of the person, current and historical, and nobody else's",
        arguments: [false, true]
    )
    func export(isEncrypted: Bool) async throws {
        try await withTemporaryFolder { folder in
            let campus = campus(folder, isEncrypted: isEncrypted)
            campus.source.set { $0.rows = [(1, "Bob", 30), Self.ann] }
            try await campus.run()
            campus.source.set { $0.rows = [(1, "Bob", 31), (471108151, "Annabel Quist", 180)] }
            try await campus.run()
            let before = try campus.visibleFiles()
            let text = try await campus.pipeline().exportSubject(SubjectRequest("471108151"))
            #expect(text.contains("Annabel Quist") && !text.localizedCaseInsensitiveContains("bob"))
            let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            let tables = try #require(document["tables"] as? [[String: Any]])
            var rows: [String: [String]] = [:]
            for table in tables {
                let name = "\(table["zone"] ?? "").\(table["table"] ?? "")"
                rows[name] = try #require(table["rows"] as? [[String: Any]]).map { row in
                    "\(row["state"] ?? "") \((row["data"] as? [String: Any])?["score"] ?? "-") \(row["source"] ?? "")"
                }.sorted()
                #expect((table["purpose"] as? String)?.isEmpty == false)
            }
            #expect(rows["raw.people"] == ["current 180 campus", "current 80 campus"])
            #expect(rows["clean.persons"] == ["current 80 campus"])
            #expect(rows["quarantine.persons"]?.count == 1 && rows["curated.cards"] == ["current - lyceum"])
            #expect((document["subject"] as? [String: [String]]) == ["person_id": ["471108151"]])
            #expect((document["recipients"] as? [[String: String]])?.isEmpty == false)
            // Giving out changes nothing.
            #expect(try campus.visibleFiles() == before)
            await #expect(throws: PipelineError.self) {
                _ = try await campus.pipeline().exportSubject(SubjectRequest("999"))
            }
        }
    }

    @Test(
        "Neither the next run nor a full refresh brings an erased person back, and both balance",
        arguments: [false, true]
    )
    func staysAway(isEncrypted: Bool) async throws {
        try await withTemporaryFolder { folder in
            let campus = campus(folder, isEncrypted: isEncrypted)
            campus.source.set { $0.rows = [(1, "Bob", 30), Self.ann] }
            try await campus.run()
            try await campus.erase("471108151")
            campus.source.set {
                $0.rows = [(1, "Bob", 33), Self.ann, (5, "Eve", 60)]
                $0.rejected = [RejectedRow(location: "people.csv:7", reason: "torn", text: "471108151,Annabel Quist")]
            }
            let report = try await campus.run()
            let raw = try #require(report.tables.first { $0.zone == .raw })
            #expect(raw.suppressed == 2 && raw.counts == RowCounts(rowsIn: 2, rowsOut: 2))
            #expect(report.tables.allSatisfy { $0.counts.isBalanced })
            #expect(report.notices.contains { $0.contains("2 rows of erased people") })
            let refreshed = try await campus.run { $0.fullRefresh = true }
            #expect(refreshed.tables.first { $0.zone == .raw }?.counts.rowsOut == 0)
            #expect(try await campus.glob("curated/cards", "id, name") == ["1|BOB", "5|EVE"])
            #expect(try await campus.mentions("471108151").isEmpty)
            #expect(try await campus.mentions("annabel").isEmpty)
        }
    }

    @Test("A first landing of a new table does not bring an erased person back")
    func newTable() async throws {
        try await withTemporaryFolder { folder in
            var campus = campus(folder)
            campus.source.set { $0.rows = [(1, "Bob", 30), Self.ann] }
            try await campus.run()
            try await campus.erase("471108151")
            let branch = ScriptedSource(name: "branch")
            branch.set { $0.rows = [(471108151, "A. Quist", 10), (8, "Gil", 20)] }
            campus.others = [branch]
            let report = try await campus.run()
            #expect(report.tables.first { $0.source == "branch" }?.counts == RowCounts(rowsIn: 1, rowsOut: 1))
            #expect(try await campus.mentions("Quist").isEmpty)
        }
    }

    @Test("Nobody is erased twice, and nobody who is unknown")
    func again() async throws {
        try await withTemporaryFolder { folder in
            let campus = campus(folder)
            campus.source.set { $0.rows = [(1, "Bob", 30), Self.ann] }
            try await campus.run()
            #expect(try await campus.erase("471108151") != nil)
            let before = try await campus.allRows()
            #expect(try await campus.erase("471108151") == nil)
            let error = await #expect(throws: PipelineError.self) { try await campus.erase("9999") }
            #expect(error?.code == .notFound && error?.message.contains("raw.people") == true)
            #expect(error?.message.contains("9999") == false)
            #expect(try await campus.allRows() == before)
        }
    }

    @Test("A legal hold refuses an erasure with its reason until it is released")
    func held() async throws {
        try await withTemporaryFolder { folder in
            let campus = campus(folder)
            campus.source.set { $0.rows = [(1, "Bob", 30), Self.ann] }
            try await campus.run()
            let pipeline = try campus.pipeline()
            try await pipeline.holdSubject(SubjectRequest("471108151"), reason: "matter 7", by: "counsel")
            let before = try await campus.allRows()
            let error = await #expect(throws: LakeError.self) { try await campus.erase("471108151") }
            #expect(error?.code == .held && error?.message.contains("matter 7") == true)
            #expect(try await campus.allRows() == before)
            #expect(try await pipeline.subjectStatus(SubjectRequest("471108151")).holds.count == 1)
            try await pipeline.releaseSubject(SubjectRequest("471108151"), by: "counsel")
            #expect(try await campus.erase("471108151") != nil)
            #expect(try await campus.mentions("471108151").isEmpty)
        }
    }

    @Test("A run without the key of erasures is refused rather than bringing people back")
    func lostKey() async throws {
        try await withTemporaryFolder { folder in
            let campus = campus(folder)
            campus.source.set { $0.rows = [(1, "Bob", 30), Self.ann] }
            try await campus.run()
            try await campus.erase("471108151")
            let file = folder.appending(path: "erasure.key")
            let permissions = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
            #expect(permissions == 0o600)
            try FileManager.default.removeItem(at: file)
            let error = await #expect(throws: PipelineError.self) { try await campus.run() }
            #expect(error?.code == .erasureKey)
            try Data(String(repeating: "ab", count: 32).utf8).write(to: file)
            let other = await #expect(throws: PipelineError.self) { try await campus.run() }
            #expect(other?.code == .erasureKey)
        }
    }

    @Test("An erasure during a run is refused and names the run")
    func duringRun() async throws {
        try await withTemporaryFolder { folder in
            let campus = campus(folder)
            campus.source.set { $0.rows = [Self.ann] }
            try await campus.run()
            let lake = try await campus.pipeline().openLake()
            let run = try await lake.beginRun()
            let error = await #expect(throws: LakeError.self) { try await campus.erase("471108151") }
            #expect(error?.code == .locked && error?.message.contains(run.id.text) == true)
        }
    }

    @Test("An erasure whose process died after the commit is completed by the next opening")
    func completed() async throws {
        try await withTemporaryFolder { folder in
            let campus = campus(folder)
            campus.source.set { $0.rows = [(1, "Bob", 30), Self.ann] }
            try await campus.run()
            let receipt = try #require(try await campus.erase("471108151"))
            // As it stands when the process dies before the receipt is written down.
            let pipeline = try campus.pipeline()
            var lake = try await pipeline.openLake()
            var draft = receipt
            (draft.completedAt, draft.signature, draft.index) = (nil, nil, nil)
            let document = try draft.json
            try await lake.ledger.write("reopen the erasure") { db in
                try db.execute(sql: "UPDATE erasures SET completed_at = NULL, document = ?", arguments: [document])
            }
            try FileManager.default.removeItem(at: pipeline.receiptFile(of: receipt.run))
            lake = try await pipeline.openLake()
            #expect(try await lake.ledger.erasures().first?.completedAt != nil)
            let text = try String(contentsOf: pipeline.receiptFile(of: receipt.run), encoding: .utf8)
            #expect(try pipeline.verify(receipt: text).run == receipt.run)
        }
    }

    @Test("The deletion of a person's row, which only gives its key, is erased with them")
    func deletions() async throws {
        try await withTemporaryFolder { folder in
            var campus = campus(folder)
            // Rows are known by `id` and are about whoever `name` says.
            campus.subject = .columns([SubjectColumn("name", kind: "person")])
            campus.personsYAML = campus.personsYAML.replacing(
                "subject: {column: id, kind: person_id}",
                with: "subject: {column: name, kind: person}"
            )
            campus.cardsSubject = "{column: name, kind: person}"
            campus.source.set { $0.rows = [(1, "Bob", 30), (471108151, "annabel", 3), (5, "annabel", 3)] }
            try await campus.run()
            campus.source.set { $0.rows = [(1, "Bob", 30), (5, "Bob", 3)] }
            try await campus.run()
            campus.source.set { $0.rows = [(1, "Bob", 30)] }
            try await campus.run()
            try await campus.erase("Annabel")
            let raw = try await campus.glob("raw/people", "id, name, _op")
            // Of 471108151 nothing is left; 5 was Bob's at the end, so its deletion stays.
            #expect(raw == ["1|Bob|U", "5|Bob|U", "5|-|D"])
        }
    }
}
