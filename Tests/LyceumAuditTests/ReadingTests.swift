// Searching, exporting, accounting, keys.

import Foundation
import LyceumCore
import Testing

@testable import LyceumAudit

@Suite("Reading the record")
struct ReadingTests {
    private func campus() async throws -> Fixture {
        let fixture = try Fixture()
        let log = try await fixture.open()
        for number in 0..<20 { try await log.record(.sample(number)) }
        var entry = AuditEntry(
            at: Date(timeIntervalSince1970: 1_800_100_000),
            request: "disclosure-1",
            actor: "key:initech",
            role: "employer",
            action: .search,
            resource: "/v1/students/search",
            collection: "students",
            subjects: ["S1", "S2"],
            fields: ["personal_info.first_name"],
            purpose: "recruiting",
            basis: "34 CFR 99.30 (consent)",
            recipient: .employer,
            party: "Initech"
        )
        try await log.record(entry)
        entry.request = "disclosure-2"
        entry.subjects = ["S1"]
        entry.fields = []
        entry.outcome = .denied(problem: "consent_missing")
        try await log.record(entry)
        entry = .sample(30)
        entry.subjects = ["S1"]
        try await log.record(entry)
        await log.close()
        return fixture
    }

    @Test("finds by actor, student, action, purpose, request, time, and what was refused")
    func filters() async throws {
        let fixture = try await campus()
        func count(_ filter: AuditFilter) throws -> Int {
            let found = try fixture.records(filter)
            return found.count
        }
        #expect(try count(AuditFilter()) == 23)
        #expect(try count(AuditFilter(actor: "key:adviser-1")) == 7)
        #expect(try count(AuditFilter(student: "S100003")) == 2)
        #expect(try count(AuditFilter(student: "S10000")) == 0)
        #expect(try count(AuditFilter(action: .search)) == 12)
        #expect(try count(AuditFilter(purpose: "recruiting")) == 2)
        #expect(try count(AuditFilter(request: "disclosure-2")) == 1)
        #expect(try count(AuditFilter(isDeniedOnly: true)) == 1)
        let start = Date(timeIntervalSince1970: 1_800_000_005)
        #expect(try count(AuditFilter(from: start, until: start.addingTimeInterval(3))) == 3)
        #expect(try count(AuditFilter(actor: "key:initech", student: "s2", action: .search)) == 1)
    }

    @Test("stops when it has enough")
    func stops() async throws {
        let fixture = try await campus()
        var seen = 0
        try AuditReader(fixture.folder, key: nil).forEach { _ in
            seen += 1
            return seen < 3
        }
        #expect(seen == 3)
    }

