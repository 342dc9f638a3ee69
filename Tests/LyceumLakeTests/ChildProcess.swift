// Other processes that work on a test's lake: this program again, with one test that does what is asked.

#if os(Linux)

    import Foundation
    import LyceumCore
    import Testing

    @testable import LyceumLake

    /// A process that runs one test of this program on a lake, until it ends or is killed.
    final class ChildProcess: Sendable {
        let pid: Int32

        /// Starts the process.
        ///
        /// - Parameters:
        ///   - test: the test's suite and function, such as `KillTests/publishUntilKilled`.
        ///   - name: tells several children apart; the child's mark bears it.
        init(_ test: String, in folder: TemporaryFolder, name: String = "child") throws {
            var environment = ProcessInfo.processInfo.environment
            environment["LYCEUM_LAKE_TEST_CHILD"] = folder.url.path(percentEncoded: false)
            environment["LYCEUM_LAKE_TEST_NAME"] = name
            if case .postgresql(let uri, let schema) = try folder.location {
                environment["LYCEUM_LAKE_TEST_URI"] = uri.reveal()
                environment["LYCEUM_LAKE_TEST_SCHEMA"] = schema
            }
            let process = Process()
            process.executableURL = URL(filePath: "/proc/self/exe")
            process.arguments = ["--testing-library", "swift-testing", "--filter", test]
            process.environment = environment
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            pid = process.processIdentifier
            ended = {
                process.waitUntilExit(); return process.terminationStatus
            }
        }

        private let ended: @Sendable () -> Int32

        /// Kills the process (SIGKILL) and waits for its end.
        func kill() {
            Foundation.kill(pid, SIGKILL)
            _ = ended()
        }

        /// Waits for the process to end by itself; returns its exit status.
        func wait() async throws -> Int32 { try await offload { [ended] in ended() } }
    }

    extension TemporaryFolder {
        func mark(_ name: String) -> String { url.appending(path: "\(name).mark").path(percentEncoded: false) }

        /// Waits until a child has set its mark, and takes it away.
        func awaitMark(of name: String = "child") throws {
            let deadline = Date().addingTimeInterval(600)
            while !FileManager.default.fileExists(atPath: mark(name)), Date() < deadline { usleep(500) }
            try #require(FileManager.default.fileExists(atPath: mark(name)), "\(name) did not start")
            try FileManager.default.removeItem(atPath: mark(name))
        }
    }

    /// What a child process was asked to work on; nil in any other process.
    struct ChildTask: Sendable {
        static let current = ChildTask()

        let name: String
        private let folder: URL
        private let location: LedgerLocation

        private init?() {
            let environment = ProcessInfo.processInfo.environment
            guard let path = environment["LYCEUM_LAKE_TEST_CHILD"] else { return nil }
            name = environment["LYCEUM_LAKE_TEST_NAME"] ?? "child"
            folder = URL(filePath: path, directoryHint: .isDirectory)
            if let uri = environment["LYCEUM_LAKE_TEST_URI"] {
                location = .postgresql(uri: Secret(uri), schema: environment["LYCEUM_LAKE_TEST_SCHEMA"] ?? "")
            } else {
                location = .file(folder.appending(path: "ledger.sqlite"))
            }
        }

        func lake() async throws -> Lake {
            try await Lake.open(
                LakeSettings(
                    place: .folder(folder.appending(path: "lake", directoryHint: .isDirectory)),
                    ledger: location
                )
            )
        }

        /// Says to the parent that a point has been reached.
        func mark() throws { try Data().write(to: folder.appending(path: "\(name).mark")) }
    }

#endif
