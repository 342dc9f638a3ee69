// Old backups go, with the objects that only they needed; what a legal hold needs stays.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Pruned backups")
struct PruneTests {
    /// A lake that is backed up after each of four publications, with only its newest snapshot kept.
    private func fourBackups(in folder: TemporaryFolder) async throws -> (lake: Lake, ids: [RunID]) {
        let lake = try await Lake.open(in: folder)
        var ids: [RunID] = []
        for number in 1...4 {
            try await lake.publish([(students, .replace, ["s\(number)"]), (rawStudents, .append, ["r\(number)"])])
            _ = try await lake.expireHistory(keep: 1)
            ids.append(try #require(try await lake.backUp(to: folder.vault).id))
        }
        return (lake, ids.sorted())
    }

    @Test("the newest backups stay whole, and objects that only the others needed are gone")
    func prune() async throws {
        let folder = try TemporaryFolder()
        let (_, ids) = try await fourBackups(in: folder)
        let planned = try await folder.vault.prune(keep: 2, isDryRun: true)
        #expect(try await folder.vault.backups().count == 4)
        let pruning = try await folder.vault.prune(keep: 2)
        #expect(pruning == planned)
        #expect(Set(pruning.removed) == Set(ids.prefix(2)) && pruning.held.isEmpty && pruning.objects > 0)
        #expect(try await folder.vault.backups().map(\.id).sorted() == Array(ids.suffix(2)))
        let verification = try await folder.vault.verify(isDeep: true)
        let left = try folder.objects()
        #expect(verification.isSound && verification.objects == left.count)
        #expect(!left.contains { $0.hasSuffix(ContentHash.of("s1")) })
    }

    @Test("a hold on a table keeps the newest backup of each of its files that no kept one has")
    func heldTable() async throws {
        let folder = try TemporaryFolder()
        let (lake, ids) = try await fourBackups(in: folder)
        // Every file of the raw table is in the newest backup: the hold needs no older one.
        try await lake.ledger.place(holdOn: rawStudents, reason: "matter 1", by: "counsel")
        let holds = try await lake.ledger.holds()
        #expect(try await folder.vault.prune(keep: 1, holds: holds, isDryRun: true).held.isEmpty)
        try await lake.ledger.place(holdOn: students, reason: "matter 2", by: "counsel")
        let pruning = try await folder.vault.prune(keep: 1, holds: try await lake.ledger.holds())
        #expect(Set(pruning.held) == Set(ids.prefix(3)) && pruning.removed.isEmpty)
        #expect(try await folder.vault.backups().count == 4)
    }

    @Test(
        "a hold on a person keeps every backup with files that no kept one has, also by the newest backup's word alone"
    )
    func heldPerson() async throws {
        let folder = try TemporaryFolder()
        let (lake, _) = try await fourBackups(in: folder)
        let hold = try await lake.ledger.place(hold: .subject, on: "S1", reason: "matter 3", by: "counsel")
        try await lake.backUp(to: folder.vault)
        #expect(try await folder.vault.prune(keep: 1).held.count == 3)
        _ = try await lake.ledger.release(hold: hold.id, by: "counsel")
        let pruning = try await folder.vault.prune(keep: 1, holds: try await lake.ledger.holds())
        #expect(pruning.held.isEmpty && pruning.removed.count == 3)
        #expect(try await folder.vault.verify(isDeep: true).isSound)
    }

    @Test("nothing is pruned while a backup is being written, and the mark of a dead process holds nobody up")
    func marks() async throws {
        let folder = try TemporaryFolder()
        let (lake, _) = try await fourBackups(in: folder)
        let vault = folder.vault
        try await VaultMark.holding(.writing, in: vault, now: Date()) {
            await expectLakeError(.locked) { try await vault.prune(keep: 1) }
            // Another backup is no obstacle.
            _ = try await lake.backUp(to: vault)
        }
        try await VaultMark.holding(.pruning, in: vault, now: Date()) {
            _ = await expectLakeError(.locked) { try await lake.backUp(to: vault) }
        }
        let dead = Process()
        dead.executableURL = URL(filePath: "/bin/true")
        try dead.run()
        dead.waitUntilExit()
        let mark = VaultMark(
            kind: .writing,
            id: "dead",
            pid: dead.processIdentifier,
            host: ProcessInfo.processInfo.hostName,
            since: Date()
        )
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        _ = try await vault.store.create(mark.key, try encoder.encode(mark))
        #expect(try await vault.prune(keep: 1).removed.count == 4)
        #expect(try await vault.store.list(below: BackupVault.marksFolder).isEmpty)
    }
}
