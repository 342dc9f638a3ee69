// A real S3 server for the tests.

import Foundation
import LyceumAWS
import LyceumCore

/// SeaweedFS, started once a run and stopped with it.
struct SeaweedServer: Sendable {
    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    /// What the script printed.
    let values: [String: String]

    /// The server. Fails, and says how to install it, without SeaweedFS.
    static let shared = Result { try SeaweedServer.start() }

    /// Its bucket.
    var bucket: S3Configuration {
        var limits = AWSLimits()
        limits.attempts = 3
        return S3Configuration(
            bucket: values["bucket"] ?? "",
            endpoint: values["endpoint"],
            partBytes: 5 << 20,
            limits: limits
        )
    }

    var credentials: CredentialsChain {
        CredentialsChain(
            fixed: AWSCredentials(
                accessKeyID: values["access_key"] ?? "",
                secretAccessKey: Secret(values["secret_key"] ?? "")
            )
        )
    }

    private static func start() throws -> SeaweedServer {
        let process = Process()
        process.executableURL =
            URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../scripts/start-s3").standardizedFileURL
        process.arguments = ["--until-exit-of", "\(ProcessInfo.processInfo.processIdentifier)"]
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
        return SeaweedServer(values: Dictionary(pairs) { first, _ in first })
    }
}
