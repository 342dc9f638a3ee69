// Readers beside publishers; time travel and expiry.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Reading", .onBothLedgers)
struct ReaderTests {
    let folder: TemporaryFolder
    let clock = TestClock()

    init() throws { folder = try TemporaryFolder() }

    @Test(
        "readers beside a publisher see all of the old or all of the new, in every table",
        arguments: [5, 77] as [UInt64]
    )
    func stress(seed: UInt64) async throws {
        let writer = try await Lake.open(in: folder)
        let reader = try await Lake.open(in: folder)
        var random = SeededGenerator(seed: seed)
        let rounds = (1...25).map { version in
            (version, (0..<Int.random(in: 1...6, using: &random)).map { _ in "v\(version)" })
        }
        try await writer.publish([
            (students, .replace, ["v0"]), (courses, .replace, ["v0"]), (rawStudents, .append, ["v0"]),
        ])
        let seen = try await withThrowingTaskGroup(of: Set<String>.self) { group in
            for lake in [writer, reader, reader] {
                group.addTask {
                    var seen: Set<String> = []
                    while true {
                        let (versions, appended) = try await lake.read { catalog in
                            var versions: Set<String> = []
                            // Long enough for a publication to fall between the list and the files.
                            try await Task.sleep(for: .milliseconds(3))
                            for table in [students, courses] {
                                for file in try catalog.files(of: table) {
                                    versions.insert(try await lake.text(file.storeKey))
                                }
                            }
                            let appended = try await lake.texts(try catalog.files(of: rawStudents))
                            return (versions, appended)
                        }
                        #expect(versions.count == 1, "seed \(seed): \(versions)")
                        let version = versions.first ?? ""
                        #expect(appended.count == (Int(version.dropFirst()) ?? -1) + 1, "seed \(seed)")
                        #expect(appended.contains(version), "seed \(seed)")
                        seen.insert(version)
                        if version == "v25" { return seen }
                    }
                }
            }
            for (version, contents) in rounds {
                try await writer.publish([
                    (students, .replace, contents), (courses, .replace, contents.reversed()),
                    (rawStudents, .append, ["v\(version)"]),
                ])
            }
            return try await group.reduce(into: Set()) { $0.formUnion($1) }
        }
        #expect(seen.count > 1, "the readers were too slow to see anything but the end")
        #expect(try await writer.audit() == LakeAudit())
    }

    @Test("the lake can be read as it was at a time, after a run, and at a snapshot")
    func timeTravel() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let beforeAll = clock.now()
        clock.advance(60)
        let first = try await lake.publish([(students, .replace, ["one"])])
        let afterFirst = clock.now()
        clock.advance(60)
        let second = try await lake.publish([(students, .replace, ["two"]), (courses, .replace, ["c"])])
        clock.advance(60)
        try await lake.publish([(rawStudents, .append, ["r"])])

