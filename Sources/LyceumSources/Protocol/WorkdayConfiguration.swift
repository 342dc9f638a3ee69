// What the Workday connector needs to know.

import Foundation
import LyceumCore

/// Configuration of a Workday tenant, read over its REST services, its reports (RaaS) and its query language (WQL).
public struct WorkdayConfiguration: Sendable, Hashable {
    /// The OAuth 2.0 grant that gives access tokens.
    public typealias Grant = OAuthConfiguration.Grant

    /// One table's place in the tenant.
    public struct Resource: Sendable, Hashable {
        /// The interface that gives it.
        public enum Access: Sendable, Hashable {
            /// A paged collection: `{host}/ccx/api/{service}/{version}/{tenant}/{resource}`.
            case rest(service: String, version: String, resource: String)
            /// A custom report as a web service, read in pieces:
            /// `{host}/ccx/service/customreport2/{tenant}/{owner}/{name}?format=json`, with the report's prompts.
            case report(owner: String, name: String, prompts: [String: String])
            /// A query in WQL: `POST {host}/ccx/api/wql/{version}/{tenant}/data`.
            case wql(query: String)
        }

        /// The interface that gives it.
        public var access: Access
        /// Column → paths of members (`a.b`, `a[].b`), where they are not as the connector expects them.
        public var fields: [String: [String]]

        /// Names a table's place.
        public init(_ access: Access, fields: [String: [String]] = [:]) {
            self.access = access
            self.fields = fields
        }

        /// Names a REST resource.
        public init(service: String, version: String, resource: String, fields: [String: [String]] = [:]) {
            self.init(.rest(service: service, version: version, resource: resource), fields: fields)
        }

        /// The place in a few words, for messages.
        var name: String {
            switch access {
            case .rest(let service, _, let resource): "\(service)/\(resource)"
            case .report(let owner, let name, _): "the report \(owner)/\(name)"
            case .wql: "its WQL query"
            }
        }
    }

    /// The configured name.
    public var name: String
    /// The tenant's host, `https://wd2-impl-services1.workday.com`.
    public var host: URL
    /// The tenant.
    public var tenant: String
    /// The token endpoint's path; nil is `/ccx/oauth2/{tenant}/token`.
    public var tokenPath: String?
    /// How to get an access token.
    public var grant: Grant
    /// The API client's id.
    public var clientID: String
    /// The API client's secret; the JWT grant may do without.
    public var clientSecret: Secret?
    /// The refresh token, for the grant `refresh_token`.
    public var refreshToken: Secret?
    /// The private key in PEM, for the grant `jwt_bearer`.
    public var privateKey: Secret?
    /// The integration system user, for the grant `jwt_bearer`.
    public var subject: String?
    /// The assertion's audience, for the grant `jwt_bearer`.
    public var audience: String
    /// Whether the client's id and secret stand in a header or in the form.
    public var clientAuthentication: OAuthConfiguration.ClientAuthentication
    /// The integration system user that reads reports by HTTP Basic; nil reads them with the access token.
    public var reportUser: String?
    /// That user's password.
    public var reportPassword: Secret?
    /// The most requests in a second. Workday publishes no figure; 5 is a cautious one.
    public var requestsPerSecond: Double
    /// The most requests under way at once.
    public var concurrency: Int
    /// Rows a page of a REST resource; Workday allows at most 100.
    public var pageSize: Int
    /// Rows a page of a WQL query; Workday allows at most 10,000.
    public var queryPageSize: Int
    /// The version of the WQL service.
    public var queryVersion: String
    /// The longest time for one request, in seconds.
    public var timeoutSeconds: Double
    /// The longest time for one report, in seconds.
    public var reportTimeoutSeconds: Double
    /// Limits and trust of connections.
    public var connection: ConnectionSettings
    /// Raw table → resource.
    public var resources: [String: Resource]

    /// Configures a tenant.
    public init(
        name: String,
        host: URL,
        tenant: String,
        tokenPath: String? = nil,
        grant: Grant = .refreshToken,
        clientID: String,
        clientSecret: Secret? = nil,
        refreshToken: Secret? = nil,
        privateKey: Secret? = nil,
        subject: String? = nil,
        audience: String = "wd",
        clientAuthentication: OAuthConfiguration.ClientAuthentication = .basic,
        reportUser: String? = nil,
        reportPassword: Secret? = nil,
        requestsPerSecond: Double = 5,
        concurrency: Int = 4,
        pageSize: Int = 100,
        queryPageSize: Int = 1_000,
        queryVersion: String = "v1",
        timeoutSeconds: Double = 60,
        reportTimeoutSeconds: Double = 3_600,
        connection: ConnectionSettings = ConnectionSettings(),
        resources: [String: Resource] = WorkdayConfiguration.defaultResources
    ) {
        self.name = name
        self.host = host
        self.tenant = tenant
        self.tokenPath = tokenPath
        self.grant = grant
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.refreshToken = refreshToken
        self.privateKey = privateKey
        self.subject = subject
        self.audience = audience
        self.clientAuthentication = clientAuthentication
        self.reportUser = reportUser
        self.reportPassword = reportPassword
        self.requestsPerSecond = requestsPerSecond
        self.concurrency = concurrency
        self.pageSize = pageSize
        self.queryPageSize = queryPageSize
        self.queryVersion = queryVersion
        self.timeoutSeconds = timeoutSeconds
        self.reportTimeoutSeconds = reportTimeoutSeconds
        self.connection = connection
        self.resources = resources
    }

    /// How access tokens are asked for.
    var oauth: OAuthConfiguration {
        OAuthConfiguration(
            tokenURL: host.base + (tokenPath ?? "/ccx/oauth2/\(FormEncoding.escape(tenant))/token"),
            grant: grant,
            clientID: clientID,
            clientSecret: clientSecret,
            refreshToken: refreshToken,
            privateKey: privateKey,
            subject: subject,
            audience: audience,
            clientAuthentication: clientAuthentication
        )
    }

    /// Students, programmes of study and job postings.
    public static let defaultResources: [String: Resource] = [
        "workday_students": Resource(service: "studentCore", version: "v1", resource: "students"),
        "workday_academic_programs": Resource(
            service: "studentAcademicFoundation",
            version: "v1",
            resource: "programsOfStudy"
        ),
        "workday_job_postings": Resource(service: "recruiting", version: "v4", resource: "jobPostings"),
    ]
}