    @Test("a student is not looked for without the secret")
    func withoutKey() async throws {
        let fixture = try await campus()
        #expect {
            try AuditReader(fixture.folder, key: nil).forEach(AuditFilter(student: "S1")) { _ in true }
        } throws: { ($0 as? AuditError)?.code == .badSecret }
    }

    @Test("a changed line is not shown as if nothing were")
    func changed() async throws {
        let fixture = try await campus()
        let file = try #require(try fixture.files().first)
        var all = try lines(of: file)
        // Where checkpoints stand between them depends on how fast the entries were written.
        let index = try #require(all.firstIndex { String(decoding: $0, as: UTF8.self).contains("advising") })
        let line = String(decoding: all[index], as: UTF8.self)
        all[index] = Data(line.replacing("advising", with: "research").utf8)
        try write(all, to: file)
        #expect { _ = try fixture.records() } throws: { error in
            let error = error as? AuditError
            return error?.code == .damaged && error?.location?.hasSuffix(":\(index + 1)") == true
        }
    }

    @Test("accounts for requests and disclosures, and tells them from access by school officials")
    func accounting() async throws {
        let fixture = try await campus()
        let reader = AuditReader(fixture.folder, key: fixture.key)
        let found = try reader.disclosures(ofStudent: "S1")
        #expect(found.map(\.request) == ["disclosure-1", "disclosure-2"])
        let first = try #require(found.first)
        #expect(first.party == "Initech")
        #expect(first.recipient == "employer")
        #expect(first.purpose == "recruiting")
        #expect(first.basis == "34 CFR 99.30 (consent)")
        #expect(first.fields == ["personal_info.first_name"])
        #expect(first.at == "2027-01-16T11:46:40.000Z")
        #expect(found.last?.outcome == "denied")
        #expect(found.last?.fields == [])
        #expect(try reader.disclosures(ofStudent: "S2").count == 1)
        let all = try reader.disclosures(ofStudent: "S1", includesInternal: true)
        #expect(all.map(\.recipient) == ["employer", "employer", "internal"])
        #expect(try reader.disclosures(ofStudent: "S3").isEmpty)
    }

    @Test("exports as CSV that no spreadsheet runs, and as the record's own lines")
    func exports() async throws {
        let fixture = try Fixture()
        let log = try await fixture.open()
        var entry = AuditEntry.sample(1)
        entry.purpose = "=HYPERLINK(\"https://example.org\")"
        entry.party = "Doe, Jane & Sons"
        entry.recipient = .thirdParty
        try await log.record(entry)
        await log.close()
        let reader = AuditReader(fixture.folder, key: fixture.key)
        var csv = Data()
        #expect(try AuditExport(reader, .csv).write { csv += $0 } == 1)
        let rows = String(decoding: csv, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(rows.count == 3)
        #expect(rows[0].hasPrefix("sequence,at,request,actor,role,action,"))
        #expect(rows[1].contains(#","'=HYPERLINK(""https://example.org"")","#))
        #expect(rows[1].contains(#","Doe, Jane & Sons","#))
        #expect(rows[1].contains("academic_info.gpa personal_info.first_name"))
        var own = Data()
        #expect(try AuditExport(reader, .jsonl).write { own += $0 } == 1)
        let file = try #require(try fixture.files().first)
        #expect(try lines(of: file).contains(own))
    }

    @Test("lines of any length are read, across the buffer's edges")
    func longLines() throws {
        let fixture = try Fixture()
        let file = fixture.root.appending(path: "lines")
        var random = SeededGenerator(seed: printedSeed("long lines"))
        let wanted = (0..<40).map { number in
            Data(
                repeating: UInt8(0x41 + number % 26),
                count: Int.random(in: 0...(number < 3 ? 900_000 : 9000), using: &random)
            )
        }
        try wanted.reduce(into: Data()) { $0 += $1 + [0x0A] }.write(to: file)
        var found: [Data] = []
        try LineReader(file).forEachLine { bytes, number, _ in
            found.append(Data(bytes))
            #expect(number == found.count)
            return true
        }
        #expect(found == wanted)
    }

    @Test("a key is 32 bytes, in hexadecimal digits or Base64, and the same either way")
    func keys() throws {
        let digits = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
        let base64 = Data(try #require(Hexadecimal.bytes(digits))).base64EncodedString()
        let key = try AuditKey(Secret(digits))
        #expect(try AuditKey(Secret(base64 + "\n")).publicKey == key.publicKey)
        #expect(key.pseudonym(ofStudent: "S1") == key.pseudonym(ofStudent: " s1 "))
        #expect(key.pseudonym(ofStudent: "S1") != key.pseudonym(ofStudent: "S2"))
        #expect(key.pseudonym(ofStudent: "S1").utf8.count == 22)
        #expect(key.pseudonym(ofStudent: "e\u{301}") == key.pseudonym(ofStudent: "É"))
        #expect(try AuditKey(AuditKey.generate()).pseudonym(ofStudent: "S1") != key.pseudonym(ofStudent: "S1"))
        for text in ["", "abc", String(digits.dropLast(2)), digits + "00"] {
            #expect { _ = try AuditKey(Secret(text)) } throws: { error in
                guard let error = error as? AuditError, error.code == .badSecret else { return false }
                return text.isEmpty || !error.description.contains(text)
            }
        }
    }

    @Test("the secret's file is made once, for its owner only, and never for a record that has another")
    func keyFile() async throws {
        let fixture = try Fixture()
        let file = fixture.root.appending(path: "secrets/audit.key")
        let (key, isNew) = try AuditKeyFile.loadOrCreate(file, forRecordIn: fixture.folder)
        #expect(isNew)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.uint16Value == 0o600)
        let again = try AuditKeyFile.loadOrCreate(file, forRecordIn: fixture.folder)
        #expect(!again.isNew)
        #expect(again.key.publicKey == key.publicKey)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: file.deletingLastPathComponent().path) == ["audit.key"]
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        #expect { _ = try AuditKeyFile.load(file) } throws: { ($0 as? AuditError)?.code == .badSecret }
        try FileManager.default.removeItem(at: file)
        try await fixture.fill(1)
        #expect {
            _ = try AuditKeyFile.loadOrCreate(file, forRecordIn: fixture.folder)
        } throws: { ($0 as? AuditError)?.code == .badSecret }
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test("a mark is read as it is written, and nothing else is one")
    func marks() throws {
        let text = "1042:" + String(repeating: "0a", count: 32)
        #expect(try AuditMark(text).description == text)
        for wrong in [
            "", "12", "0:\(text.suffix(64))", "12:abc", "x:\(text.suffix(64))", text + "0", "-1:\(text.suffix(64))",
        ] {
            #expect(throws: AuditError.self) { _ = try AuditMark(wrong) }
        }
    }

    @Test("its condition at a glance: sound, readable by others, with another key, cut off")
    func condition() async throws {
        let fixture = try Fixture()
        #expect(AuditCondition.look(at: fixture.folder, key: nil).isSound)
        try await fixture.fill(3)
        #expect(AuditCondition.look(at: fixture.folder, key: fixture.key).isSound)
        #expect(!AuditCondition.look(at: fixture.folder, key: nil).isSound)
        #expect(!AuditCondition.look(at: fixture.folder, key: try AuditKey(AuditKey.generate())).isSound)
        let file = try #require(try fixture.files().last)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        let open = AuditCondition.look(at: fixture.folder, key: fixture.key)
        #expect(!open.isSound && open.mend?.contains("chmod") == true)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try (try lines(of: file)).dropLast().reduce(Data(), +).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        #expect(!AuditCondition.look(at: fixture.folder, key: fixture.key).isSound)
    }
}
