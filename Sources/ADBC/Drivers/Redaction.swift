// Keeps passwords, and values of the data, out of error messages.

/// The secrets among a database's options, to be struck from whatever the driver says.
struct Redaction: Sendable {
    private let secrets: [String]
    /// Whether errors about the data may quote it.
    private let quotesValues: Bool

    init(options: [String: String], quotesValues: Bool = true) {
        self.quotesValues = quotesValues
        var found: Set<String> = []
        for (key, value) in options where !value.isEmpty {
            let key = key.lowercased()
            if ["password", "token", "secret", "private_key", "credential"].contains(where: key.contains) {
                found.insert(value)
            }
            for secret in Redaction.secrets(inURI: value) { found.insert(secret) }
        }
        // Longest first, so that a secret inside another does not leave the rest of it behind.
        secrets = found.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// `text` without the secrets.
    func apply(_ text: String) -> String {
        var result = text
        for secret in secrets {
            result = result.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "***")
        }
        return result
    }

    /// What an error that is about the data says without the data: all that stands between quotes goes, for a value may hold
    /// quotes and line breaks itself. An excerpt of the statement stays.
    static func withoutValues(_ text: String) -> String {
        let end = text.firstRange(of: "\n\nLINE ")?.lowerBound ?? text.endIndex
        var head = String(text[..<end])
        for quote: Character in ["'", "\""] {
            guard let first = head.firstIndex(of: quote), let last = head.lastIndex(of: quote), first < last else {
                continue
            }
            head.replaceSubrange(head.index(after: first)..<last, with: "…")
        }
        return head + text[end...]
    }

    /// An error that is about the data, without what it may quote of it.
    func applyToData(_ text: String) -> String { quotesValues ? text : Self.withoutValues(text) }

    /// What a driver adds to an error, unless it may hold values.
    func applyToDetails(_ details: [String: String]) -> [String: String] { quotesValues ? details : [:] }

    /// The password of `scheme://user:password@host`, of `password=…` and `token=…` parameters, as written and decoded.
    private static func secrets(inURI text: String) -> [String] {
        var found: [String] = []
        if let scheme = text.firstRange(of: "://") {
            let rest = text[scheme.upperBound...]
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            // A password may hold an unescaped "/", so look for the last "@" of all.
            let end = rest.lastIndex(of: "@") ?? authority.endIndex
            if rest.contains("@"), let colon = rest[..<end].firstIndex(of: ":") {
                found.append(String(rest[rest.index(after: colon)..<end]))
            }
        }
        for part in text.split(whereSeparator: { "&;? ".contains($0) }) {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let key = part[..<equals].lowercased()
            guard ["password", "passwd", "pwd", "token", "secret"].contains(where: key.contains) else { continue }
            found.append(part[part.index(after: equals)...].trimmingQuotes)
        }
        return (found + found.map(percentDecoded)).filter { !$0.isEmpty }
    }

    private static func percentDecoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Substring {
    fileprivate var trimmingQuotes: String {
        guard count >= 2, first == last, first == "'" || first == "\"" else { return String(self) }
        return String(dropFirst().dropLast())
    }
}
