// Backups: what they hold, what they share, and what becomes of one that is cut off.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

extension TemporaryFolder {
    var vault: BackupVault { BackupVault(folder: url.appending(path: "vault", directoryHint: .isDirectory)) }

    /// Every object's file in the vault.
    func objects() throws -> [String] {
        try LocalStore(root: url.appending(path: "vault")).files(below: "objects").map(\.path)
    }
}

@Suite("Backups")
struct BackupTests {
    /// A lake with three publications, one of which superseded files.
    private func filledLake(in folder: TemporaryFolder) async throws -> Lake {
        let lake = try await Lake.open(in: folder)
        try await lake.publish([(students, .replace, ["s1", "s2"]), (rawStudents, .append, ["r1"])], watermark: "w1")
        try await lake.publish([(students, .replace, ["t1"]), (rawStudents, .append, ["r2"])], watermark: "w2")
        try await lake.publish([(courses, .replace, ["c1"])])
        return lake
    }

    @Test("a backup holds every file of the catalog, history included, and is whole")
    func whole() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        let receipt = try await lake.backUp(to: folder.vault)
        #expect(receipt.files == 6)
        #expect(receipt.newObjects > receipt.files)
        let list = try await folder.vault.backups()
        #expect(list.map(\.id) == [receipt.id])
        #expect(list.first?.publication == 3)
        let verification = try await folder.vault.verify(isDeep: true)
        #expect(verification.isSound)
        #expect(verification.objects == receipt.newObjects)
    }

    @Test("a second backup of an unchanged lake writes its manifest only, and reads no file again")
    func unchanged() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        try await lake.backUp(to: folder.vault)
        // A file that were read again would be found shorter.
        for file in try await lake.store.list(below: "raw") {
            try await lake.store.write(file.key, Data(repeating: 0, count: Int(file.bytes)))
        }
        let receipt = try await lake.backUp(to: folder.vault)
        #expect(receipt.newObjects == 0 && receipt.newBytes == 0)
        #expect(try await folder.vault.backups().count == 2)
        #expect(try await folder.vault.verify(isDeep: true).isSound)
    }

    @Test("a backup after a publication writes the new files and the ledger's changed parts only")
    func incremental() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        try await lake.backUp(to: folder.vault)
        let before = Set(try folder.objects())
        try await lake.publish([(rawStudents, .append, ["something new"])])
        try await lake.backUp(to: folder.vault)
        let content = ContentHash.of("something new")
        let new = Set(try folder.objects()).subtracting(before)
        #expect(new.contains { $0.hasSuffix(content) })
        #expect(before.isSubset(of: try folder.objects()))
        #expect(new.count < before.count)
    }

    @Test("a dry run says what would be written and touches nothing")
    func dryRun() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        let receipt = try await lake.backUp(to: folder.vault, isDryRun: true)
        #expect(receipt.id == nil && receipt.files == 6 && receipt.newObjects == 6)
        #expect(try folder.objects().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder.vault.location))
    }

    @Test("a backup that was cut off is not listed, and the next one reuses its objects")
    func cutOff() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        let first = try #require(try await lake.backUp(to: folder.vault).id)
        try await folder.vault.store.remove([BackupVault.key(of: first)])
        #expect(try await folder.vault.backups().isEmpty)
        let receipt = try await lake.backUp(to: folder.vault)
        #expect(receipt.newObjects == 0)
        #expect(try await folder.vault.verify(isDeep: true).isSound)
    }

    @Test("a place with another lake's backups, or with other files, is refused")
    func foreign() async throws {
        let folder = try TemporaryFolder()
        let other = try TemporaryFolder()
        try await filledLake(in: folder).backUp(to: folder.vault)
        let lake = try await filledLake(in: other)
        await expectLakeError(.mismatch) { try await lake.backUp(to: folder.vault) }
        await expectLakeError(.mismatch) { try await lake.backUp(to: folder.vault, isDryRun: true) }
        await expectLakeError(.notEmpty) { try await lake.backUp(to: BackupVault(folder: other.url)) }
    }

    @Test("a file that is gone or shorter than the catalog says fails the backup, which is then not listed")
    func damagedLake() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        let file = try #require(try await lake.store.list(below: "raw").first)
        try await lake.store.remove([file.key])
        let error = await expectLakeError(.missingFile) { try await lake.backUp(to: folder.vault) }
        #expect(error?.message.contains(file.key) == true)
        #expect(try await folder.vault.backups().isEmpty)
    }

    @Test("a backup beside a publisher and a vacuum always holds one state, and its files are those of that state")
    func besideWriters() async throws {
        let folder = try TemporaryFolder()
        let lake = try await filledLake(in: folder)
        let writer = try await Lake.open(in: folder)
        let publishing = Task {
            for round in 0..<30 {
                try await writer.publish([
                    (students, .replace, ["x\(round)", "y\(round)"]), (rawStudents, .append, ["z\(round)"]),
                ])
                if round % 5 == 4 { _ = try await writer.expireHistory(keep: 2) }
            }
        }
        for _ in 0..<6 { try await lake.backUp(to: folder.vault) }
        try await publishing.value
        #expect(try await folder.vault.verify(isDeep: true).isSound)
        for backup in try await folder.vault.backups() {
            let place = try TemporaryFolder()
            let receipt = try await folder.vault.restore(backup.id, to: place.settings)
            #expect(receipt.audit.isClean)
            let restored = try await Lake.open(in: place)
            let raw = try await restored.contents(rawStudents).count
            // One publication brought both: the state is of one moment.
            let current = try await restored.contents(students)
            #expect(raw == 2 ? current == ["t1"] : current == ["x\(raw - 3)", "y\(raw - 3)"])
        }
    }
}
