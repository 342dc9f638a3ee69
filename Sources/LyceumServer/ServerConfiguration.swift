// Everything a server needs to know before it listens.

import Foundation
import LyceumAccess
import LyceumSearch

/// How to serve: the address, the folder of search snapshots, who may read what, and the limits.
public struct ServerConfiguration: Sendable {
    /// The address to listen on; only this machine by default.
    public var host: String
    /// The port to listen on; 0 lets the system choose, and the choice is reported when the server runs.
    public var port: Int
    /// The folder of search snapshots, with the file `CURRENT` in it.
    public var indexDirectory: URL
    /// Models that snapshots may be made with beside the bundled one.
    public var embedders: [any Embedder]
    /// The sizes and times beyond which a request is refused.
    public var limits: Limits
    /// The certificate to show, if the server speaks TLS; then HTTP/2 as well.
    public var tls: TLSSettings?
    /// Which other sites' pages may call the API from a browser; without it none.
    public var cors: CORSPolicy?
    /// How the server ends.
    public var shutdown: Shutdown
    /// How often to look for a new snapshot.
    public var reloadInterval: Duration
    /// Whether each request is logged.
    public var logsRequests: Bool
    /// Whether browsers reach the server by HTTPS, its own or that of a proxy before it: cookies are then for HTTPS only.
    public var isReachedByHTTPS: Bool
    /// The proxies that are believed about where a request comes from, by which wrong credentials and requests without one
    /// are limited; without them it is the other end of the connection.
    public var trustedProxies: AddressBlocks

    /// Makes a configuration; everything but the index folder has a default.
    public init(
        host: String = "127.0.0.1",
        port: Int = 8080,
        indexDirectory: URL,
        embedders: [any Embedder] = [],
        limits: Limits = Limits(),
        tls: TLSSettings? = nil,
        cors: CORSPolicy? = nil,
        shutdown: Shutdown = Shutdown(),
        reloadInterval: Duration = .seconds(1),
        logsRequests: Bool = true,
        isReachedByHTTPS: Bool = false,
        trustedProxies: AddressBlocks = AddressBlocks()
    ) {
        self.host = host
        self.port = port
        self.indexDirectory = indexDirectory
        self.embedders = embedders
        self.limits = limits
        self.tls = tls
        self.cors = cors
        self.shutdown = shutdown
        self.reloadInterval = reloadInterval
        self.logsRequests = logsRequests
        self.isReachedByHTTPS = isReachedByHTTPS
        self.trustedProxies = trustedProxies
    }

    /// The sizes, counts and times beyond which a request is refused.
    public struct Limits: Sendable, Hashable {
        /// The longest request target (path and query), in bytes; beyond it 414.
        public var targetBytes: Int
        /// The longest request body, in bytes; beyond it 413.
        public var bodyBytes: Int
        /// The longest header block, in bytes; beyond it 400.
        public var headerBytes: Int
        /// The longest query text, in characters (Unicode code points).
        public var queryCharacters: Int
        /// How many filters one request may carry; they are AND-ed.
        public var filters: Int
        /// How many hits one response may carry.
        public var hits: Int
        /// How deep an offset may reach; beyond it, page with the cursor.
        public var offset: Int
        /// How many requests may be worked on at once; further ones wait.
        public var concurrentRequests: Int
        /// How many requests may wait to be worked on; beyond it 503 with `Retry-After`.
        public var queuedRequests: Int
        /// How old a request may be under overload when work on it begins, in milliseconds; beyond it 503 as well.
        public var queueMilliseconds: Int
        /// How many connections may be open; further ones wait in the system's backlog.
        public var connections: Int
        /// How long a connection may be silent between requests, and a client leave an answer unread, in seconds.
        public var idleSeconds: Int
        /// How long a TLS handshake and a request's head may take to arrive, in seconds; then the connection is closed.
        public var headSeconds: Int
        /// How long a request body may take to arrive, in seconds; beyond it 408.
        public var bodySeconds: Int
        /// How many bytes of a snapshot's answers are kept for those who ask the same; 0 for none.
        public var answerBytes: Int

