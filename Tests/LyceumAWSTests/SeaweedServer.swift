// A real S3 server for the tests.

import Foundation
import Logging
import LyceumAWS
import LyceumCore

/// SeaweedFS, started once a run and stopped with it.
struct SeaweedServer: Sendable {
    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    let values: [String: String]

    /// The server. Fails, and says how to install it, without SeaweedFS.
    static let shared = Result { try SeaweedServer.start() }

    /// A client of its bucket.
    static func client(
        partBytes: Int = 5 << 20,
        secret: String? = nil,
        bucket: String? = nil
    ) throws -> S3Client {
        let values = try shared.get().values
        var limits = AWSLimits()
        limits.attempts = 3
        let configuration = S3Configuration(
            bucket: bucket ?? values["bucket"] ?? "",
            endpoint: values["endpoint"],
            partBytes: partBytes,
            limits: limits
        )
        let credentials = AWSCredentials(
            accessKeyID: values["access_key"] ?? "",
            secretAccessKey: Secret(secret ?? values["secret_key"] ?? "")
        )
        return try S3Client(configuration, credentials: .init(fixed: credentials), logger: Logger(label: "test"))
    }

    private static func start() throws -> SeaweedServer {
        let process = Process()
        process.executableURL =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../scripts/start-s3").standardizedFileURL
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
