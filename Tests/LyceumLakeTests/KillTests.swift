// kill -9 of a process that publishes, at moments that a seed determines.

#if os(Linux)

    import Foundation
    import LyceumCore
    import Testing

    @testable import LyceumLake

    @Suite("Killed publishers", .onBothLedgers)
    struct KillTests {
        @Test(
            "a publisher that is killed at any moment leaves all of a version or none of it",
            arguments: [1, 2] as [UInt64]
        )
        func killed(seed: UInt64) async throws {
            let folder = try TemporaryFolder()
            var random = SeededGenerator(seed: seed)
            var last = 0
            for round in 0..<6 {
                let child = try ChildProcess("KillTests/publishUntilKilled", in: folder)
                // Let it publish at least once, then some more, so that the kill falls anywhere in a publication.
                try folder.awaitMark()
                usleep(UInt32.random(in: 0...60_000, using: &random))
                child.kill()
                // What it marked after the first time would be taken for the next child's.
                try? FileManager.default.removeItem(atPath: folder.mark("child"))

                let lake = try await Lake.open(in: folder)
                let versions = Set(try await lake.contents(students)).union(try await lake.contents(courses))
                #expect(versions.count == 1, "seed \(seed), round \(round): \(versions)")
                let version = versions.first.flatMap { Int($0) } ?? -1
                #expect(version > last, "seed \(seed), round \(round)")
                last = version
                #expect(try await lake.contents(rawStudents).count == version, "seed \(seed), round \(round)")
                for table in [students, courses, rawStudents] {
                    #expect(try await lake.catalogued(table) == lake.glob(table), "seed \(seed), round \(round)")
                }
                #expect(try await lake.audit() == LakeAudit(), "seed \(seed), round \(round)")
                let runs = try await lake.ledger.runs(limit: 100_000)
                #expect(
                    runs.allSatisfy { [.succeeded, .abandoned].contains($0.status) },
                    "seed \(seed), round \(round)"
                )
                #expect(runs.filter { $0.status == .succeeded }.count == version, "seed \(seed), round \(round)")
            }
        }

        @Test(
            "the publisher that is killed",
            .enabled(if: ChildTask.current != nil, "runs in the child process only")
        )
        func publishUntilKilled() async throws {
            let task = try #require(ChildTask.current)
            let lake = try await task.lake()
            var version = try await lake.ledger.tables().isEmpty ? 0 : lake.contents(rawStudents).count
            while true {
                version += 1
                let contents = (0..<5).map { _ in "\(version)" }
                try await lake.publish([
                    (students, .replace, contents), (courses, .replace, contents),
                    (rawStudents, .append, ["\(version)"]),
                ])
                try task.mark()
            }
        }

        @Test("two processes that publish to one table at the same time lose nothing of each other's")
        func twoWriters() async throws {
            let folder = try TemporaryFolder()
            let names = ["one", "two"]
            let children = try names.map { try ChildProcess("KillTests/publishMany", in: folder, name: $0) }
            for child in children { #expect(try await child.wait() == 0) }
            let lake = try await Lake.open(in: folder)
            let expected = names.flatMap { name in (0..<Self.commits).map { "\(name) \($0)" } }
            #expect(try await lake.contents(rawStudents) == expected.sorted())
            #expect(try await lake.glob(rawStudents).count == expected.count)
            #expect(try await lake.ledger.history(of: rawStudents).count == expected.count)
            #expect(try await lake.audit() == LakeAudit())
        }

        private static let commits = 25

        @Test(
            "one of two publishers",
            .enabled(if: ChildTask.current != nil, "runs in the child process only")
        )
        func publishMany() async throws {
            let task = try #require(ChildTask.current)
            let lake = try await task.lake()
            for number in 0..<Self.commits {
                let run = try await lake.beginRun(wait: .seconds(600))
                let table = try await run.stage(rawStudents, .append, ["\(task.name) \(number)"])
                _ = try await run.publish(Publication(tables: [table]))
            }
        }
    }

#endif
