// What a request carries as its credential.

/// The credential in a request's headers, not yet checked.
enum PresentedCredential: Equatable {
    /// An API key.
    case key(String)
    /// A bearer token of the identity provider.
    case token(String)

    /// The longest credential that is looked at, in bytes.
    static let mostBytes = 8 << 10

    /// Reads the values of `Authorization` and `X-API-Key`.
    ///
    /// - Throws: ``AccessError`` with code `credential_required` when there is none, `credential_refused` when what is
    ///   there cannot be one, or when there are two (RFC 6750, section 2: one way at a time).
    init(authorization: String?, apiKey: String?) throws(AccessError) {
        switch (authorization, apiKey) {
        case (nil, nil): throw .credentialRequired
        case (_?, _?): throw .credentialRefused
        case (let authorization?, nil):
            guard authorization.utf8.count <= Self.mostBytes + 16 else { throw .credentialRefused }
            let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard let scheme = parts.first, scheme.lowercased() == "bearer" else { throw .credentialRequired }
            guard parts.count == 2, let text = Self.usable(parts[1]) else { throw .credentialRefused }
            self = text.hasPrefix(KeyText.prefix) ? .key(text) : .token(text)
        case (nil, let apiKey?):
            guard let text = Self.usable(apiKey[...]), text.hasPrefix(KeyText.prefix) else {
                throw .credentialRefused
            }
            self = .key(text)
        }
    }

    /// The text as presented.
    var text: String {
        switch self {
        case .key(let text), .token(let text): text
        }
    }

    /// A text of visible ASCII characters within the limit, without blanks around it.
    private static func usable(_ text: Substring) -> String? {
        guard text.utf8.count <= mostBytes + 16 else { return nil }
        var bytes = text.utf8
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
        guard !bytes.isEmpty, bytes.count <= mostBytes, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        return String(bytes)
    }
}
