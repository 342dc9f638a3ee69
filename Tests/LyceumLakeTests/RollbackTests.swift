// Going back to an earlier snapshot, and removing what nobody needs.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Rollback and vacuum", .onBothLedgers)
struct RollbackTests {
    private static let versions = ["one", "two", "three"]

    /// A lake whose students went through three versions, and the snapshots' numbers.
    private func lake(in folder: TemporaryFolder, plan: CrashPlan = CrashPlan()) async throws -> (Lake, [Int64]) {
        let lake = try await Lake.open(in: folder, plan: plan)
        var snapshots: [Int64] = []
        for version in Self.versions {
            let receipt = try await lake.publish([(students, .replace, [version]), (courses, .replace, [version])])
            snapshots.append(try #require(receipt.snapshots[students]))
        }
        return (lake, snapshots)
    }

    @Test("a rolled-back table is as it was, the others stay, and every snapshot is still readable")
    func rollback() async throws {
        let folder = try TemporaryFolder()
        let (lake, snapshots) = try await lake(in: folder)
        let made = try await lake.rollback(students, to: snapshots[0])
        #expect(try await lake.contents(students) == ["one"])
        #expect(Array(try await lake.glob(students).values) == ["one"])
        #expect(try await lake.contents(courses) == ["three"])
        for (number, version) in zip(snapshots + [made], Self.versions + ["one"]) {
            #expect(try await lake.contents(students, at: .snapshot(number)) == [version])
            let files = try await lake.files(students, at: number)
            #expect(try await lake.texts(files) == [version])
        }
        #expect(try await lake.ledger.history(of: students).first?.isCurrent == true)
        #expect(try await lake.audit() == LakeAudit())
        // And forward again, to the version that was left.
        try await _ = lake.rollback(students, to: snapshots[2])
        #expect(try await lake.contents(students) == ["three"])
        #expect(try await lake.audit() == LakeAudit())
    }

    @Test("a raw table loses only the files that came since, and its watermarks, so that the next run reads it whole")
    func raw() async throws {
        let folder = try TemporaryFolder()
        let lake = try await Lake.open(in: folder)
        let first = try await lake.publish([(rawStudents, .append, ["r1"])], watermark: "w1")
        try await lake.publish([(rawStudents, .append, ["r2"])], watermark: "w2")
        _ = try await lake.rollback(rawStudents, to: try #require(first.snapshots[rawStudents]))
        #expect(try await lake.contents(rawStudents) == ["r1"])
        #expect(try await lake.ledger.watermark(source: "campus", table: "oracle_students") == nil)
        try await lake.publish([(rawStudents, .append, ["r3"])])
        #expect(try await lake.contents(rawStudents) == ["r1", "r3"])
        #expect(try await lake.audit() == LakeAudit())
    }

    @Test("what cannot be rolled back to is refused, and nothing changes")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        let (lake, snapshots) = try await lake(in: folder)
        await expectLakeError(.conflict) { _ = try await lake.rollback(students, to: snapshots[2]) }
        await expectLakeError(.unknownSnapshot) { _ = try await lake.rollback(students, to: 999) }
        await expectLakeError(.unknownTable) { _ = try await lake.rollback(TableID(.clean, "nobody"), to: 1) }
        _ = try await lake.expireHistory(SnapshotAge(keep: 1))
        await expectLakeError(.expiredSnapshot) { _ = try await lake.rollback(students, to: snapshots[0]) }
        #expect(try await lake.contents(students) == ["three"])
        #expect(try await lake.audit() == LakeAudit())
        #expect(try await lake.ledger.lastRun()?.status == .failed)
    }

    @Test("after a crash before any step of a rollback the table is as before or as after it")
    func crashes() async throws {
        let plan = CrashPlan()
        let folder = try TemporaryFolder()
        let (whole, snapshots) = try await lake(in: folder, plan: plan)
        plan.crash(before: nil)
        _ = try await whole.rollback(students, to: snapshots[0])
        let steps = plan.steps
        let commit = try #require(steps.firstIndex(of: .commit))
        #expect(steps.count >= 5)
        for number in steps.indices {
            let folder = try TemporaryFolder()
            plan.crash(before: nil)
            do {
                let (lake, snapshots) = try await lake(in: folder, plan: plan)
                plan.crash(before: number)
                _ = try await lake.rollback(students, to: snapshots[0])
                Issue.record("no crash before \(steps[number])")
            } catch is Crash {}
            let mended = try await Lake.open(in: folder)
            #expect(
                try await mended.contents(students) == [number <= commit ? "three" : "one"],
                "before \(steps[number])"
            )
            #expect(try await mended.audit() == LakeAudit(), "before \(steps[number])")
        }
    }

    @Test("expiry after a rollback keeps the files that are current again")
    func expiry() async throws {
        let folder = try TemporaryFolder()
        let (lake, snapshots) = try await lake(in: folder)
        _ = try await lake.rollback(students, to: snapshots[0])
        let planned = try await lake.expireHistory(SnapshotAge(keep: 1), isDryRun: true)
        #expect(try await lake.contents(students, at: .snapshot(snapshots[1])) == ["two"])
        #expect(try await lake.expireHistory(SnapshotAge(keep: 1)) == planned)
        // Two and three of students, one and two of courses.
        #expect(planned == Expiry(snapshots: 5, files: 4, bytes: 14))
        #expect(try await lake.contents(students) == ["one"])
        #expect(try await lake.audit() == LakeAudit())
        await expectLakeError(.expiredSnapshot) { _ = try await lake.contents(students, at: .snapshot(snapshots[1])) }
    }

    @Test("a vacuum removes orphaned data files, leaves what is not ours, and in a dry run touches nothing")
    func vacuum() async throws {
        let folder = try TemporaryFolder()
        let (lake, _) = try await lake(in: folder)
        let ours = try #require(try await lake.currentFiles(students).first).path.description
        let orphan = ours.replacingOccurrences(of: "-0", with: "-777")
        try #require(orphan != ours)
        let foreign = "clean/students/notes.txt"
        for path in [orphan, foreign] {
            try await lake.store.write(path, Data("x".utf8))
        }
        let dry = try await lake.removeOrphans(isDryRun: true)
        #expect(dry.removed == [orphan] && dry.left == [foreign])
        #expect(try await lake.store.size(of: orphan) == 1)
        let done = try await lake.removeOrphans()
        #expect(done.removed == [orphan] && done.left == [foreign])
        #expect(try await lake.store.size(of: orphan) == nil)
        #expect(try await lake.store.size(of: foreign) == 1)
        #expect(try await lake.contents(students) == ["three"])
        #expect(try await lake.audit().unknown == [foreign])
    }
}
