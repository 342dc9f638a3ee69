// Files of a table written anew: compaction and retention as publications, and the holds that forbid the latter.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Rewrites and holds", .onBothLedgers)
struct RewriteTests {
    /// A raw table of four files, "a" to "d", two days each, and its first snapshot.
    private func lake(in folder: TemporaryFolder, plan: CrashPlan = CrashPlan()) async throws -> Lake {
        let lake = try await Lake.open(in: folder, plan: plan)
        let run = try await lake.beginRun()
        let table = try await run.stage(rawStudents, .append, ["a", "bb", "ccc", "d"], fingerprint: "f")
        let inputs = [LineageInput(rawStudents)]
        let model = try await run.stage(students, .replace, ["model"], fingerprint: "m", inputs: inputs)
        _ = try await run.publish(Publication(tables: [table, model]))
        return lake
    }

    /// Publishes a rewrite of the files whose contents are given.
    @discardableResult
    private func rewrite(
        _ lake: Lake,
        _ old: [String],
        into new: [String],
        _ reason: Rewrite
    ) async throws -> PublicationReceipt {
        let files = try await lake.catalogued(rawStudents).filter { old.contains($0.value) }
        let run = try await lake.beginRun()
        let removed = Set(try files.keys.map { try FilePath($0) })
        let table = try await run.stage(rawStudents, .rewrite(removing: removed, reason), new)
        do { return try await run.publish(Publication(tables: [table])) } catch let error as LakeError {
            try? await run.finish(.failed, error: error.message)
            throw error
        }
    }

    @Test("a compaction replaces some files, keeps the others, and leaves the old snapshot readable")
    func compaction() async throws {
        let folder = try TemporaryFolder()
        let lake = try await lake(in: folder)
        let before = try #require(try await lake.ledger.table(rawStudents))
        try await rewrite(lake, ["a", "bb"], into: ["a+b"], .compaction)
        #expect(try await lake.contents(rawStudents) == ["a+b", "ccc", "d"])
        #expect(try await lake.glob(rawStudents).values.sorted() == ["a+b", "ccc", "d"])
        let old = try #require(before.snapshot)
        #expect(try await lake.contents(rawStudents, at: .snapshot(old)) == ["a", "bb", "ccc", "d"])
        let after = try #require(try await lake.ledger.table(rawStudents))
        #expect(after.rows == before.rows && after.files == 3 && after.bytes == before.bytes)
        #expect(after.description == before.description && after.columns == before.columns)
        #expect(try await lake.ledger.history(of: rawStudents).map(\.mode) == [.compaction, .append])
        #expect(try await lake.audit() == LakeAudit())
    }

    @Test("a compaction brings no new rows: the table's content and the builds made from it stay what they were")
    func content() async throws {
        let folder = try TemporaryFolder()
        let lake = try await lake(in: folder)
        let before = try #require(try await lake.ledger.table(rawStudents))
        let builds = try await lake.ledger.builds()
        try await rewrite(lake, ["a", "bb"], into: ["a+b"], .compaction)
        try await rewrite(lake, ["a+b", "d"], into: ["abd+"], .compaction)
        let after = try #require(try await lake.ledger.table(rawStudents))
        #expect(after.content == before.snapshot && after.snapshot != before.snapshot)
        #expect(try await lake.ledger.builds()[students] == builds[students])
        #expect(try await lake.ledger.builds()[rawStudents]?.fingerprint == "f")
        // A build from the compacted table names the content, not the compaction.
        let run = try await lake.beginRun()
        let model = try await run.stage(students, .replace, ["again"], inputs: [LineageInput(rawStudents)])
        _ = try await run.publish(Publication(tables: [model]))
        #expect(try await lake.ledger.builds()[students]?.inputs.first?.version == before.snapshot.map(String.init))
        try await rewrite(lake, ["ccc"], into: ["c"], .retention)
        let retained = try #require(try await lake.ledger.table(rawStudents))
        #expect(retained.content == retained.snapshot && retained.rows == 5)
    }

