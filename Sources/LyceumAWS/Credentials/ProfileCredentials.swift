// Credentials in the files that AWS's command line keeps.

import Foundation
import LyceumCore

/// The profile `AWS_PROFILE` (or `default`) of `~/.aws/credentials` and `~/.aws/config`, or of the files that
/// `AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE` name.
struct ProfileCredentials: CredentialsSource {
    let environment: [String: String]
    var name: String { "the profile \(profile) of \(credentialsFile)" }

    private var profile: String { environment["AWS_PROFILE"] ?? "default" }
    private var home: String { environment["HOME"] ?? NSHomeDirectory() }
    private var credentialsFile: String { environment["AWS_SHARED_CREDENTIALS_FILE"] ?? home + "/.aws/credentials" }
    private var configFile: String { environment["AWS_CONFIG_FILE"] ?? home + "/.aws/config" }

    func credentials() async throws -> AWSCredentials? {
        let own = Self.sections(of: credentialsFile)[profile]
        let configured = Self.sections(of: configFile)
        let shared = configured[profile == "default" ? profile : "profile \(profile)"]
        guard own != nil || shared != nil else {
            guard environment["AWS_PROFILE"] == nil else {
                throw AWSError(
                    .credentials,
                    "AWS_PROFILE names \(profile), which is not there",
                    location: credentialsFile
                )
            }
            return nil
        }
        func value(_ key: String) -> String? { own?[key] ?? shared?[key] }
        guard let id = value("aws_access_key_id"), let secret = value("aws_secret_access_key") else { return nil }
        return AWSCredentials(
            accessKeyID: id,
            secretAccessKey: Secret(secret),
            sessionToken: value("aws_session_token").map { Secret($0) }
        )
    }

    private static func sections(of path: String) -> [String: [String: String]] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [:] }
        return sections(in: text)
    }

    /// Section → key → value of an INI text; comments start with `#` or `;`.
    static func sections(in text: String) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var current: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
                let name = line[line.index(after: line.startIndex)..<end].trimmingCharacters(in: .whitespaces)
                current = name
                sections[name] = sections[name] ?? [:]
            } else if let current, let equals = line.firstIndex(of: "=") {
                let key = line[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
                sections[current]?[key] = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            }
        }
        return sections
    }
}
