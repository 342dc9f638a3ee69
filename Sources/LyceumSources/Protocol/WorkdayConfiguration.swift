// What the Workday connector needs to know.

import Foundation
import LyceumCore

/// Configuration of a Workday tenant, read over its REST API.
public struct WorkdayConfiguration: Sendable, Hashable {
    /// The OAuth 2.0 grant that gives access tokens.
    public enum Grant: String, Sendable, Hashable, CaseIterable {
        /// A long-lived refresh token of an API client for integrations.
        case refreshToken = "refresh_token"
        /// The client's own credentials.
        case clientCredentials = "client_credentials"
    }

    /// One REST resource.
    public struct Resource: Sendable, Hashable {
        /// The service, such as `recruiting`.
        public var service: String
        /// The service's version, such as `v4`.
        public var version: String
        /// The collection, such as `jobPostings`.
        public var resource: String
        /// Column → paths of members (`a.b`, `a[].b`), where they are not as the connector expects them.
        public var fields: [String: [String]]

        /// Names a resource: `{host}/ccx/api/{service}/{version}/{tenant}/{resource}`.
        public init(service: String, version: String, resource: String, fields: [String: [String]] = [:]) {
            self.service = service
            self.version = version
            self.resource = resource
            self.fields = fields
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
    /// The API client's secret.
    public var clientSecret: Secret
    /// The refresh token, for ``Grant/refreshToken``.
    public var refreshToken: Secret?
    /// The most requests in a second. Workday publishes no figure; 5 is a cautious one.
    public var requestsPerSecond: Double
    /// The most requests under way at once.
    public var concurrency: Int
    /// Rows a page; Workday allows at most 100.
    public var pageSize: Int
    /// The longest time for one request, in seconds.
    public var timeoutSeconds: Double
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
        clientSecret: Secret,
        refreshToken: Secret? = nil,
        requestsPerSecond: Double = 5,
        concurrency: Int = 4,
        pageSize: Int = 100,
        timeoutSeconds: Double = 60,
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
        self.requestsPerSecond = requestsPerSecond
        self.concurrency = concurrency
        self.pageSize = pageSize
        self.timeoutSeconds = timeoutSeconds
        self.resources = resources
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
