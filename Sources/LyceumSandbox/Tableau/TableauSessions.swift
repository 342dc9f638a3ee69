// Sessions of the Tableau-compatible interface. No I/O.

import LyceumCore

/// Who is signed in: one session for each personal access token, for a new sign-in ends the one before.
struct TableauSessions: Sendable {
    /// Why a request is refused; the numbers are Tableau's.
    enum Refusal: Error, Equatable {
        /// Name, secret or site of a sign-in are wrong.
        case signIn
        /// A session that does not exist, was ended by another sign-in, or has expired.
        case session

        var code: String {
            switch self {
            case .signIn: "401001"
            case .session: "401002"
            }
        }
    }

    let credentials: CampusCredentials
    /// For how many seconds a session lasts without being used.
    let lifetime: Int
    private var session: (token: String, lastUse: ContinuousClock.Instant)?

    init(credentials: CampusCredentials, lifetime: Int) {
        self.credentials = credentials
        self.lifetime = max(1, lifetime)
    }

    /// Signs in, ends the session before, and returns the new session's token.
    mutating func signIn(
        name: String,
        secret: String,
        site: String,
        now: ContinuousClock.Instant = .now
    ) throws(Refusal) -> String {
        guard RandomToken.matches(name, Secret(credentials.tableauTokenName)),
            RandomToken.matches(secret, credentials.tableauTokenSecret), site == credentials.tableauSite
        else { throw .signIn }
        let token = RandomToken.make(bytes: 16) + "|" + RandomToken.make(bytes: 16)
        session = (token, now)
        return token
    }

    /// Accepts a request of a session and notes that it is in use.
    mutating func use(_ token: String?, now: ContinuousClock.Instant = .now) throws(Refusal) {
        guard let token, let session, session.token == token,
            session.lastUse.duration(to: now) < .seconds(lifetime)
        else { throw .session }
        self.session?.lastUse = now
    }

    /// Ends the session without its owner's doing.
    mutating func kill() {
        session = nil
    }

    /// Ends a session.
    mutating func signOut(_ token: String?) throws(Refusal) {
        try use(token)
        session = nil
    }
}
