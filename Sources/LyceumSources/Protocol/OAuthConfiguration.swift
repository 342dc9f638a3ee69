// How a source's access tokens are asked for.

import LyceumCore

/// An OAuth 2.0 token endpoint, the grant, and what proves who asks.
public struct OAuthConfiguration: Sendable, Hashable {
    /// The grants (RFC 6749, RFC 7523).
    public enum Grant: String, Sendable, Hashable, CaseIterable {
        /// A long-lived refresh token.
        case refreshToken = "refresh_token"
        /// The client's own credentials.
        case clientCredentials = "client_credentials"
        /// An assertion signed with a private key.
        case jwtBearer = "jwt_bearer"
    }

    /// Where the client's id and secret stand in the request.
    public enum ClientAuthentication: String, Sendable, Hashable, CaseIterable {
        /// In the `Authorization` header.
        case basic
        /// In the form.
        case form
    }

    /// The token endpoint.
    public var tokenURL: String
    /// How to get an access token.
    public var grant: Grant
    /// The client's id.
    public var clientID: String
    /// The client's secret; the JWT grant may do without.
    public var clientSecret: Secret?
    /// The refresh token, for ``Grant/refreshToken``.
    public var refreshToken: Secret?
    /// The private key in PEM, for ``Grant/jwtBearer``: RSA, at least 2048 bits.
    public var privateKey: Secret?
    /// For whom an assertion asks.
    public var subject: String?
    /// The server that an assertion is meant for.
    public var audience: String?
    /// Names the private key, where the server knows several.
    public var keyID: String?
    /// What the token is asked for.
    public var scope: String?
    /// How the client's id and secret are sent.
    public var clientAuthentication: ClientAuthentication

    /// Describes a token endpoint.
    public init(
        tokenURL: String,
        grant: Grant,
        clientID: String,
        clientSecret: Secret? = nil,
        refreshToken: Secret? = nil,
        privateKey: Secret? = nil,
        subject: String? = nil,
        audience: String? = nil,
        keyID: String? = nil,
        scope: String? = nil,
        clientAuthentication: ClientAuthentication = .basic
    ) {
        self.tokenURL = tokenURL
        self.grant = grant
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.refreshToken = refreshToken
        self.privateKey = privateKey
        self.subject = subject
        self.audience = audience
        self.keyID = keyID
        self.scope = scope
        self.clientAuthentication = clientAuthentication
    }

    /// The endpoint, ready to be asked.
    ///
    /// - Parameter source: the source's configured name, for errors.
    /// - Throws: ``SourceError`` with code `configuration` that names what is missing.
    func endpoint(of source: String) throws -> OAuthTokenEndpoint {
        func require(_ secret: Secret?, _ name: String) throws -> Secret {
            guard let secret, !secret.isEmpty else {
                throw SourceError(
                    .configuration,
                    "The source '\(source)' has no \(name), which its grant needs; is its environment variable set?"
                )
            }
            return secret
        }
        let tokens: OAuthTokenEndpoint.Grant
        switch grant {
        case .refreshToken:
            tokens = .refreshToken(try require(refreshToken, "refresh_token"))
            _ = try require(clientSecret, "client_secret")
        case .clientCredentials:
            tokens = .clientCredentials
            _ = try require(clientSecret, "client_secret")
        case .jwtBearer:
            guard let subject, !subject.isEmpty else {
                throw SourceError(
                    .configuration,
                    "The source '\(source)' has no subject, the user for whom its grant asks."
                )
            }
            tokens = .jwtBearer(
                try JWTAssertion(
                    issuer: clientID,
                    subject: subject,
                    audience: audience ?? tokenURL,
                    keyID: keyID,
                    privateKey: try require(privateKey, "private_key")
                )
            )
        }
        return OAuthTokenEndpoint(
            url: tokenURL,
            grant: tokens,
            clientID: clientID,
            clientSecret: clientSecret,
            clientAuthentication: clientAuthentication,
            scope: scope
        )
    }
}
