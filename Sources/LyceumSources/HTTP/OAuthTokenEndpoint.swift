// Fetches access tokens from an OAuth 2.0 token endpoint (RFC 6749).

import Foundation
import LyceumCore

/// A token endpoint and the grant to ask it with.
struct OAuthTokenEndpoint: Sendable {
    /// The grants that are supported (RFC 6749, sections 4.4 and 6; RFC 7523, section 2.1).
    enum Grant: Sendable {
        case refreshToken(Secret)
        case clientCredentials
        case jwtBearer(JWTAssertion)
    }

    /// The endpoint.
    var url: String
    /// The grant.
    var grant: Grant
    /// The client's id.
    var clientID: String
    /// The client's secret; nil where the grant's signature is proof enough.
    var clientSecret: Secret?
    /// How the client's id and secret are sent.
    var clientAuthentication = OAuthConfiguration.ClientAuthentication.basic
    /// What the token is asked for; nil leaves it to the server.
    var scope: String?
    /// How long before its end a token is renewed; a tenth of its life if that is shorter.
    var margin: Duration = .seconds(60)

    /// The request for a token. An assertion is made anew each time, for it may be used once.
    func request(date: Date = Date()) throws -> APIRequest {
        var form: [(String, String)]
        var secrets = [clientSecret].compactMap { $0 }
        switch grant {
        case .refreshToken(let token):
            form = [("grant_type", "refresh_token"), ("refresh_token", token.reveal())]
            secrets.append(token)
        case .clientCredentials:
            form = [("grant_type", "client_credentials")]
        case .jwtBearer(let assertion):
            let signed = try assertion.make(now: Int(date.timeIntervalSince1970))
            form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", signed.reveal())]
            secrets.append(signed)
        }
        if let scope { form.append(("scope", scope)) }
        var request = APIRequest(.post, url)
        request.headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
        if let clientSecret {
            switch clientAuthentication {
            case .basic:
                let header = BasicAuthorization.header(user: clientID, password: clientSecret)
                request.headers.append(("Authorization", header))
                secrets.append(Secret(header))
            case .form:
                form += [("client_id", clientID), ("client_secret", clientSecret.reveal())]
            }
        }
        request.body = Array(FormEncoding.encode(form).utf8)
        request.secrets = secrets
        if case .jwtBearer = grant { request.remake = { try self.request() } }
        return request
    }

    /// Asks for a token.
    ///
    /// The endpoint's rules are fixed: no token is sent to it, what it refuses (4xx but 408, 425 and 429) is not asked
    /// again, what fails is, and so is an answer that is not JSON.
    ///
    /// - Throws: ``SourceError`` with code `unauthorized` when the endpoint refuses, `malformed` when it makes no sense.
    func fetch(by client: SourceHTTPClient) async throws -> AccessToken {
        do {
            return try await client.send(try request(), authorization: NoAuthorization()) { response in
                try read(response, now: .now)
            }
        } catch let error as SourceError where error.code == .rejected || error.code == .unauthorized {
            throw SourceError(
                .unauthorized,
                "The token endpoint refused the client's credentials. Check \(whatToCheck), and that the API client is "
                    + "enabled. \(error.message)",
                location: error.location,
                cause: error
            )
        }
    }

    private var whatToCheck: String {
        switch grant {
        case .refreshToken: "client id, client secret and refresh token"
        case .clientCredentials: "client id and client secret"
        case .jwtBearer: "client id, subject, audience, private key and this machine's clock"
        }
    }

    /// Reads the endpoint's answer (RFC 6749, section 5.1).
    ///
    /// - Throws: ``SourceError`` with code `malformed`: retryable for what is not JSON, as a body that was cut off or a
    ///   proxy's page; not for JSON without a token, which is what another server answers.
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
        let body = Data(response.body)
        guard let answer = try? JSONDecoder().decode(Answer.self, from: body), !answer.accessToken.isEmpty else {
            let isJSON = (try? JSONSerialization.jsonObject(with: body, options: .fragmentsAllowed)) != nil
            throw SourceError(
                .malformed,
                isJSON
                    ? "The token endpoint answered without an access token. Check that the URL is the token endpoint's."
                    : "The token endpoint's answer is not JSON. Check that the URL is the token endpoint's.",
                location: response.location,
                isRetryable: !isJSON
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

    /// A URL with query items behind what it has already.
    static func url(_ base: String, query: [(String, String)]) -> String {
        guard !query.isEmpty else { return base }
        return base + (base.contains("?") ? "&" : "?") + encode(query)
    }

    /// One name, value or path segment, percent-encoded.
    static func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }
}
