// Fetches access tokens from an OAuth 2.0 token endpoint (RFC 6749).

import Foundation
import LyceumCore

/// A token endpoint and the grant to ask it with.
struct OAuthTokenEndpoint: Sendable {
    /// The grants that are supported (RFC 6749, sections 4.4 and 6).
    enum Grant: Sendable, Hashable {
        case refreshToken(Secret)
        case clientCredentials
    }

    /// The endpoint.
    var url: String
    /// The grant.
    var grant: Grant
    /// The client's id.
    var clientID: String
    /// The client's secret, sent by HTTP Basic authentication.
    var clientSecret: Secret
    /// How long before its end a token is renewed; a tenth of its life if that is shorter.
    var margin: Duration = .seconds(60)

    /// The form that asks for a token.
    var form: [(String, String)] {
        switch grant {
        case .refreshToken(let token): [("grant_type", "refresh_token"), ("refresh_token", token.reveal())]
        case .clientCredentials: [("grant_type", "client_credentials")]
        }
    }

    /// Asks for a token.
    ///
    /// - Throws: ``SourceError`` with code `unauthorized` when the endpoint refuses, `malformed` when it makes no sense.
    func fetch(by client: SourceHTTPClient, now: ContinuousClock.Instant = .now) async throws -> AccessToken {
        var request = APIRequest(.post, url)
        request.headers = [
            ("Authorization", BasicAuthorization.header(user: clientID, password: clientSecret)),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
        ]
        request.body = Array(FormEncoding.encode(form).utf8)
        let response: APIResponse
        do {
            response = try await client.send(request, authorization: NoAuthorization())
        } catch let error as SourceError where error.code == .rejected || error.code == .unauthorized {
            throw SourceError(
                .unauthorized,
                "The token endpoint refused the client's credentials. Check client id, client secret and "
                    + "refresh token, and that the API client is enabled. \(error.message)",
                location: error.location,
                cause: error
            )
        }
        return try read(response, now: now)
    }

    /// Reads the endpoint's answer (RFC 6749, section 5.1).
    func read(_ response: APIResponse, now: ContinuousClock.Instant) throws -> AccessToken {
        struct Answer: Decodable {
            var accessToken: String
            var expiresIn: Seconds?

            enum CodingKeys: String, CodingKey {
                case accessToken = "access_token"
                case expiresIn = "expires_in"
            }
        }
        /// Some servers send the number as a string.
        struct Seconds: Decodable {
            var value: Double
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Double.self) {
                    value = number
                } else if let number = Double(try container.decode(String.self)) {
                    value = number
                } else {
                    throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number")
                }
            }
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)),
            !answer.accessToken.isEmpty
        else {
            throw SourceError(
                .malformed,
                "The token endpoint answered without an access token. Check that the URL is the token endpoint's.",
                location: response.location,
                isRetryable: true
            )
        }
        let life = answer.expiresIn.map { Duration.seconds($0.value) }
        return AccessToken(
            secret: Secret(answer.accessToken),
            renewAt: life.map { now + ($0 - min(margin, $0 / 10)) }
        )
    }
}

/// `application/x-www-form-urlencoded`.
enum FormEncoding {
    private static let allowed = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    )

    /// Names and values, percent-encoded down to RFC 3986's unreserved characters.
    static func encode(_ items: [(String, String)]) -> String {
        items.map { "\(escape($0.0))=\(escape($0.1))" }.joined(separator: "&")
    }

    /// One name, value or path segment, percent-encoded.
    static func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }
}
