// What the connector for any REST interface needs to know: the parts that the other connectors are made of, as settings.

import Foundation
import LyceumCore

/// Configuration of a REST interface that answers in JSON.
public struct RESTConfiguration: Sendable, Hashable {
    /// How requests prove who sends them.
    public enum Authentication: Sendable, Hashable {
        /// Not at all.
        case none
        /// User and password (RFC 7617).
        case basic(user: String, password: Secret)
        /// A token that never changes, in a header: `Authorization: Bearer …`, `X-Api-Key: …`.
        case token(header: String, prefix: String, token: Secret)
        /// Access tokens of an OAuth 2.0 token endpoint.
        case oauth(OAuthConfiguration)
    }

    /// One table.
    public struct Table: Sendable, Hashable {
        /// The collection's path below the base URL.
        public var path: String
        /// Query items of every request.
        public var query: [String: String]
        /// A JSON text to send by POST; nil asks by GET.
        public var body: String?
        /// The dotted path of the records in an answer; empty where the answer is the array.
        public var records: String
        /// The dotted path of the total.
        public var total: String
        /// How the collection is cut into pages.
        public var paging: PagingStyle
        /// The columns that identify a row.
        public var key: [String]
        /// Column → paths of members (`a.b`, `a[].b`), best first.
        public var columns: [String: [String]]
        /// The columns that keep arrays and objects as JSON text.
        public var jsonColumns: Set<String>

        /// Describes one table.
        public init(
            path: String,
            query: [String: String] = [:],
            body: String? = nil,
            records: String = "data",
            total: String = "total",
            paging: PagingStyle = .none,
            key: [String],
            columns: [String: [String]],
            jsonColumns: Set<String> = []
        ) {
            self.path = path
            self.query = query
            self.body = body
            self.records = records
            self.total = total
            self.paging = paging
            self.key = key
            self.columns = columns
            self.jsonColumns = jsonColumns
        }
    }

    /// The configured name.
    public var name: String
    /// Where the interface is, `https://api.example.edu/v2`.
    public var url: URL
    /// How requests prove who sends them.
    public var authentication: Authentication
    /// Further headers of every request; no secrets.
    public var headers: [String: String]
    /// The most requests in a second.
    public var requestsPerSecond: Double
    /// The most requests under way at once.
    public var concurrency: Int
    /// The longest time for one request, in seconds.
    public var timeoutSeconds: Double
    /// Limits and trust of connections.
    public var connection: ConnectionSettings
    /// Raw table → where it comes from.
    public var tables: [String: Table]

    /// Configures a REST interface.
    public init(
        name: String,
        url: URL,
        authentication: Authentication = .none,
        headers: [String: String] = [:],
        requestsPerSecond: Double = 5,
        concurrency: Int = 4,
        timeoutSeconds: Double = 60,
        connection: ConnectionSettings = ConnectionSettings(),
        tables: [String: Table]
    ) {
        self.name = name
        self.url = url
        self.authentication = authentication
        self.headers = headers
        self.requestsPerSecond = requestsPerSecond
        self.concurrency = concurrency
        self.timeoutSeconds = timeoutSeconds
        self.connection = connection
        self.tables = tables
    }
}
