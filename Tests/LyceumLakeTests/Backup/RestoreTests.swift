// Restores: the lake comes back as it was, a cut one goes on, and nothing is overwritten unasked.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Restores")
struct RestoreTests {
    private func filledLake(in folder: TemporaryFolder) async throws -> Lake {
        let lake = try await Lake.open(in: folder)
        try await lake.publish([(students, .replace, ["s1", "s2"]), (rawStudents, .append, ["r1"])], watermark: "w1")
        try await lake.publish([(students, .replace, ["t1"]), (rawStudents, .append, ["r2"])], watermark: "w2")
        return lake
    }

    private func restore(
        _ backup: RunID? = nil,
        from folder: TemporaryFolder,
        to place: TemporaryFolder,
        force: Bool = false
    ) async throws -> RestoreReceipt {
        try await folder.vault.restore(backup, to: place.settings, force: force)
    }

    @Test("a restored lake has every table, snapshot, run and watermark of the backup, and goes on from there")
    func whole() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        try await lake.backUp(to: folder.vault)
        let place = try TemporaryFolder()
        let receipt = try await restore(from: folder, to: place)
        #expect(receipt.audit.isClean && receipt.files == 5 && receipt.reused == 0)
        let restored = try await Lake.open(in: place)
        for table in [students, rawStudents] {
            #expect(try await restored.catalogued(table) == lake.catalogued(table))
            #expect(try await restored.glob(table) == lake.glob(table))
            #expect(try await restored.ledger.history(of: table) == lake.ledger.history(of: table))
        }
        let first = try #require(try await lake.ledger.history(of: students).last)
        #expect(try await restored.contents(students, at: .snapshot(first.id)) == ["s1", "s2"])
        #expect(try await restored.ledger.runs() == lake.ledger.runs())
        #expect(try await restored.ledger.watermarks() == lake.ledger.watermarks())
        try await restored.publish([(rawStudents, .append, ["r3"])])
        #expect(try await restored.contents(rawStudents) == ["r1", "r2", "r3"])
        let snapshots = try await restored.ledger.history(of: rawStudents).map(\.id)
        #expect(snapshots.first ?? 0 > (try await lake.ledger.history(of: students).first?.id ?? 0))
        try await restored.ledger.check()
    }

    @Test("an older backup can be chosen, and the newest is taken unless one is")
    func chosen() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        let first = try #require(try await lake.backUp(to: folder.vault).id)
        try await lake.publish([(students, .replace, ["u1"])])
        try await lake.backUp(to: folder.vault)
        let (old, new) = (try TemporaryFolder(), try TemporaryFolder())
        #expect(try await restore(first, from: folder, to: old).backup == first)
        #expect(try await Lake.open(in: old).contents(students) == ["t1"])
        _ = try await restore(from: folder, to: new)
        #expect(try await Lake.open(in: new).contents(students) == ["u1"])
    }

    @Test("a restored lake is the same lake: its backups join the others, and no file is written twice")
    func goesOn() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        try await lake.backUp(to: folder.vault)
        let place = try TemporaryFolder()
        _ = try await restore(from: folder, to: place)
        let restored = try await Lake.open(in: place)
        #expect(try await restored.ledger.lakeIdentity() == lake.ledger.lakeIdentity())
        try await restored.publish([(rawStudents, .append, ["r3"])])
        try await restored.backUp(to: folder.vault)
        let verification = try await folder.vault.verify(isDeep: true)
        #expect(verification.isSound && verification.backups == 2)
        let third = try TemporaryFolder()
        _ = try await restore(from: folder, to: third)
        #expect(try await Lake.open(in: third).contents(rawStudents) == ["r1", "r2", "r3"])
    }

    @Test("a lake or ledger that is there is not overwritten unless that is asked for, and then nothing of it remains")
    func force() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        try await lake.backUp(to: folder.vault)
        let place = try TemporaryFolder()
        let other = try await Lake.open(in: place)
        await expectLakeError(.notEmpty) { try await restore(from: folder, to: place) }
        try await other.publish([(courses, .replace, ["c1"]), (students, .replace, ["mine"])])
        let error = await expectLakeError(.notEmpty) { try await restore(from: folder, to: place) }
        #expect(error?.message.contains("--force") == true)
        #expect(try await other.contents(students) == ["mine"])
        let receipt = try await restore(from: folder, to: place, force: true)
        #expect(receipt.audit.isClean)
        let restored = try await Lake.open(in: place)
        #expect(try await restored.contents(students) == ["t1"])
        #expect(try await restored.glob(courses).isEmpty)
    }

    @Test("a lake whose ledger was lost gets it back in place, and its files are not copied again")
    func lostLedger() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        try await lake.backUp(to: folder.vault)
        try await lake.ledger.close()
        try FileManager.default.removeItem(at: folder.ledger)
        await expectLakeError(.notEmpty) { try await restore(from: folder, to: folder) }
        let receipt = try await restore(from: folder, to: folder, force: true)
        #expect(receipt.reused == receipt.files && receipt.audit.isClean)
        #expect(try await Lake.open(in: folder).contents(students) == ["t1"])
    }

    @Test("a restore that was cut off keeps the lake shut, and goes on where it stopped")
    func cutOff() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        let first = try #require(try await lake.backUp(to: folder.vault).id)
        try await lake.publish([(students, .replace, ["u1"])])
        let second = try #require(try await lake.backUp(to: folder.vault).id)
        // One object is gone for the time being: the restore stops in the middle.
        let file = try #require(try await folder.vault.manifest(of: second).files.last)
        let object = try #require(try await folder.vault.store.read(file.object.key))
        try await folder.vault.store.remove([file.object.key])
        let place = try TemporaryFolder()
        await expectLakeError(.damagedBackup) { try await restore(second, from: folder, to: place) }
        let error = await expectLakeError(.unfinishedRestore) { try await Lake.open(in: place) }
        #expect(error?.message.contains("--at \(second)") == true)
        await expectLakeError(.unfinishedRestore) { try await restore(first, from: folder, to: place) }
        _ = try await folder.vault.store.create(file.object.key, object)
        let receipt = try await restore(second, from: folder, to: place)
        #expect(receipt.reused > 0 && receipt.audit.isClean)
        #expect(try await Lake.open(in: place).contents(students) == ["u1"])
    }

    @Test("an object that is not what was written is found by the restore and by a deep verification")
    func damaged() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        let id = try #require(try await lake.backUp(to: folder.vault).id)
        let object = try #require(try await folder.vault.manifest(of: id).files.first?.object)
        let url = URL(filePath: folder.vault.location).appending(path: object.key)
        try Data("x!".utf8).write(to: url)
        #expect(try await folder.vault.verify().isSound)
        #expect(try await folder.vault.verify(isDeep: true).damaged == [object.key: id])
        let place = try TemporaryFolder()
        await expectLakeError(.damagedBackup) { try await restore(from: folder, to: place) }
        try Data().write(to: url)
        #expect(try await folder.vault.verify().missing == [object.key: id])
        try FileManager.default.removeItem(at: url)
        #expect(try await folder.vault.verify().missing == [object.key: id])
    }

    @Test("a manifest of which any byte has changed is refused")
    func sealedManifest() async throws {
        let folder = try TemporaryFolder()
        let id = try #require(try await filledLake(in: folder).backUp(to: folder.vault).id)
        let text = try #require(try await folder.vault.store.read(BackupVault.key(of: id)))
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var changed = text
            let place = Int.random(in: 0..<text.count, using: &random)
            changed[place] ^= UInt8.random(in: 1...255, using: &random)
            // Line ends at the very end of the text carry nothing.
            if place == text.count - 1 { continue }
            #expect(throws: LakeError.self, "seed \(seed), byte \(place)") { try BackupManifest(changed, at: "x") }
            #expect(throws: LakeError.self, "seed \(seed)") { try BackupManifest(text.prefix(place), at: "x") }
        }
        #expect(try BackupManifest(text, at: "x").header.id == id)
    }

    @Test("every table of the ledger comes back row by row, whatever it holds")
    func everyTable() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        let before = try await lake.ledger.dump { _, _ in }
        #expect(before.tables.contains { $0.name == "snapshots" && $0.rows == 4 })
        try await lake.backUp(to: folder.vault)
        let place = try TemporaryFolder()
        _ = try await restore(from: folder, to: place)
        let after = try await Lake.open(in: place).ledger.dump { _, _ in }
        #expect(after.migrations == before.migrations)
        #expect(after.tables.map(\.name) == before.tables.map(\.name))
        for (old, new) in zip(before.tables, after.tables) {
            #expect(old.chunks == new.chunks, "\(old.name)")
        }
    }

    @Test(
        "a backup restores into either kind of ledger, whichever it was taken from, and new rows are numbered on",
        arguments: LedgerKind.allCases,
        LedgerKind.allCases
    )
    func acrossKinds(from: LedgerKind, to: LedgerKind) async throws {
        let folder = try TemporaryFolder()
        let place = try TemporaryFolder()
        let before = try await LedgerKind.$current.withValue(from) {
            let lake = try await filledLake(in: folder)
            try await lake.backUp(to: folder.vault)
            return try await lake.ledger.dump { _, _ in }
        }
        try await LedgerKind.$current.withValue(to) {
            #expect(try await restore(from: folder, to: place).audit.isClean)
            let restored = try await Lake.open(in: place)
            let after = try await restored.ledger.dump { _, _ in }
            #expect(after.migrations == before.migrations)
            #expect(after.tables.map(\.name) == before.tables.map(\.name))
            for (old, new) in zip(before.tables, after.tables) where old.name != "properties" {
                #expect(old.columns == new.columns && old.chunks == new.chunks, "\(old.name)")
            }
            try await restored.publish([(rawStudents, .append, ["r3"]), (students, .replace, ["u1"])])
            #expect(try await restored.contents(rawStudents) == ["r1", "r2", "r3"])
            #expect(try await restored.contents(students) == ["u1"])
            await expectLakeError(.notEmpty) { try await restore(from: folder, to: place) }
        }
    }

    @Test("values of every kind survive the text form of the ledger")
    func values() throws {
        let rows: [[SQLValue]] = [
            [.null, .integer(.min), .integer(.max), .real(3), .real(-0.1), .real(.infinity)],
            [.text(""), .text("12"), .text("null"), .text("a\nb\u{0}\"\\ é")],
        ]
        #expect(try LedgerDump.decode(LedgerDump.encode(rows)) == rows)
    }
}
