// What the record holds, who may read it, and how it grows.

import Foundation
import LyceumCore
import Testing

@testable import LyceumAudit

@Suite("Audit record")
struct RecordTests {
    @Test("an entry is in the file when record returns, with everything that was said but the names")
    func holds() async throws {
        let fixture = try Fixture()
        let log = try await fixture.open()
        var entry = AuditEntry.sample(4)
        entry.recipient = .employer
        entry.party = "Initech \"GmbH\"\nline 2 \u{2028} ü"
        entry.outcome = .denied(problem: "consent_missing")
        try await log.record(entry)
        // Not closed: what was acknowledged is there without that.
        let record = try #require(try fixture.records().first)
        #expect(record.request == "request-4")
        #expect(record.at == "2027-01-15T08:00:04.000Z")
        #expect(record.actor == "key:adviser-1")
        #expect(record.role == "adviser")
        #expect(record.action == "read")
        #expect(record.resource == "/v1/students/{id}")
        #expect(record.collection == "students")
        #expect(record.subjects == [fixture.key.pseudonym(ofStudent: "S100004")])
        #expect(record.fields == ["academic_info.gpa", "personal_info.first_name"])
        #expect(record.purpose == "advising")
        #expect(record.basis == "34 CFR 99.31(a)(1)")
        #expect(record.outcome == "denied")
        #expect(record.problem == "consent_missing")
        #expect(record.recipient == "employer")
        #expect(record.party == entry.party)
        #expect(record.query == fixture.key.pseudonym(ofQuery: "somebody called Zoë 4"))
        #expect(log.counts.recorded == 1)
        await log.close()
        #expect(try fixture.verify().fault == nil)
    }

