// Access tokens of the Workday-compatible interface: who gets one, and until when it is good. No I/O.

import Foundation
import LyceumCore

/// What a client asks the token endpoint for.
struct WorkdayTokenRequest: Sendable, Equatable {
    var grant: String?
    var clientID: String?
    var clientSecret: String?
    var refreshToken: String?
    var assertion: String?
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
    /// The assertions that were used, each until it ends.
    private var usedAssertions: [String: Int] = [:]

    init(credentials: CampusCredentials, lifetime: Int) {
        self.credentials = credentials
        self.lifetime = max(1, lifetime)
    }

    /// A new token for a client that shows the right credentials.
    mutating func issue(
        _ request: WorkdayTokenRequest,
        now: ContinuousClock.Instant = .now,
        date: Date = Date()
    ) throws(Refusal) -> String {
        guard let grant = request.grant else { throw .invalidRequest("grant_type is missing") }
        if grant == "urn:ietf:params:oauth:grant-type:jwt-bearer" {
            try accept(request.assertion, at: Int(date.timeIntervalSince1970))
            return token(now)
        }
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
        return token(now)
    }

    /// Accepts an assertion, once.
    private mutating func accept(_ text: String?, at now: Int) throws(Refusal) {
        guard let publicKey = credentials.workdayPublicKey else {
            throw .unsupportedGrant("urn:ietf:params:oauth:grant-type:jwt-bearer")
        }
        guard let text else { throw .invalidRequest("assertion is missing") }
        do throws(WorkdayAssertion.Fault) {
            let assertion = try WorkdayAssertion(text, publicKey: publicKey)
            try assertion.check(client: credentials.workdayClientID, user: credentials.workdayReportUser, now: now)
            usedAssertions = usedAssertions.filter { $0.value > now }
            let id = assertion.id ?? text
            guard usedAssertions.updateValue(assertion.expiry, forKey: id) == nil else {
                throw WorkdayAssertion.Fault(reason: "the assertion was used before")
            }
        } catch {
            throw .invalidGrant
        }
    }

    private mutating func token(_ now: ContinuousClock.Instant) -> String {
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
