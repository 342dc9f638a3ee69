// Decides whether a request may pass, by the key it presents.

import Foundation
import HTTPTypes

/// Checks presented API keys against the configured hashes, in time that does not depend on either.
struct Authenticator: Sendable {
    private let keys: [APIKey]
    private let now: @Sendable () -> Date

    init(keys: [APIKey], now: @escaping @Sendable () -> Date = { Date() }) {
        self.keys = keys
        self.now = now
    }

    /// The name of the key that opens the scope.
    ///
    /// - Throws: ``Problem`` 401 when there is no valid key, 403 when the key does not open the scope.
    func authorize(_ headers: HTTPFields, for scope: APIKey.Scope) throws -> String {
        guard !keys.isEmpty else { throw Problem.noKeysConfigured }
        guard let presented = Self.presentedKey(in: headers) else { throw Problem.keyRequired }
        let digest = APIKey.hash(of: presented)
        // Every key is compared in full, so that the time taken says nothing about which came close.
        var match: APIKey?
        for key in keys where Self.equal(key.digest, digest) { match = key }
        guard let match else { throw Problem.keyRefused }
        if let expires = match.expires, expires <= now() { throw Problem.keyRefused }
        guard match.scopes.contains(scope) else { throw Problem.scopeMissing(scope) }
        return match.name
    }

    /// The key in `Authorization: Bearer` or, without that header, in `X-API-Key`.
    static func presentedKey(in headers: HTTPFields) -> String? {
        if let authorization = headers[.authorization] {
            let parts = authorization.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            return usable(parts[1].trimmingCharacters(in: .whitespaces))
        }
        return headers[.xAPIKey].flatMap(usable)
    }

    private static func usable(_ key: String) -> String? {
        key.isEmpty || key.utf8.count > 512 ? nil : key
    }

    private static func equal(_ left: Data, _ right: Data) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for (a, b) in zip(left, right) { difference |= a ^ b }
        return difference == 0
    }
}

extension HTTPField.Name {
    // Literals of ours, each a valid token.
    static let xAPIKey = HTTPField.Name("X-API-Key")!
    static let xRequestID = HTTPField.Name("X-Request-Id")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
    static let xFrameOptions = HTTPField.Name("X-Frame-Options")!
    static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
}
