// URLs and server texts as they may be shown: without passwords, tokens and personal data.

import Foundation

/// Takes secrets out of what is logged and put into errors.
enum Redaction {
    private static let secretNames = [
        "token", "secret", "password", "passwd", "pwd", "key", "signature", "credential", "code", "assertion", "auth",
    ]

    /// A URL without user and password, and with the values of secret-looking query items hidden.
    static func url(_ text: String) -> String {
        guard var parts = URLComponents(string: text) else {
            return String(text.prefix { $0 != "?" && $0 != "@" })
        }
        if parts.user != nil || parts.password != nil {
            parts.user = nil
            parts.password = nil
        }
        parts.queryItems = parts.queryItems?.map { item in
            let name = item.name.lowercased()
            let isSecret = secretNames.contains { name.contains($0) }
            // A view filter's value is a datum of the source, perhaps a student's number.
            return isSecret || name.hasPrefix("vf_") ? URLQueryItem(name: item.name, value: "redacted") : item
        }
        return parts.string ?? ""
    }

    /// The start of a server's error text, on one line, without what looks like a secret.
    static func serverText(_ bytes: some Sequence<UInt8>) -> String {
        let text = String(decoding: Array(bytes.prefix(2_000)), as: UTF8.self)
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let hidden = line.replacing(/[A-Za-z0-9_\-\.\/+]{32,}={0,2}/, with: "…")
        return String(hidden.prefix(300))
    }
}
