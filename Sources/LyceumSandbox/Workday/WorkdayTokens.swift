// Access tokens of the Workday-compatible interface: who gets one, and until when it is good. No I/O.

import LyceumCore

/// What a client asks the token endpoint for.
struct WorkdayTokenRequest: Sendable, Equatable {
    var grant: String?
    var clientID: String?
    var clientSecret: String?
    var refreshToken: String?
}

/// Issues access tokens and checks them.
struct WorkdayTokens: Sendable {
    /// Why no token was issued, in OAuth's words.
    enum Refusal: Error, Equatable {
        case invalidClient
        case invalidGrant
        case unsupportedGrant(String)
        case invalidRequest(String)
    }

    let credentials: CampusCredentials
    /// For how many seconds a token is good.
    let lifetime: Int
    private var expiries: [String: ContinuousClock.Instant] = [:]

    init(credentials: CampusCredentials, lifetime: Int) {
        self.credentials = credentials
        self.lifetime = max(1, lifetime)
    }

    /// A new token for a client that shows the right credentials.
    mutating func issue(
        _ request: WorkdayTokenRequest,
        now: ContinuousClock.Instant = .now
    ) throws(Refusal) -> String {
        guard let grant = request.grant else { throw .invalidRequest("grant_type is missing") }
        let isClient =
            RandomToken.matches(request.clientID ?? "", Secret(credentials.workdayClientID))
            && RandomToken.matches(request.clientSecret ?? "", credentials.workdayClientSecret)
        guard isClient else { throw .invalidClient }
        switch grant {
        case "client_credentials": break
        case "refresh_token":
            guard let refreshToken = request.refreshToken else { throw .invalidRequest("refresh_token is missing") }
            guard RandomToken.matches(refreshToken, credentials.workdayRefreshToken) else { throw .invalidGrant }
        default: throw .unsupportedGrant(grant)
        }
        expiries = expiries.filter { $0.value > now }
        let token = RandomToken.make(bytes: 24)
        expiries[token] = now.advanced(by: .seconds(lifetime))
        return token
    }

    /// Ends every token.
    mutating func expireAll() {
        expiries = [:]
    }

    /// Whether a token was issued and has not expired.
    func accepts(_ token: String, now: ContinuousClock.Instant = .now) -> Bool {
        guard let expiry = expiries[token] else { return false }
        return expiry > now
    }
}
