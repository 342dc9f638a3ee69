// Where the Spark cluster is, and how it is asked.

import LyceumCore

/// A Spark Connect endpoint.
public struct SparkSettings: Sendable {
    /// `sc://host:port`.
    public var url: String
    /// The bearer token, if the server wants one.
    public var token: Secret?
    /// Whether the connection is encrypted (TLS, certificates checked against the system's).
    public var tls: Bool
    /// Further headers of each request, such as a cluster's id.
    public var headers: [String: Secret]
    /// How long a run waits for a server that it lost.
    public var restart: Duration
    /// The address of the server's web pages, from which is read how far a statement is; nil where there are none.
    public var pages: String?
    /// The user's id of the session, which Spark names its jobs by; nil for the driver's own.
    var user: String?

    /// How long it waits unless told otherwise: a server on one machine is back in ten seconds, one whose machine has to
    /// come first is not.
    public static let usualRestart = Duration.seconds(60)

    /// Describes an endpoint.
    public init(
        url: String,
        token: Secret? = nil,
        tls: Bool = false,
        headers: [String: Secret] = [:],
        restart: Duration = usualRestart,
        pages: String? = nil
    ) {
        self.url = url
        self.token = token
        self.tls = tls
        self.headers = headers
        self.restart = restart
        self.pages = pages
    }

    /// The driver's options.
    var options: [String: String] {
        var options = ["uri": url, "adbc.spark.tls.enabled": tls ? "true" : "false", "adbc.spark.user_agent": "lyceum"]
        if let token { options["adbc.spark.token"] = token.reveal() }
        if let user { options["adbc.spark.user_id"] = user }
        for (name, value) in headers { options["adbc.spark.headers.\(name)"] = value.reveal() }
        return options
    }
}