        /// Makes limits; each has a default.
        public init(
            targetBytes: Int = 8 << 10,
            bodyBytes: Int = 64 << 10,
            headerBytes: Int = 32 << 10,
            queryCharacters: Int = 1000,
            filters: Int = 32,
            hits: Int = 100,
            offset: Int = 10_000,
            concurrentRequests: Int = 64,
            queuedRequests: Int = 256,
            queueMilliseconds: Int = 100,
            connections: Int = 4096,
            idleSeconds: Int = 30,
            headSeconds: Int = 10,
            bodySeconds: Int = 10,
            answerBytes: Int = 64 << 20
        ) {
            self.targetBytes = targetBytes
            self.bodyBytes = bodyBytes
            self.headerBytes = headerBytes
            self.queryCharacters = queryCharacters
            self.filters = filters
            self.hits = hits
            self.offset = offset
            self.concurrentRequests = concurrentRequests
            self.queuedRequests = queuedRequests
            self.queueMilliseconds = queueMilliseconds
            self.connections = connections
            self.idleSeconds = idleSeconds
            self.headSeconds = headSeconds
            self.bodySeconds = bodySeconds
            self.answerBytes = answerBytes
        }
    }

    /// How long the server takes to end.
    public struct Shutdown: Sendable, Hashable {
        /// How long `/health/ready` says 503 while requests are still accepted, so that a load balancer sees it first.
        public var notice: Duration
        /// How long requests under way may then take; those that take longer are broken off.
        public var limit: Duration

        /// Makes times; each has a default.
        public init(notice: Duration = .zero, limit: Duration = .seconds(20)) {
            self.notice = notice
            self.limit = limit
        }
    }

    /// Whether others than this machine can reach the address, so that what is sent can be read on the way without TLS.
    var isExposed: Bool {
        let host = host.lowercased()
        return !(host == "localhost" || host == "::1" || host.hasPrefix("127."))
    }

    /// Checks what can be checked before listening.
    ///
    /// - Throws: ``ServerError`` with code `invalid_configuration`, its location the setting's name.
    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ServerError(.invalidConfiguration, "the port \(port) is not between 0 and 65535", location: "port")
        }
        guard !host.isEmpty else {
            throw ServerError(.invalidConfiguration, "the host is empty; 127.0.0.1 is usual", location: "host")
        }
        let positive = [
            ("targetBytes", limits.targetBytes), ("bodyBytes", limits.bodyBytes), ("headerBytes", limits.headerBytes),
            ("queryCharacters", limits.queryCharacters), ("filters", limits.filters), ("hits", limits.hits),
            ("offset", limits.offset), ("concurrentRequests", limits.concurrentRequests),
            ("queuedRequests", limits.queuedRequests), ("queueMilliseconds", limits.queueMilliseconds),
            ("connections", limits.connections), ("idleSeconds", limits.idleSeconds),
            ("headSeconds", limits.headSeconds), ("bodySeconds", limits.bodySeconds),
        ]
        for (name, value) in positive where value < 1 {
            throw ServerError(
                .invalidConfiguration,
                "the limit \(name) is \(value); it must be 1 or more",
                location: name
            )
        }
        guard limits.answerBytes >= 0 else {
            throw ServerError(
                .invalidConfiguration,
                "the limit answerBytes is \(limits.answerBytes); it must be 0 or more",
                location: "answerBytes"
            )
        }
        guard limits.hits <= 1000 else {
            throw ServerError(
                .invalidConfiguration,
                "the limit hits is \(limits.hits); the search index returns at most 1000",
                location: "hits"
            )
        }
        guard shutdown.notice >= .zero, shutdown.limit > .zero else {
            throw ServerError(
                .invalidConfiguration,
                "a shutdown needs a notice of zero or more and a limit of more than zero",
                location: "shutdown"
            )
        }
        if let tls, tls.reloadInterval <= .zero {
            throw ServerError(
                .invalidConfiguration,
                "the certificate's reload interval must be more than zero",
                location: "tls"
            )
        }
        guard reloadInterval > .zero else {
            throw ServerError(
                .invalidConfiguration,
                "the reload interval must be more than zero",
                location: "reloadInterval"
            )
        }
    }
}
