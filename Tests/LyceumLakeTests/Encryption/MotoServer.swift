// A real server that speaks the protocols of KMS and Glue, for the tests.

import Foundation
import Logging
import LyceumAWS
import LyceumCore

/// Moto, started once a run and stopped with it.
struct MotoServer: Sendable {
    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    /// Where it answers.
    let endpoint: String

    /// The server. Fails, and says how to install it, without Moto.
    static let shared = Result { try MotoServer.start() }

    static func configuration() throws -> ServiceConfiguration {
        var limits = AWSLimits()
        limits.attempts = 3
        return ServiceConfiguration(region: "eu-central-1", endpoint: try shared.get().endpoint, limits: limits)
    }

    static let credentials = CredentialsChain(
        fixed: AWSCredentials(accessKeyID: "AKIDTEST", secretAccessKey: Secret("test"))
    )

    static func kms() throws -> KMSClient {
        try KMSClient(configuration(), credentials: credentials, logger: Logger(label: "test"))
    }

    static func glue() throws -> GlueClient {
        try GlueClient(configuration(), credentials: credentials, logger: Logger(label: "test"))
    }

    private static func start() throws -> MotoServer {
        let process = Process()
        process.executableURL =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../scripts/start-moto").standardizedFileURL
        process.arguments = ["--until-exit-of", "\(ProcessInfo.processInfo.processIdentifier)"]
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let line = text.split(separator: "\n").first { $0.hasPrefix("endpoint=") }
        guard process.terminationStatus == 0, let line else {
            let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            throw NotStarted(description: said)
        }
        return MotoServer(endpoint: String(line.dropFirst("endpoint=".count)))
    }
}
