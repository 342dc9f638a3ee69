// kill -9 of a process that publishes, at moments that a seed determines.

#if os(Linux)

    import Foundation
    import LyceumCore
    import Testing

    @testable import LyceumLake

    /// Set for the child process only: the folder of the lake in which it publishes until it is killed.
    private let childFolder = ProcessInfo.processInfo.environment["LYCEUM_LAKE_TEST_CHILD"]

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
                let child = Process()
                child.executableURL = URL(filePath: "/proc/self/exe")
                child.arguments = ["--testing-library", "swift-testing", "--filter", "KillTests/publishUntilKilled"]
                child.environment = ProcessInfo.processInfo.environment.merging(
                    ["LYCEUM_LAKE_TEST_CHILD": folder.url.path(percentEncoded: false)]
                ) { $1 }
                child.standardOutput = FileHandle.nullDevice
                child.standardError = FileHandle.nullDevice
                try child.run()
                // Let it publish at least once, then some more, so that the kill falls anywhere in a publication.
                let deadline = Date().addingTimeInterval(60)
                let mark = folder.url.appending(path: "ready").path(percentEncoded: false)
                while !FileManager.default.fileExists(atPath: mark), Date() < deadline { usleep(500) }
                try #require(FileManager.default.fileExists(atPath: mark), "the child did not start")
                usleep(UInt32.random(in: 0...60_000, using: &random))
                kill(child.processIdentifier, SIGKILL)
                child.waitUntilExit()
                try FileManager.default.removeItem(atPath: mark)

                let lake = try await Lake.open(LakeSettings(folder: folder.lake, ledger: folder.ledger))
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

        @Test("the publisher that is killed", .enabled(if: childFolder != nil, "runs in the child process only"))
        func publishUntilKilled() async throws {
            let folder = URL(filePath: try #require(childFolder), directoryHint: .isDirectory)
            let lake = try await Lake.open(
                LakeSettings(folder: folder.appending(path: "lake"), ledger: folder.appending(path: "ledger.sqlite"))
            )
            var version = try await lake.ledger.tables().isEmpty ? 0 : lake.contents(rawStudents).count
            while true {
                version += 1
                let contents = (0..<5).map { _ in "\(version)" }
                try await lake.publish([
                    (students, .replace, contents), (courses, .replace, contents),
                    (rawStudents, .append, ["\(version)"]),
                ])
                try Data().write(to: folder.appending(path: "ready"))
            }
        }
    }

#endif
