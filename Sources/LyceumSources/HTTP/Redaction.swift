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

    /// The start of a server's error text, on one line, without what looks like a secret and without `hidden`.
    ///
    /// - Parameter hidden: the secrets and headers of the request; a server may repeat them, or decode and repeat them.
    static func serverText(_ bytes: some Sequence<UInt8>, hiding hidden: [String] = []) -> String {
        var text = String(decoding: Array(bytes.prefix(4_000)), as: UTF8.self)
        for secret in hidden.flatMap(forms).sorted(by: { $0.count > $1.count }) {
            text = text.replacing(secret, with: "…")
        }
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let shown = line.replacing(/[A-Za-z0-9_\-\.\/+]{32,}={0,2}/, with: "…")
        return String(shown.prefix(300))
    }

    /// The ways in which a header or a secret may come back: with its scheme, without, decoded, percent-encoded. What is
    /// very short is no secret, and hiding it would make the text unreadable.
    private static func forms(of value: String) -> [String] {
        var forms = [value]
        if let space = value.firstIndex(of: " ") {
            let bare = String(value[value.index(after: space)...])
            forms.append(bare)
            if let decoded = Data(base64Encoded: bare) {
                let pair = String(decoding: decoded, as: UTF8.self)
                forms.append(pair)
                forms += pair.split(separator: ":", maxSplits: 1).map(String.init)
            }
        }
        forms += forms.map(FormEncoding.escape)
        return Array(Set(forms.filter { $0.count >= 4 }))
    }
}
