// One ledger publishes to a lake, and no copy of it.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Fence", .onBothStores)
struct FenceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The lake with a copy of its ledger, as a restored backup would be.
    private func copy(_ name: String = "copy.sqlite") throws -> LakeSettings {
        let file = folder.url.appending(path: name)
        try FileManager.default.copyItem(at: folder.ledger, to: file)
        var settings = try folder.settings
        settings.ledger = .file(file)
        return settings
    }

    private func claims(_ lake: Lake) async throws -> [String] {
        try await lake.store.list(below: "_log").map(\.key)
    }

    @Test("each publication has one claim, with who made it and no data in it")
    func claims() async throws {
        let lake = try await Lake.open(in: folder)
        for version in ["1", "2"] { try await lake.publish([(students, .replace, [version])]) }
        #expect(try await claims(lake) == ["_log/000000000001.json", "_log/000000000002.json"])
        let claim = try JSONDecoder().decode(
            PublicationClaim.self,
            from: Data(try await lake.text("_log/000000000002.json").utf8)
        )
        #expect(claim.number == 2 && claim.tables == ["clean.students"])
        #expect(claim.process == ProcessInfo.processInfo.processIdentifier)
    }

    @Test("a run that publishes no table claims nothing")
    func noTable() async throws {
        let lake = try await Lake.open(in: folder)
        let run = try await lake.beginRun()
        _ = try await run.publish(Publication())
        #expect(try await claims(lake).isEmpty)
    }

    @Test("a copy of the ledger is refused once the live one has published, and the live one goes on")
    func staleCopy() async throws {
        var live = try await Lake.open(in: folder)
        try await live.publish([(students, .replace, ["1"])])
        try await live.ledger.close()
        let settings = try copy()
        live = try await Lake.open(in: folder)
        try await live.publish([(students, .replace, ["2"])])
        let stale = try await Lake.open(settings)
        let error = await expectLakeError(.conflict) { try await stale.beginRun() }
        await expectLakeError(.conflict) { try await stale.removeOrphans() }
        await expectLakeError(.conflict) { try await stale.expireHistory(keep: 1) }
        #expect(error?.message.contains("older copy") == true)
        try await live.publish([(students, .replace, ["3"])])
        #expect(try await live.contents(students) == ["3"])
        #expect(try await live.audit() == LakeAudit())
    }

    @Test("of two ledgers whose runs are both at work, one publishes")
    func race() async throws {
        // In a folder the two would share the run lock already.
        guard StoreKind.current == .s3 else { return }
        var live = try await Lake.open(in: folder)
        try await live.publish([(students, .replace, ["1"])])
        try await live.ledger.close()
        let settings = try copy()
        live = try await Lake.open(in: folder)
        let other = try await Lake.open(settings)
        let first = try await live.beginRun()
        let second = try await other.beginRun()
        let one = Publication(tables: [try await first.stage(students, .replace, ["live"])])
        let two = Publication(tables: [try await second.stage(students, .replace, ["copy"])])
        _ = try await first.publish(one)
        await expectLakeError(.conflict) { try await second.publish(two) }
        try await second.finish(.failed)
        #expect(try await live.contents(students) == ["live"])
        #expect(try await live.audit() == LakeAudit())
    }

    @Test("a claim that a crash left without commit is taken over by its ledger, not by a copy of it")
    func takenOver() async throws {
        let plan = CrashPlan()
        var live = try await Lake.open(in: folder, plan: plan)
        try await live.publish([(students, .replace, ["1"])])
        try await live.ledger.close()
        let older = try copy("older.sqlite")
        live = try await Lake.open(in: folder, plan: plan)
        // prepare, claim, commit: the claim is made and nothing is committed.
        plan.crash(before: 2)
        await #expect(throws: Crash.self) { try await live.publish([(students, .replace, ["2"])]) }
        plan.crash(before: nil)
        try await live.ledger.close()
        let newer = try copy("newer.sqlite")
        await expectLakeError(.conflict) { try await Lake.open(older).beginRun() }
        live = try await Lake.open(in: folder)
        try await live.publish([(students, .replace, ["3"])])
        #expect(try await live.contents(students) == ["3"])
        #expect(try await claims(live).suffix(2) == ["_log/000000000002-1.json", "_log/000000000002.json"])
        // A copy that knows the first claim does not know the second.
        await expectLakeError(.conflict) { try await Lake.open(newer).beginRun() }
        try await live.publish([(students, .replace, ["4"])])
        #expect(try await live.audit() == LakeAudit())
    }

    @Test("a crash between the note in the ledger and the claim in the lake leaves the number to the next run")
    func notedOnly() async throws {
        let plan = CrashPlan()
        var live = try await Lake.open(in: folder, plan: plan)
        plan.crash(before: 1)
        await #expect(throws: Crash.self) { try await live.publish([(students, .replace, ["1"])]) }
        plan.crash(before: nil)
        live = try await Lake.open(in: folder)
        try await live.publish([(students, .replace, ["2"])])
        #expect(try await live.contents(students) == ["2"])
        #expect(try await live.ledger.nextClaim().number == 2)
    }

    @Test("a store that ignores conditions is refused before there is a lake in it")
    func unconditional() async throws {
        let store = UnconditionalStore(local: LocalStore(root: folder.lake))
        try await store.prepare(folders: [])
        await expectLakeError(.unsupportedStore) { try await store.requireConditions() }
        #expect(try await store.list(below: "").isEmpty)
        try await Lake.open(in: folder).store.requireConditions()
    }
}

/// A store whose server takes every write, whatever its condition.
private struct UnconditionalStore: ObjectStore {
    let local: LocalStore

    var place: String { local.place }
    func location(of key: String) -> String { local.location(of: key) }
    func prepare(folders: [String]) async throws { try await local.prepare(folders: folders) }
    func makeFolder(_ folder: String) throws { try local.makeFolder(folder) }
    func sizes(of keys: [String]) async throws -> [Int64?] { try await local.sizes(of: keys) }
    func read(_ key: String) async throws -> Data? { try await local.read(key) }
    func write(_ key: String, _ data: Data) async throws { try await local.write(key, data) }
    func create(_ key: String, _ data: Data) async throws -> Bool {
        try await local.write(key, data)
        return true
    }
    func upload(_ file: URL, to key: String) async throws { try await local.upload(file, to: key) }
    func download(_ key: String, to file: URL) async throws { try await local.download(key, to: file) }
    func list(below folder: String) async throws -> [StoredObject] { try await local.list(below: folder) }
    func names(in folder: String) async throws -> [String] { try await local.names(in: folder) }
    func move(
        _ moves: [ObjectMove],
        before: @escaping @Sendable (Int) throws -> Void
    ) async throws -> [ObjectMove.Outcome] { try await local.move(moves, before: before) }
    func remove(_ keys: [String]) async throws -> [Bool] { try await local.remove(keys) }
    func removeAll(below folder: String) async throws { try await local.removeAll(below: folder) }
    func persist(_ keys: [String], namesOnly: Bool) async throws { try await local.persist(keys, namesOnly: namesOnly) }
    func availableBytes() async throws -> Int64? { try await local.availableBytes() }
}
