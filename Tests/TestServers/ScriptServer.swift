// A real server for tests, started by one of the repository's scripts.

import Foundation

/// A server that stops with the test process, or by its own pid before.
public struct ScriptServer: Sendable {
    /// The script that started it did not succeed; says what it said.
    public struct NotStarted: Error, CustomStringConvertible {
        /// What the script said, which is how to install what is missing.
        public let description: String
    }

    /// What the script printed: `uri=…`, `endpoint=…`, `pid=…` and so on.
    public let values: [String: String]

    /// A value that the script printed.
    ///
    /// - Throws: ``NotStarted`` if it did not.
    public subscript(_ name: String) -> String {
        get throws {
            guard let value = values[name] else { throw NotStarted(description: "the script printed no '\(name)'") }
            return value
        }
    }

    /// Where a database is reached, password included.
    public var uri: String { get throws { try self["uri"] } }

    /// The server's process.
    public var pid: Int32 {
        get throws {
            guard let pid = Int32(try self["pid"]) else { throw NotStarted(description: "the script printed no pid") }
            return pid
        }
    }

    /// Stops the server before the test process ends.
    public func stop() {
        if let pid = try? pid { kill(pid, SIGTERM) }
    }

    /// Starts a server.
    ///
    /// - Parameters:
    ///   - script: its name in `scripts`: `start-postgres`, `start-s3`, `start-moto`, `start-spark`.
    ///   - arguments: what else it is told.
    ///   - environment: variables that it has beside the tests' own.
    /// - Throws: ``NotStarted`` without what the script needs.
    public static func start(
        _ script: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:]
    ) throws -> ScriptServer {
        let process = Process()
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.executableURL =
            URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../scripts/\(script)").standardizedFileURL
        process.arguments = ["--until-exit-of", "\(ProcessInfo.processInfo.processIdentifier)"] + arguments
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            throw NotStarted(description: said)
        }
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        return ScriptServer(values: Dictionary(pairs) { first, _ in first })
    }
}
