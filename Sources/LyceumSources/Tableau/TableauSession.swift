// The session of a personal access token: one for all who use the token, signed out at the end in any case.

import Foundation
import Logging
import LyceumCore
import Synchronization

/// A session of one personal access token on one site.
///
/// A second sign-in with a token ends the first session, so whoever uses the same token in this process shares one
/// ``TableauSession``. The last who closes it signs out.
final class TableauSession: Sendable {
    private struct Key: Hashable {
        var api: String
        var site: String
        var tokenName: String
        var tokenSecret: Secret
    }

    /// The site's own URL within the API, and the token that it was signed in with.
    let authorization: TableauAuthorization

    private let key: Key
    private let client: SourceHTTPClient
    private let logger: Logger
    private static let registry = Mutex<[Key: (session: TableauSession, users: Int)]>([:])

    /// The longest time that signing out may take.
    private static let signOutLimit = Duration.seconds(10)

    /// The session for a configuration; call ``close()`` once for each call of this.
    static func shared(
        _ configuration: TableauConfiguration,
        network: NetworkSettings,
        policy: RetryPolicy,
        logger: Logger
    ) -> TableauSession {
        let key = Key(
            api: configuration.api,
            site: configuration.site,
            tokenName: configuration.tokenName,
            tokenSecret: configuration.tokenSecret
        )
        return registry.withLock { registry in
            let session =
                registry[key]?.session
                ?? TableauSession(key, configuration, network: network, policy: policy, logger: logger)
            registry[key] = (session, (registry[key]?.users ?? 0) + 1)
            return session
        }
    }

    private init(
        _ key: Key,
        _ configuration: TableauConfiguration,
        network: NetworkSettings,
        policy: RetryPolicy,
        logger: Logger
    ) {
        self.key = key
        self.logger = logger
        var limits = SourceHTTPClient.Limits()
        limits.total = .seconds(min(60, configuration.timeoutSeconds))
        limits.read = limits.total
        limits.responseBytes = 1 << 20
        limits.requestsPerSecond = configuration.requestsPerSecond
        limits.concurrency = 1
        let client = SourceHTTPClient(limits: limits, policy: policy, network: network, logger: logger)
        self.client = client
        authorization = TableauAuthorization(tokens: TokenProvider { try await Self.signIn(key, by: client) })
    }

    /// The site's id, after signing in where that has not been done.
    func site() async throws -> String {
        try await authorization.tokens.token().attributes["site"] ?? ""
    }

    /// Gives the session back; the last user signs out, also when its task has been cancelled.
    func close() async {
        let isLast = Self.registry.withLock { registry in
            guard let entry = registry[key], entry.session === self else { return false }
            registry[key] = entry.users > 1 ? (entry.session, entry.users - 1) : nil
            return entry.users == 1
        }
        guard isLast else { return }
        // A task of its own: in a cancelled one no request is sent, and the session would stay open for hours.
        await Task {
            await signOut()
            await client.close()
        }.value
    }

    private func signOut() async {
        guard let token = await authorization.tokens.end() else { return }
        var request = APIRequest(.post, key.api + "/auth/signout")
        request.headers = [("X-Tableau-Auth", token.secret.reveal())]
        let sent = request
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [client] in _ = try await client.send(sent, authorization: NoAuthorization()) }
                group.addTask {
                    try await Task.sleep(for: Self.signOutLimit)
                    throw SourceError(.timeout, "Signing out took too long.")
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let error as SourceError where error.code == .unauthorized {
            // It has ended already.
        } catch {
            // The session ends by itself after some hours.
            logger.notice("signing out failed", metadata: ["tableau": "\(key.api)"])
        }
    }

    private static func signIn(_ key: Key, by client: SourceHTTPClient) async throws -> AccessToken {
        var request = APIRequest(.post, key.api + "/auth/signin")
        request.headers = [("Accept", "application/json"), ("Content-Type", "application/json")]
        request.body = Array(
            """
            {"credentials":{"personalAccessTokenName":\(JSONText.encode(key.tokenName)),\
            "personalAccessTokenSecret":\(JSONText.encode(key.tokenSecret.reveal())),\
            "site":{"contentUrl":\(JSONText.encode(key.site))}}}
            """.utf8
        )
        struct Answer: Decodable {
            struct Credentials: Decodable {
                struct Site: Decodable { var id: String }
                var token: String
                var site: Site
            }
            var credentials: Credentials
        }
        do {
            let answer = try await client.send(request, authorization: NoAuthorization()) { response in
                do {
                    return try JSONDecoder().decode(Answer.self, from: Data(response.body))
                } catch {
                    throw SourceError(
                        .malformed,
                        "Tableau's answer to the sign-in has no token or no site. Check 'server' and 'api_version'.",
                        location: response.location,
                        isRetryable: true
                    )
                }
            }
            return AccessToken(
                secret: Secret(answer.credentials.token),
                attributes: ["site": answer.credentials.site.id]
            )
        } catch let error as SourceError where error.code == .unauthorized {
            throw SourceError(
                .unauthorized,
                "Tableau refused the personal access token. Check token_name, token_secret and site; a token that was not "
                    + "used for 15 days ends. \(error.message)",
                location: error.location,
                cause: error
            )
        }
    }
}

extension TableauConfiguration {
    /// The REST API's URL, without a slash at its end.
    var api: String { server.base + "/api/" + apiVersion }
    /// The VizQL Data Service's URL.
    var vizQL: String { server.base + "/api/v1/vizql-data-service" }
}
