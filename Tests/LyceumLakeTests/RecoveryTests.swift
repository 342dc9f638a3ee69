// Crashes at every step of a publication, and what the next opening makes of them.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Recovery", .onBothLedgers)
struct RecoveryTests {
    private struct Tables: Equatable, CustomStringConvertible {
        var students: [String]
        var raw: [String]
        var watermark: String?

        var description: String { "\(students) \(raw) \(watermark ?? "-")" }
        static let before = Tables(students: ["s1", "s2"], raw: ["r1"], watermark: "w1")
        static let after = Tables(students: ["t1", "t2", "t3"], raw: ["r1", "r2"], watermark: "w2")
    }

    /// A lake in state `before`, in which a publication of `after` stops before the given step.
    private func crash(in folder: TemporaryFolder, plan: CrashPlan, before step: Int?) async throws {
        let lake = try await Lake.open(in: folder, plan: plan)
        try await lake.publish(
            [(students, .replace, Tables.before.students), (rawStudents, .append, ["r1"])],
            watermark: "w1"
        )
        plan.crash(before: step)
        do {
            try await lake.publish(
                [(students, .replace, Tables.after.students), (rawStudents, .append, ["r2"])],
                watermark: "w2"
            )
        } catch is Crash {}
    }

    private func state(_ lake: Lake) async throws -> Tables {
        let seen = Tables(
            students: try await lake.glob(students).values.sorted(),
            raw: try await lake.glob(rawStudents).values.sorted(),
            watermark: try await lake.ledger.watermark(source: "campus", table: "oracle_students")?.value
        )
        let listed = Tables(
            students: try await lake.contents(students),
            raw: try await lake.contents(rawStudents),
            watermark: seen.watermark
        )
        #expect(seen == listed)
        return seen
    }

    @Test("after a crash before any step, the next opening finds all of the publication or nothing of it")
    func everyStep() async throws {
        let plan = CrashPlan()
        try await crash(in: TemporaryFolder(), plan: plan, before: nil)
        let steps = plan.steps
        let commit = try #require(steps.firstIndex(of: .commit))
        #expect(steps.count >= 10)
        for number in steps.indices {
            let folder = try TemporaryFolder()
            plan.crash(before: nil)
            try await crash(in: folder, plan: plan, before: number)
            #expect(plan.steps.count == number)
            let lake = try await Lake.open(in: folder)
            #expect(try await state(lake) == (number <= commit ? .before : .after), "before \(steps[number])")
            #expect(try await lake.audit() == LakeAudit(), "before \(steps[number])")
            let last = try #require(try await lake.ledger.lastRun())
            #expect(last.status == (number <= commit ? .abandoned : .succeeded))
            try await lake.ledger.check()
        }
    }

    @Test("a recovery that crashes itself is taken up by the next", arguments: [11, 23, 47] as [UInt64])
    func crashAgain(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<8 {
            let folder = try TemporaryFolder()
            let plan = CrashPlan()
            let first = Int.random(in: 2...10, using: &random)
            try await crash(in: folder, plan: plan, before: first)
            for _ in 0..<3 {
                plan.crash(before: Int.random(in: 0...6, using: &random))
                do { _ = try await Lake.open(in: folder, plan: plan) } catch is Crash {}
            }
            let lake = try await Lake.open(in: folder)
            #expect(try await state(lake) == .after, "seed \(seed)")
            #expect(try await lake.audit() == LakeAudit(), "seed \(seed)")
        }
    }

    @Test("after a crash, an open reader in another process finishes the publication before it reads")
    func readerRollsForward() async throws {
        let folder = try TemporaryFolder()
        let reader = try await Lake.open(in: folder)
        let plan = CrashPlan()
        try await crash(in: folder, plan: plan, before: 5)
        #expect(try await lakeHasStagedFiles(reader))
        #expect(try await reader.contents(students) == Tables.after.students)
        #expect(try await state(reader) == .after)
    }

    @Test("a run after a crash publishes on top of what was rolled forward")
    func goOn() async throws {
        let folder = try TemporaryFolder()
        let lake = try await Lake.open(in: folder)
        try await crash(in: folder, plan: CrashPlan(), before: 4)
        try await lake.publish([(rawStudents, .append, ["r3"])])
        #expect(try await lake.contents(rawStudents) == ["r1", "r2", "r3"])
        #expect(try await lake.contents(students) == Tables.after.students)
        #expect(try await lake.audit() == LakeAudit())
    }

    @Test("a run whose process has gone is marked abandoned, and what it staged is removed")
    func abandoned() async throws {
        let folder = try TemporaryFolder()
        let dead = RunID()
        do {
            let lake = try await Lake.open(in: folder)
            let run = try await lake.beginRun(dead)
            _ = try await run.stage(students, .replace, ["never"])
        }
        let lake = try await Lake.open(in: folder)
        let detail = try await lake.ledger.run(dead)
        #expect(detail.run.status == .abandoned && detail.run.finishedAt != nil)
        #expect(try await lake.store.names(in: "_staging").isEmpty)
        #expect(try await lake.glob(students).isEmpty)
    }

    @Test("opening a lake leaves a run that is alive alone")
    func alive() async throws {
        let folder = try TemporaryFolder()
        let lake = try await Lake.open(in: folder)
        let run = try await lake.beginRun()
        let publication = Publication(tables: [try await run.stage(students, .replace, ["a"])])
        let second = try await Lake.open(in: folder)
        #expect(try await second.recover() == Recovery())
        #expect(try await second.ledger.run(run.id).run.status == .running)
        _ = try await run.publish(publication)
        #expect(try await second.contents(students) == ["a"])
    }

    @Test("staging folders that the ledger has never heard of are removed")
    func unknownStaging() async throws {
        let folder = try TemporaryFolder()
        let lake = try await Lake.open(in: folder)
        try await lake.store.write("_staging/\(RunID())/clean/students/x.parquet", Data("x".utf8))
        #expect(try await lake.audit().leftovers.count == 1)
        #expect(try await lake.recover().removedStaging == 1)
        #expect(try await lake.audit() == LakeAudit())
    }

    @Test("a published file that was removed by hand before the recovery is reported, and the rest is put in place")
    func lostFile() async throws {
        let folder = try TemporaryFolder()
        try await crash(in: folder, plan: CrashPlan(), before: 2)
        let store = LocalStore(root: folder.lake)
        let staged = try #require(try await store.list(below: "_staging").first { $0.key.contains("/clean/") })
        try await store.remove([staged.key])
        let lake = try await Lake.open(in: folder)
        #expect(try await lake.glob(students).count == 2)
        #expect(try await lake.audit().missing.count == 1)
    }

    private func lakeHasStagedFiles(_ lake: Lake) async throws -> Bool {
        try await !lake.store.list(below: "_staging").isEmpty
    }
}
