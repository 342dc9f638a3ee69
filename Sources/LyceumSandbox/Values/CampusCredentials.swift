// What a client shows to the sandbox's two web interfaces.

import CryptoExtras
import LyceumCore

/// Client credentials for the Workday-compatible interface and an access token for the Tableau-compatible one.
public struct CampusCredentials: Sendable, Hashable {
    /// The tenant in Workday's paths.
    public var tenant: String
    /// Workday: the API client's id.
    public var workdayClientID: String
    /// Workday: the API client's secret.
    public var workdayClientSecret: Secret
    /// Workday: the refresh token that never expires.
    public var workdayRefreshToken: Secret
    /// Workday: the integration system user that reads reports, and for whom assertions ask.
    public var workdayReportUser: String
    /// Workday: that user's password.
    public var workdayReportPassword: Secret
    /// Workday: the public key, in PEM, of the private key that signs assertions; nil refuses the JWT grant.
    public var workdayPublicKey: String?
    /// Workday: that private key, in PEM, for clients; nil where the client keeps its own.
    public var workdayPrivateKey: Secret?
    /// Tableau: the site's content URL.
    public var tableauSite: String
    /// Tableau: the name of the personal access token.
    public var tableauTokenName: String
    /// Tableau: the secret of the personal access token.
    public var tableauTokenSecret: Secret

    /// Credentials of one's own.
    public init(
        tenant: String = "campus",
        workdayClientID: String,
        workdayClientSecret: Secret,
        workdayRefreshToken: Secret,
        workdayReportUser: String = "ISU_Lyceum",
        workdayReportPassword: Secret,
        workdayPublicKey: String? = nil,
        tableauSite: String = "campus",
        tableauTokenName: String,
        tableauTokenSecret: Secret
    ) {
        self.tenant = tenant
        self.workdayClientID = workdayClientID
        self.workdayClientSecret = workdayClientSecret
        self.workdayRefreshToken = workdayRefreshToken
        self.workdayReportUser = workdayReportUser
        self.workdayReportPassword = workdayReportPassword
        self.workdayPublicKey = workdayPublicKey
        self.tableauSite = tableauSite
        self.tableauTokenName = tableauTokenName
        self.tableauTokenSecret = tableauTokenSecret
    }

    /// The same for everyone: for trying things out on a loopback address, where they protect nothing.
    public static let demo = CampusCredentials(
        workdayClientID: "demo-client",
        workdayClientSecret: Secret("demo-client-secret-not-for-production"),
        workdayRefreshToken: Secret("demo-refresh-token-not-for-production"),
        workdayReportPassword: Secret("demo-report-password-not-for-production"),
        tableauTokenName: "demo-token",
        tableauTokenSecret: Secret("demo-token-secret-not-for-production")
    )

    /// New random secrets, for a sandbox that others on the network can reach.
    public static func generated() -> CampusCredentials {
        var credentials = CampusCredentials(
            workdayClientID: "client-" + RandomToken.make(bytes: 6),
            workdayClientSecret: Secret(RandomToken.make(bytes: 24)),
            workdayRefreshToken: Secret(RandomToken.make(bytes: 24)),
            workdayReportPassword: Secret(RandomToken.make(bytes: 24)),
            tableauTokenName: "token-" + RandomToken.make(bytes: 6),
            tableauTokenSecret: Secret(RandomToken.make(bytes: 24))
        )
        // Without a key the JWT grant is refused, and all else works.
        if let key = try? _RSA.Signing.PrivateKey(keySize: .bits2048) {
            credentials.workdayPublicKey = key.publicKey.pemRepresentation
            credentials.workdayPrivateKey = Secret(key.pemRepresentation)
        }
        return credentials
    }

    /// The environment variables a pipeline reads them from. Holds the secrets: pass it on, do not print it.
    public var environment: [String: String] {
        [
            "WORKDAY_CLIENT_ID": workdayClientID,
            "WORKDAY_CLIENT_SECRET": workdayClientSecret.reveal(),
            "WORKDAY_REFRESH_TOKEN": workdayRefreshToken.reveal(),
            "WORKDAY_REPORT_USER": workdayReportUser,
            "WORKDAY_REPORT_PASSWORD": workdayReportPassword.reveal(),
            "TABLEAU_TOKEN_NAME": tableauTokenName,
            "TABLEAU_TOKEN_SECRET": tableauTokenSecret.reveal(),
        ]
    }
}

/// Random tokens in hexadecimal, from the system's generator.
enum RandomToken {
    static func make(bytes: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef")
        var token = ""
        token.reserveCapacity(bytes * 2)
        for _ in 0..<bytes {
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            token.append(digits[Int(byte >> 4)])
            token.append(digits[Int(byte & 15)])
        }
        return token
    }

    /// Compares without stopping at the first difference, so that answers take as long for any wrong secret.
    static func matches(_ given: String, _ expected: Secret) -> Bool {
        let given = Array(given.utf8)
        let wanted = Array(expected.reveal().utf8)
        var difference = UInt8(given.count == wanted.count ? 0 : 1)
        for index in given.indices { difference |= given[index] ^ (index < wanted.count ? wanted[index] : 1) }
        return difference == 0
    }
}