    @Test("a rewrite of a file that is no longer current, or that changes the count of rows, publishes nothing")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        let lake = try await lake(in: folder)
        let run = try await lake.beginRun()
        let stranger = try FilePath(table: rawStudents, source: "campus", day: nil, run: run.id, number: 99)
        let table = try await run.stage(rawStudents, .rewrite(removing: [stranger], .compaction), ["x"])
        await expectLakeError(.conflict) { try await run.publish(Publication(tables: [table])) }
        try await run.finish(.failed)
        await expectLakeError(.unbalanced) { try await rewrite(lake, ["a", "bb"], into: ["ab"], .compaction) }
        await expectLakeError(.unbalanced) { try await rewrite(lake, ["a"], into: ["aa"], .retention) }
        #expect(try await lake.contents(rawStudents) == ["a", "bb", "ccc", "d"])
        #expect(try await lake.audit() == LakeAudit())
    }

    @Test("after a crash before any step of a rewrite the table is as before or as after it")
    func crashes() async throws {
        let plan = CrashPlan()
        let folder = try TemporaryFolder()
        let whole = try await lake(in: folder, plan: plan)
        plan.crash(before: nil)
        try await rewrite(whole, ["a", "bb"], into: ["a+b"], .compaction)
        let steps = plan.steps
        let commit = try #require(steps.firstIndex(of: .commit))
        for number in steps.indices {
            let folder = try TemporaryFolder()
            plan.crash(before: nil)
            do {
                let lake = try await lake(in: folder, plan: plan)
                plan.crash(before: number)
                try await rewrite(lake, ["a", "bb"], into: ["a+b"], .compaction)
                Issue.record("no crash before \(steps[number])")
            } catch is Crash {}
            let mended = try await Lake.open(in: folder)
            let expected = number <= commit ? ["a", "bb", "ccc", "d"] : ["a+b", "ccc", "d"]
            #expect(try await mended.contents(rawStudents) == expected, "before \(steps[number])")
            #expect(try await mended.audit() == LakeAudit(), "before \(steps[number])")
        }
    }

    @Test("a hold refuses retention until it is released, and stays on record")
    func holds() async throws {
        let folder = try TemporaryFolder()
        let lake = try await lake(in: folder)
        let ledger = lake.ledger
        let hold = try await ledger.place(holdOn: rawStudents, reason: "matter 7", by: "registrar")
        let second = try await ledger.place(hold: .subject, on: "S1", reason: "appeal", by: "counsel")
        #expect(try await ledger.holds() == [hold, second])
        #expect(try await ledger.holds(.subject, on: "S1") == [second])
        #expect(try await ledger.holds(.subject, on: "S2").isEmpty)
        let error = await expectLakeError(.held) { try await rewrite(lake, ["a"], into: [], .retention) }
        #expect(error?.message.contains("matter 7") == true)
        let refusal = await expectLakeError(.held) { try await ledger.requireNoHold(.subject, on: "S1") }
        #expect(refusal?.message.contains("S1") == false, "a person's name is in no error")
        try await ledger.requireNoHold(.subject, on: "S2")
        let released = try await ledger.release(hold: hold.id, by: "counsel")
        #expect(released.releasedBy == "counsel" && released.releasedAt != nil)
        #expect(try await ledger.release(hold: hold.id, by: "other") == released)
        #expect(try await ledger.holds() == [second])
        #expect(try await ledger.holds(includingReleased: true) == [released, second])
        await expectLakeError(.unknownHold) { try await ledger.release(hold: 99, by: "x") }
        await expectLakeError(.invalidName) { try await ledger.place(holdOn: students, reason: "", by: "x") }
    }

    @Test("a hold on a person that comes while retention is at work refuses its publication")
    func lateHold() async throws {
        let folder = try TemporaryFolder()
        let lake = try await lake(in: folder)
        try await lake.ledger.place(hold: .subject, on: "S0", reason: "known before", by: "x")
        let clock = TestClock()
        clock.advance(60)
        let later = try await Lake.open(in: folder, clock: clock)
        let files = try await later.catalogued(rawStudents).filter { $0.value == "a" }
        let run = try await later.beginRun()
        let removed = Set(try files.keys.map { try FilePath($0) })
        let table = try await run.stage(rawStudents, .rewrite(removing: removed, .retention), [])
        let late = try await later.ledger.place(hold: .subject, on: "S1", reason: "came late", by: "x")
        await expectLakeError(.held) { try await run.publish(Publication(tables: [table])) }
        try await later.ledger.release(hold: late.id, by: "x")
        _ = try await run.publish(Publication(tables: [table]))
        #expect(try await later.contents(rawStudents) == ["bb", "ccc", "d"])
    }

    @Test("the history of a table under hold does not expire")
    func heldHistory() async throws {
        let folder = try TemporaryFolder()
        let lake = try await Lake.open(in: folder)
        for version in ["one", "two"] {
            try await lake.publish([(students, .replace, [version]), (courses, .replace, [version])])
        }
        let hold = try await lake.ledger.place(holdOn: students, reason: "matter 7", by: "registrar")
        #expect(try await lake.expireHistory(SnapshotAge(keep: 1)) == Expiry(snapshots: 1, files: 1, bytes: 3))
        let old = try #require(try await lake.ledger.history(of: students).last)
        let files = try await lake.files(students, at: old.id)
        #expect(try await lake.texts(files) == ["one"])
        try await lake.ledger.release(hold: hold.id, by: "registrar")
        #expect(try await lake.expireHistory(SnapshotAge(keep: 1)) == Expiry(snapshots: 1, files: 1, bytes: 3))
    }
}
