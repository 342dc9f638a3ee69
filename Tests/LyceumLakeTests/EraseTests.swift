// Erasure in the lake: files substituted in every snapshot, and no byte of the old ones left, wherever a crash falls.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Erasure")
struct EraseTests {
    /// A table with two versions that hold the person (`ann`), one of them history, and a table without.
    private func prepared(_ folder: TemporaryFolder, plan: CrashPlan = CrashPlan()) async throws -> Lake {
        let lake = try await Lake.open(in: folder, plan: plan)
        try await lake.publish([(students, .replace, ["ann bob", "cyd"]), (courses, .replace, ["art"])])
        try await lake.publish([(students, .replace, ["ann bob dee"]), (rawStudents, .append, ["ann eve"])])
        return lake
    }

    /// Stages every file that has `ann` without it, and erases.
    @discardableResult
    private func erase(_ lake: Lake) async throws -> ErasedFiles {
        let run = try await lake.beginRun()
        defer { run.release() }
        var substitutions: [Substitution] = []
        for (_, files) in try await lake.everyFile() {
            for file in files {
                let text = try String(contentsOfFile: path(file), encoding: .utf8)
                guard text.contains("ann") else { continue }
                let place = try run.staging.file(inPlaceOf: file.path, number: substitutions.count)
                let kept = text.replacing("ann ", with: "")
                try Data(kept.utf8).write(to: URL(filePath: self.path(place)))
                substitutions.append(Substitution(file.path, by: try await staged(place, rows: kept.utf8.count)))
            }
        }
        return try await run.erase(
            Erasure(
                substitutions: substitutions,
                suppressions: [Suppression(kind: "student_id", hash: "abc")],
                blot: { $0.replacing("ann", with: "[erased]") },
                reason: "asked for",
                document: { snapshots, _ in "\(snapshots.count) snapshots" }
            )
        )
    }

    private func path(_ file: LakeFile) -> String { file.data.location }
    private func path(_ place: Staging.Place) -> String { place.data.location }
    private func staged(_ place: Staging.Place, rows: Int) async throws -> StagedFile {
        try await place.staged(rows: Int64(rows))
    }

    /// Every text below the lake's folder.
    private func everything(_ folder: TemporaryFolder) throws -> [String] {
        try (FileManager.default.enumerator(atPath: folder.lake.path)?.allObjects ?? []).compactMap { $0 as? String }
            .filter { $0.hasSuffix(".parquet") }
            .map { try String(contentsOf: folder.lake.appending(path: $0), encoding: .utf8) }.sorted()
    }

    private let after = ["art", "bob", "bob dee", "cyd", "eve"]

    @Test("an erased person is in no snapshot, and the counts of each are those of its files")
    func erased() async throws {
        let folder = try TemporaryFolder()
        let lake = try await prepared(folder)
        let history = try await lake.ledger.history(of: students)
        let changed = try await erase(lake)
        #expect(try everything(folder) == after)
        #expect(try await lake.contents(students) == ["bob dee"])
        #expect(try await lake.contents(students, at: .snapshot(history[1].id)) == ["bob", "cyd"])
        #expect(changed.snapshots.map(\.rowsAfter).sorted() == [3, 6, 7])
        let now = try await lake.ledger.history(of: students)
        #expect(now.map(\.id) == history.map(\.id))
        #expect(now.map(\.rows) == [7, 6] && now.map(\.bytes) == [7, 6] && now.map(\.files) == [1, 2])
        #expect(try await lake.audit() == LakeAudit())
        #expect(try await lake.ledger.suppressions() == [Suppression(kind: "student_id", hash: "abc")])
        let record = try #require(try await lake.ledger.erasures().first)
        #expect(record.document == "3 snapshots" && record.completedAt == nil)
    }

    @Test("files without the person keep their names and bytes")
    func others() async throws {
        let folder = try TemporaryFolder()
        let lake = try await prepared(folder)
        let before = try await lake.everyFile().flatMap(\.files).map(\.path.description)
        try await erase(lake)
        let after = try await lake.everyFile().flatMap(\.files).map(\.path.description)
        #expect(Set(before).intersection(after).count == 2)
        #expect(try await lake.contents(courses) == ["art"])
    }

    @Test("a crash before any step of an erasure leaves all of a person or nothing")
    func crashes() async throws {
        var step = 0
        while true {
            let folder = try TemporaryFolder()
            let plan = CrashPlan()
            let lake = try await prepared(folder, plan: plan)
            let before = try everything(folder)
            plan.crash(before: step)
            var isDone = false
            do {
                try await erase(lake)
                isDone = true
            } catch is Crash {}
            let hasCommitted = plan.steps.contains(.commit)
            plan.crash(before: nil)
            let reopened = try await Lake.open(in: folder)
            #expect(try everything(folder) == (hasCommitted ? after : before), "before step \(step)")
            #expect(try await reopened.audit() == LakeAudit(), "before step \(step)")
            #expect(try await reopened.ledger.suppressions().isEmpty == !hasCommitted, "before step \(step)")
            if isDone { break }
            step += 1
        }
        #expect(step > 8)
    }

    @Test("texts of the ledger that name the person are blotted out")
    func texts() async throws {
        let folder = try TemporaryFolder()
        let lake = try await prepared(folder)
        let failed = try await lake.beginRun()
        try await failed.finish(.failed, error: "row of ann is bad")
        #expect(try await erase(lake).texts == 1)
        #expect(try await lake.ledger.runs(limit: 10).contains { $0.error == "row of [erased] is bad" })
    }

    @Test("a hold on a table refuses an erasure in it, and nothing changes")
    func held() async throws {
        let folder = try TemporaryFolder()
        let lake = try await prepared(folder)
        try await lake.ledger.place(holdOn: students, reason: "matter 7", by: "counsel")
        let before = try everything(folder)
        await expectLakeError(.held) { try await erase(lake) }
        _ = try await Lake.open(in: folder)
        #expect(try everything(folder) == before)
    }

    @Test("a file that has left the catalog meanwhile is a conflict, and nothing changes")
    func conflict() async throws {
        let folder = try TemporaryFolder()
        let lake = try await prepared(folder)
        let run = try await lake.beginRun()
        let gone = try FilePath("clean/students/source=campus/dt=2026-11-23/\(RunID())-0.parquet")
        let erasure = Erasure(
            substitutions: [Substitution(gone, by: nil)],
            suppressions: [],
            reason: "",
            document: { _, _ in "" }
        )
        await expectLakeError(.conflict) { try await run.erase(erasure) }
        #expect(try await lake.ledger.erasures().isEmpty)
    }
}
