// Runs the built program as a user would, in a process of its own.

import Foundation
import Testing

/// The built `lyceum`, and what a run of it left.
enum Program {
    /// What a process printed and how it ended.
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String

        /// The last line of standard output that is not empty.
        var lastLine: String {
            output.split(separator: "\n").last.map(String.init) ?? ""
        }

        /// The last line as a JSON object.
        func json() throws -> [String: Any] {
            let value = try JSONSerialization.jsonObject(with: Data(lastLine.utf8))
            return try #require(value as? [String: Any], "not an object: \(lastLine.prefix(200))")
        }

        /// The error object that `--json` prints on standard error.
        func errorObject() throws -> [String: Any] {
            let line = errors.split(separator: "\n").last.map(String.init) ?? ""
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let object = try #require(value as? [String: Any], "not an object: \(errors)")
            return try #require(object["error"] as? [String: Any])
        }
    }

    /// The folder of the repository.
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The program beside the tests' own executable.
    static let executable: URL = {
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let products = [own, bundle].compactMap { $0?.deletingLastPathComponent() }
        return products.map { $0.appending(path: "lyceum") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
            ?? repository.appending(path: ".build/debug/lyceum")
    }()

    /// A new folder that is removed when the tests end.
    static func temporaryFolder(_ name: String = "home") throws -> URL {
        let folder = TemporaryFolders.root.appending(path: "\(name)-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: String...,
        in folder: URL? = nil,
        environment: [String: String] = [:],
        timeout: Duration = .seconds(240)
    ) async throws -> Outcome {
        try await run(arguments, in: folder, environment: environment, timeout: timeout)
    }

    /// Runs the program to its end; kills it when it takes longer than the timeout.
    static func run(
        _ arguments: [String],
        in folder: URL? = nil,
        environment: [String: String] = [:],
        timeout: Duration = .seconds(240)
    ) async throws -> Outcome {
        let running = try Running(arguments, in: folder, environment: environment)
        return try await running.end(within: timeout)
    }
}

/// A process under way; its output goes to files, so that it never waits for a reader.
final class Running: Sendable {
    private let process: Process
    private let output: URL
    private let errors: URL
    private let ended: AsyncStream<Void>

    init(_ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:]) throws {
        let logs = try Program.temporaryFolder("output")
        output = logs.appending(path: "out")
        errors = logs.appending(path: "err")
        for file in [output, errors] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = Program.executable
        process.arguments = arguments
        process.currentDirectoryURL = folder ?? logs
        var variables = ProcessInfo.processInfo.environment
        variables["LYCEUM_DRIVERS"] =
            variables["LYCEUM_DRIVERS"] ?? Program.repository.appending(path: ".lyceum/drivers").path
        variables.merge(environment) { _, new in new }
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in continuation.finish() }
        ended = stream
        self.process = process
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Sends a signal.
    func send(_ signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    /// Waits until standard output or standard error holds some text, and returns standard output.
    func waitFor(_ text: String, within timeout: Duration = .seconds(240)) async throws -> String {
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        while clock.now < deadline {
            let printed = read(output)
            if printed.contains(text) || read(errors).contains(text) { return printed }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        let printed = read(output)
        try #require(printed.contains(text) || read(errors).contains(text), "'\(text)' in: \(printed) \(read(errors))")
        return printed
    }

    /// Waits for the end of the process.
    func end(within timeout: Duration = .seconds(240)) async throws -> Program.Outcome {
        let identifier = process.processIdentifier
        let watchdog = Task {
            try await Task.sleep(for: timeout)
            kill(identifier, SIGKILL)
        }
        for await _ in ended {}
        watchdog.cancel()
        // A death by signal counts as shells count it.
        let status = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        return Program.Outcome(status: status, output: read(output), errors: read(errors))
    }

    private func read(_ file: URL) -> String {
        String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
    }
}

/// The folder of all temporary folders of this process.
private enum TemporaryFolders {
    static let root: URL = {
        let root = FileManager.default.temporaryDirectory.appending(path: "lyceum-tests-\(getpid())")
        try? FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        atexit {
            try? FileManager.default.removeItem(
                at: FileManager.default.temporaryDirectory.appending(path: "lyceum-tests-\(getpid())")
            )
        }
        return root
    }()
}
