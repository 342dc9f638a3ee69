// How requests prove who sends them: values and small objects that the HTTP client asks for headers.

import Foundation
import LyceumCore

/// Signs requests.
protocol Authorization: Sendable {
    /// The headers that prove who asks, and the token they were made from.
    func headers() async throws -> (headers: [(String, String)], token: AccessToken?)

    /// Whether the answer says that the token has ended, so that a new one may help.
    func isTokenRejected(status: Int, body: [UInt8]) -> Bool

    /// Drops a token that the server rejected.
    ///
    /// - Returns: whether it was the current one, so that a renewal is forced; if not, a newer one is there or on its way.
    func reject(_ token: AccessToken) async -> Bool
}

/// No proof at all, as for the token endpoint itself.
struct NoAuthorization: Authorization {
    func headers() async throws -> (headers: [(String, String)], token: AccessToken?) { ([], nil) }
    func isTokenRejected(status: Int, body: [UInt8]) -> Bool { false }
    func reject(_ token: AccessToken) async -> Bool { true }
}

/// User and password in every request (RFC 7617).
struct BasicAuthorization: Authorization {
    let user: String
    let password: Secret

    func headers() async throws -> (headers: [(String, String)], token: AccessToken?) {
        ([("Authorization", Self.header(user: user, password: password))], nil)
    }

    func isTokenRejected(status: Int, body: [UInt8]) -> Bool { false }
    func reject(_ token: AccessToken) async -> Bool { true }

    /// The value of the `Authorization` header.
    static func header(user: String, password: Secret) -> String {
        "Basic " + Data("\(user):\(password.reveal())".utf8).base64EncodedString()
    }
}

/// A token that never changes, such as an API key or a personal access token, in a header of the server's choice.
struct StaticTokenAuthorization: Authorization {
    let header: String
    /// What stands before the token, `Bearer ` for instance.
    let prefix: String
    let token: Secret

    func headers() async throws -> (headers: [(String, String)], token: AccessToken?) {
        ([(header, prefix + token.reveal())], nil)
    }

    func isTokenRejected(status: Int, body: [UInt8]) -> Bool { false }
    func reject(_ token: AccessToken) async -> Bool { true }
}

/// A bearer token (RFC 6750) shared by all requests.
struct BearerAuthorization: Authorization {
    let tokens: TokenProvider

    func headers() async throws -> (headers: [(String, String)], token: AccessToken?) {
        let token = try await tokens.token()
        return ([("Authorization", "Bearer " + token.secret.reveal())], token)
    }

    func isTokenRejected(status: Int, body: [UInt8]) -> Bool { status == 401 }

    func reject(_ token: AccessToken) async -> Bool {
        await tokens.reject(token)
    }
}