        #expect(try await lake.contents(students, at: .time(afterFirst)) == ["one"])
        #expect(try await lake.contents(students, at: .run(first.run)) == ["one"])
        #expect(try await lake.contents(students, at: .run(second.run)) == ["two"])
        #expect(try await lake.contents(students) == ["two"])
        await expectLakeError(.unknownTable) { try await lake.contents(courses, at: .run(first.run)) }
        #expect(try await lake.read(at: .time(beforeAll)) { $0.tables.isEmpty })
        let snapshot = try #require(first.snapshots[students])
        let old = try await lake.files(students, at: snapshot)
        #expect(try await lake.texts(old) == ["one"])
        await expectLakeError(.unknownSnapshot) { try await lake.files(students, at: 999) }
        await expectLakeError(.unknownRun) { try await lake.contents(students, at: .run(RunID())) }
    }

    @Test("times in the history never run backwards, even when the clock does")
    func clockRunsBack() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        try await lake.publish([(students, .replace, ["one"])])
        clock.advance(-3600)
        try await lake.publish([(students, .replace, ["two"])])
        let times = try await lake.ledger.history(of: students).map(\.createdAt)
        #expect(times.count == 2 && times[0] >= times[1])
    }

    @Test("expiry keeps the newest snapshots readable and removes what only older ones used")
    func expiry() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        var snapshots: [Int64] = []
        for version in 1...5 {
            let receipt = try await lake.publish([
                (students, .replace, ["s\(version)"]), (rawStudents, .append, ["r\(version)"]),
            ])
            snapshots.append(try #require(receipt.snapshots[students]))
        }
        let expiry = try await lake.expireHistory(SnapshotAge(keep: 2))
        #expect(expiry == Expiry(snapshots: 6, files: 3, bytes: 6))
        #expect(try await lake.store.list(below: "_history").count == 1)
        #expect(try await lake.contents(students) == ["s5"])
        #expect(try await lake.contents(rawStudents) == ["r1", "r2", "r3", "r4", "r5"])
        let kept = try await lake.files(students, at: snapshots[3])
        #expect(try await lake.texts(kept) == ["s4"])
        await expectLakeError(.expiredSnapshot) { try await lake.files(students, at: snapshots[0]) }
        #expect(try await lake.ledger.history(of: students).filter { $0.expiredAt != nil }.count == 3)
        #expect(try await lake.expireHistory(SnapshotAge(keep: 2)) == Expiry())
        #expect(try await lake.audit() == LakeAudit())
    }

    @Test("expiry takes up what an interrupted one left, and never touches what is current")
    func interruptedExpiry() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        for version in 1...4 { try await lake.publish([(students, .replace, ["s\(version)"])]) }
        _ = try await lake.ledger.expireSnapshots(SnapshotAge(keep: 1))
        let history = try await lake.store.list(below: "_history")
        try await lake.store.remove([history[0].key])
        let expiry = try await lake.expireHistory(SnapshotAge(keep: 0))
        #expect(expiry.files == 2)
        #expect(try await lake.store.list(below: "_history").isEmpty)
        #expect(try await lake.contents(students) == ["s4"])
        #expect(try await lake.audit() == LakeAudit())
    }

    @Test("the audit names files that are missing, unknown or altered")
    func audit() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        try await lake.publish([(students, .replace, ["one", "two"]), (courses, .replace, ["c"])])
        let files = try await lake.currentFiles(students)
        try await lake.store.remove([files[0].storeKey])
        try await lake.store.write(files[1].storeKey, Data("longer".utf8))
        try await lake.store.write("clean/courses/stray.parquet", Data("x".utf8))
        let audit = try await lake.audit()
        #expect(audit.missing == [files[0].path.description])
        #expect(audit.wrongSize == [files[1].path.description])
        #expect(audit.unknown == ["clean/courses/stray.parquet"])
    }

    @Test("tables are found by full name, and by bare name where that is plain")
    func names() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let jobs = TableID(.clean, "jobs")
        let curatedJobs = TableID(.curated, "jobs")
        let quarantined = TableID(.quarantine, "students")
        try await lake.publish([
            (students, .replace, ["s"]), (quarantined, .replace, ["q"]), (jobs, .replace, ["j"]),
            (curatedJobs, .replace, ["k"]),
        ])
        #expect(try await lake.ledger.table(named: "students").id == students)
        #expect(try await lake.ledger.table(named: "quarantine.students").id == quarantined)
        let ambiguous = await expectLakeError(.unknownTable) { try await lake.ledger.table(named: "jobs") }
        #expect(ambiguous?.message.contains("clean.jobs, curated.jobs") == true)
        let unknown = await expectLakeError(.unknownTable) { try await lake.ledger.table(named: "x'; --") }
        #expect(unknown?.message.contains("clean.students") == true)
        #expect(try await lake.ledger.tables().map(\.id) == [jobs, students, curatedJobs, quarantined])
    }
}
