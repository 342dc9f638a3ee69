// Everything a server needs to know before it listens.

import Foundation

/// How to serve: the address, the folder of search snapshots, who may read what, and the limits.
public struct ServerConfiguration: Sendable {
    /// The address to listen on; only this machine by default.
    public var host: String
    /// The port to listen on; 0 lets the system choose, and the choice is reported when the server runs.
    public var port: Int
    /// The folder of search snapshots, with the file `CURRENT` in it.
    public var indexDirectory: URL
    /// Who may read student data, runs and metrics; with no key nobody may.
    public var apiKeys: [APIKey]
    /// The sizes and times beyond which a request is refused.
    public var limits: Limits
    /// How often to look for a new snapshot.
    public var reloadInterval: Duration
    /// Whether each request is logged.
    public var logsRequests: Bool

    /// Makes a configuration; everything but the index folder has a default.
    public init(
        host: String = "127.0.0.1",
        port: Int = 8080,
        indexDirectory: URL,
        apiKeys: [APIKey] = [],
        limits: Limits = Limits(),
        reloadInterval: Duration = .seconds(1),
        logsRequests: Bool = true
    ) {
        self.host = host
        self.port = port
        self.indexDirectory = indexDirectory
        self.apiKeys = apiKeys
        self.limits = limits
        self.reloadInterval = reloadInterval
        self.logsRequests = logsRequests
    }

    /// The sizes, counts and times beyond which a request is refused.
    public struct Limits: Sendable, Hashable {
        /// The longest request target (path and query), in bytes; beyond it 414.
        public var targetBytes: Int
        /// The longest request body, in bytes; beyond it 413.
        public var bodyBytes: Int
        /// The longest header block, in bytes; beyond it 400.
        public var headerBytes: Int
        /// The longest query text, in bytes.
        public var queryBytes: Int
        /// How many filters one request may carry; they are AND-ed.
        public var filters: Int
        /// How many hits one response may carry.
        public var hits: Int
        /// How deep an offset may reach; beyond it, page with the cursor.
        public var offset: Int
        /// How many requests may be in progress; beyond it 503 with `Retry-After`.
        public var concurrentRequests: Int
        /// How many connections may be open; further ones wait in the system's backlog.
        public var connections: Int
        /// How long a connection may be silent, in seconds.
        public var idleSeconds: Int
        /// How long a request body may take to arrive, in seconds; beyond it 408.
        public var bodySeconds: Int

        /// Makes limits; each has a default.
        public init(
            targetBytes: Int = 8 << 10,
            bodyBytes: Int = 64 << 10,
            headerBytes: Int = 32 << 10,
            queryBytes: Int = 1000,
            filters: Int = 32,
            hits: Int = 100,
            offset: Int = 10_000,
            concurrentRequests: Int = 256,
            connections: Int = 4096,
            idleSeconds: Int = 30,
            bodySeconds: Int = 10
        ) {
            self.targetBytes = targetBytes
            self.bodyBytes = bodyBytes
            self.headerBytes = headerBytes
            self.queryBytes = queryBytes
            self.filters = filters
            self.hits = hits
            self.offset = offset
            self.concurrentRequests = concurrentRequests
            self.connections = connections
            self.idleSeconds = idleSeconds
            self.bodySeconds = bodySeconds
        }
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
            ("queryBytes", limits.queryBytes), ("filters", limits.filters), ("hits", limits.hits),
            ("offset", limits.offset), ("concurrentRequests", limits.concurrentRequests),
            ("connections", limits.connections), ("idleSeconds", limits.idleSeconds),
            ("bodySeconds", limits.bodySeconds),
        ]
        for (name, value) in positive where value < 1 {
            throw ServerError(
                .invalidConfiguration,
                "the limit \(name) is \(value); it must be 1 or more",
                location: name
            )
        }
        guard limits.hits <= 1000 else {
            throw ServerError(
                .invalidConfiguration,
                "the limit hits is \(limits.hits); the search index returns at most 1000",
                location: "hits"
            )
        }
        guard reloadInterval > .zero else {
            throw ServerError(
                .invalidConfiguration,
                "the reload interval must be more than zero",
                location: "reloadInterval"
            )
        }
        var names: Set<String> = []
        for key in apiKeys where !names.insert(key.name).inserted {
            throw ServerError(
                .invalidConfiguration,
                "two API keys are called \(key.name); give each its own name",
                location: "apiKeys"
            )
        }
    }
}