    @Test("no id of a student and no word of a query is in any byte of any file")
    func noNames() async throws {
        let fixture = try Fixture()
        let log = try await fixture.open()
        var entry = AuditEntry.sample(1)
        entry.subjects = ["S1234567", "ünicode-Straße"]
        entry.query = "Zacharias Quill"
        try await log.record(entry)
        entry.role = "student"
        entry.actor = "oidc:S1234567"
        try await log.record(entry)
        await log.close()
        for case let file as URL in try #require(
            FileManager.default.enumerator(at: fixture.folder, includingPropertiesForKeys: nil)
        ) {
            let text = String(decoding: try Data(contentsOf: file), as: UTF8.self).lowercased()
            for name in ["s1234567", "1234567", "nicode", "straße", "zacharias", "quill"] {
                #expect(!text.contains(name), "\(name) in \(file.lastPathComponent)")
            }
        }
        // And still the person is found.
        #expect(try fixture.records(AuditFilter(student: " s1234567 ")).count == 2)
        #expect(try fixture.records(AuditFilter(actor: "oidc:S1234567")).count == 1)
        #expect("\(entry)".contains("S1234567") == false)
    }

    @Test("the folder is its owner's alone, and so is each file")
    func permissions() async throws {
        let fixture = try Fixture()
        let former = umask(0)
        defer { umask(former) }
        try await fixture.fill(40, limits: .small)
        func mode(_ url: URL) throws -> UInt16? {
            let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
            return (attributes[.posixPermissions] as? NSNumber)?.uint16Value
        }
        #expect(try mode(fixture.folder) == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path)
        #expect(names.count > 4)
        for name in names { #expect(try mode(fixture.folder.appending(path: name)) == 0o600, "\(name)") }
    }

    @Test("files follow one another when they are full, in one chain")
    func rotation() async throws {
        let fixture = try Fixture()
        try await fixture.fill(60, limits: .small)
        let files = try fixture.files()
        #expect(files.count > 4)
        #expect(try files.allSatisfy { try Data(contentsOf: $0).count < 8000 })
        let found = try fixture.verify()
        #expect(found.fault == nil)
        #expect(found.entries == 60)
        #expect(found.files == files.count)
        #expect(try fixture.records().map(\.request) == (0..<60).map { "request-\($0)" })
    }

    @Test("a record goes on where it ended, whoever opens it again")
    func reopening() async throws {
        let fixture = try Fixture()
        for round in 0..<5 { try await fixture.fill(7, limits: .small, from: round * 7) }
        let found = try fixture.verify()
        #expect(found.fault == nil)
        #expect(found.entries == 35)
        #expect(found.unsigned == 0)
        #expect(found.notes.isEmpty)
    }

    @Test("entries that come at once share writes, and each is there")
    func groupCommit() async throws {
        let fixture = try Fixture()
        let log = try await fixture.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1000 { group.addTask { try await log.record(.sample(number)) } }
            try await group.waitForAll()
        }
        let counts = log.counts
        #expect(counts.recorded == 1000)
        #expect(counts.batches < 500, "\(counts.batches) writes for 1000 entries")
        await log.close()
        #expect(try fixture.verify().entries == 1000)
        #expect(Set(try fixture.records().map(\.request)).count == 1000)
    }

    @Test("after a shared write the next batch gathers; one caller alone waits for nobody", .timeLimit(.minutes(2)))
    func gathering() async throws {
        let fixture = try Fixture()
        var limits = AuditLimits()
        limits.gatheringBatch = 1
        limits.gatheringTime = .seconds(1)
        var log = try await fixture.open(limits)
        try await log.record(.sample(0))
        // They come one after the other while the batch gathers, and would else be a write each.
        try await withThrowingTaskGroup(of: Void.self) { [log] group in
            for number in 1...20 {
                group.addTask {
                    try await Task.sleep(for: .milliseconds(10 * number))
                    try await log.record(.sample(number))
                }
            }
            try await group.waitForAll()
        }
        let counts = log.counts
        #expect(counts.recorded == 21)
        #expect(counts.batches <= 10, "\(counts.batches) writes for 21 entries")
        await log.close()
        // Would this one gather, it would take longer than a test may.
        limits.gatheringBatch = 2
        limits.gatheringTime = .seconds(1000)
        log = try await fixture.open(limits)
        for number in 21..<30 { try await log.record(.sample(number)) }
        await log.close()
        #expect(try fixture.verify().entries == 30)
    }

    @Test("lines are signed within the interval even when no other follows")
    func idleCheckpoint() async throws {
        let fixture = try Fixture()
        var limits = AuditLimits()
        limits.checkpointInterval = .milliseconds(50)
        let log = try await fixture.open(limits)
        for number in 0..<20 { try await log.record(.sample(number)) }
        var unsigned: UInt64 = 1
        for _ in 0..<200 where unsigned > 0 {
            try await Task.sleep(for: .milliseconds(20))
            unsigned = try fixture.verify().unsigned
        }
        #expect(unsigned == 0)
        await log.close()
    }

    @Test("an answer with more students than go into a line becomes several lines of one request")
    func manySubjects() async throws {
        let fixture = try Fixture()
        let log = try await fixture.open()
        var entry = AuditEntry.sample(0)
        entry.subjects = (0..<12_345).map { "S\($0)" }
        try await log.record(entry)
        await log.close()
        let records = try fixture.records()
        #expect(records.count == 3)
        #expect(Set(records.map(\.request)) == ["request-0"])
        #expect(records.reduce(0) { $0 + $1.subjects.count } == 12_345)
        #expect(try fixture.records(AuditFilter(student: "S12344")).count == 1)
        #expect(try fixture.verify().fault == nil)
    }

    @Test("a text from outside is cut off before it makes a line long")
    func longTexts() async throws {
        let fixture = try Fixture()
        let log = try await fixture.open()
        var entry = AuditEntry.sample(0)
        entry.purpose = String(repeating: "é", count: 1_000_000)
        try await log.record(entry)
        await log.close()
        let record = try #require(try fixture.records().first)
        #expect(record.purpose == String(repeating: "é", count: 128) + "…")
    }

    @Test("a closed record takes nothing more and says so")
    func closed() async throws {
        let fixture = try Fixture()
        let log = try await fixture.open()
        await log.close()
        await #expect { try await log.record(.sample(1)) } throws: { ($0 as? AuditError)?.code == .closed }
    }

    @Test("another secret does not open the record")
    func wrongKey() async throws {
        let fixture = try Fixture()
        try await fixture.fill(1)
        let other = try AuditKey(AuditKey.generate())
        await #expect {
            _ = try await AuditLog.open(fixture.folder, key: other)
        } throws: { ($0 as? AuditError)?.code == .wrongKey }
        let found = try AuditVerifier(fixture.folder, publicKey: other.publicKey).verify()
        #expect(found.fault?.kind == .wrongKey)
    }

    @Test("the queue refuses what is beyond its bounds, and hands out batches within theirs")
    func queue() {
        var limits = AuditLimits()
        limits.waitingEntries = 3
        limits.waitingBytes = 100
        limits.batchBytes = 50
        var queue = CommitQueue<Int>(limits)
        func add(_ number: Int, _ bytes: Int) -> String {
            switch queue.add(.init(lines: [], bytes: bytes, waiter: number)) {
            case .accepted(let starts): starts ? "starts" : "waits"
            case .full: "full"
            case .closed: "closed"
            }
        }
        #expect(add(1, 30) == "starts")
        #expect(add(2, 30) == "waits")
        #expect(add(3, 50) == "full")
        #expect(add(4, 40) == "waits")
        #expect(add(5, 0) == "full")
        #expect(queue.takeBatch().map(\.waiter) == [1])
        #expect(add(6, 20) == "waits")
        #expect(queue.takeBatch().map(\.waiter) == [2])
        #expect(queue.takeBatch().map(\.waiter) == [4])
        #expect(queue.takeBatch().map(\.waiter) == [6])
        #expect(queue.takeBatch().isEmpty)
        // One that is larger than all that may wait still goes through, alone.
        #expect(add(7, 1000) == "starts")
        #expect(queue.takeBatch().map(\.waiter) == [7])
        queue.close()
        #expect(add(8, 1) == "closed")
    }

    @Test("pseudonyms that are remembered are those that are reckoned, as few and as short as allowed")
    func rememberedPseudonyms() async throws {
        let key = try AuditKey(AuditKey.generate())
        let cache = PseudonymCache(key, count: 20, lifetime: .seconds(600))
        let ids = (0..<100).map { "S\($0)" } + ["S7", " s7 ", "é"]
        for _ in 0..<2 { #expect(cache.all(of: ids) == ids.map { key.pseudonym(ofStudent: $0) }) }
        #expect((1...20).contains(cache.count))
        #expect(cache.all(of: []).isEmpty)

        let brief = PseudonymCache(key, count: 20, lifetime: .milliseconds(20))
        _ = brief.all(of: ["S1", "S2", "S3"])
        #expect(brief.count == 3)
        try await Task.sleep(for: .milliseconds(30))
        #expect(brief.all(of: ["S4"]) == [key.pseudonym(ofStudent: "S4")])
        #expect(brief.count == 1)
    }
}
