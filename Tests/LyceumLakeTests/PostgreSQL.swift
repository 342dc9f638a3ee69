// A PostgreSQL server of the tests' own, started once a run and stopped with it.

import Foundation

struct PostgreSQL: Sendable {
    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    let uri: String
    let pid: Int32

    /// The server. Fails, and says how to install it, without PostgreSQL.
    static let shared = Result { try PostgreSQL.start() }

    static func start() throws -> PostgreSQL {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../scripts/start-postgres").standardizedFileURL
        let process = Process()
        process.executableURL = script
        process.arguments = ["--until-exit-of", "\(ProcessInfo.processInfo.processIdentifier)"]
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            values[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        guard process.terminationStatus == 0, let uri = values["uri"], let pid = values["pid"].flatMap(Int32.init)
        else {
            let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            throw NotStarted(description: said)
        }
        return PostgreSQL(uri: uri, pid: pid)
    }
}
