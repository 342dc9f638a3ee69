// The section `server` of `lyceum.yaml`: where the HTTP API listens, how it encrypts, and how it ends.

import Foundation
import LyceumAccess
import LyceumCore

extension Configuration {
    /// Where the HTTP API listens, and how.
    public struct ServerSettings: Sendable {
        /// The address to bind; loopback unless configured otherwise.
        public var host: String = "127.0.0.1"
        /// The port; 0 for any free one.
        public var port: Int = 8080
        /// The key store, the identity provider and the limits on callers.
        public var access: AccessSettings
        /// The file of rules who sees what; nil for those that come with the program.
        public var policy: URL?
        /// The certificate, if the server speaks TLS itself.
        public var tls: TLS?
        /// Which other sites' pages may call the API.
        public var crossOrigin: CrossOrigin?
        /// Where requests are logged.
        public var accessLog: AccessLog = .whenPiped
        /// How long readiness says 503 before connections are closed, in seconds.
        public var shutdownNotice: Int?
        /// How long requests under way may then take, in seconds.
        public var shutdownLimit: Int?
        /// How many MiB of answers to searches are kept for those who ask the same; 0 for none.
        public var answerCache: Int?
        /// Whether a proxy before the server speaks HTTPS to browsers, so that cookies are for HTTPS only.
        public var isBehindHTTPS = false
        /// The proxies that are believed about where a request comes from.
        public var trustedProxies = AddressBlocks()
        /// How much the server takes on at once; nil for the server's own.
        public var limits = Limits()

        /// Settings of an installation in a folder.
        public init(folder: URL) {
            access = AccessSettings(keys: folder.appending(path: "access/keys.json"))
        }

        /// How much the server takes on at once, and how long it waits; what is nil is the server's own choice.
        public struct Limits: Sendable, Hashable {
            /// Requests worked on at once; further ones wait.
            public var concurrentRequests: Int?
            /// Requests that may wait; beyond it 503.
            public var queuedRequests: Int?
            /// How long a request may have waited when work on it begins, in milliseconds.
            public var queueMilliseconds: Int?
            /// Open connections.
            public var connections: Int?
            /// The longest request body, in bytes.
            public var bodyBytes: Int?
            /// How long a connection may be silent, in seconds.
            public var idleSeconds: Int?
        }

        /// TLS with a certificate in files.
        public struct TLS: Sendable, Hashable {
            /// The oldest version of TLS that is spoken.
            public enum Version: String, Sendable, CaseIterable {
                case tls12 = "1.2"
                case tls13 = "1.3"
            }

            /// The file of the certificate and the intermediate ones, in PEM.
            public var certificate: URL
            /// The file of its private key, in PEM.
            public var key: URL
            /// The oldest version of TLS that is spoken.
            public var minimum: Version

            /// Names the files.
            public init(certificate: URL, key: URL, minimum: Version = .tls12) {
                self.certificate = certificate
                self.key = key
                self.minimum = minimum
            }
        }

        /// Which other sites' pages may call the API from a browser.
        public struct CrossOrigin: Sendable, Hashable {
            /// The sites, `https://portal.example.edu`, or `*` alone for any.
            public var origins: [String]
            /// Whether browsers may send cookies along.
            public var credentials: Bool
            /// How long a browser may remember that it may, in seconds.
            public var maximumAge: Int
        }

        /// Where requests are logged, as JSON lines.
        public enum AccessLog: Sendable, Hashable {
            /// On standard error, unless that is a terminal.
            case whenPiped
            /// Nowhere.
            case off
            /// On standard error.
            case standardError
            /// At the end of a file.
            case file(URL)
        }
    }
}

extension ConfigurationReader {
    /// `server: {host, port, keys, policy, oidc: {…}, rate_limits: {…}, tls: {certificate, key, minimum}, cors: {origins, credentials, max_age_seconds},
    /// access_log: stderr | off | PATH, answer_cache_mib, behind_https, trusted_proxies, limits: {…}, shutdown: {notice_seconds, limit_seconds}}`.
    func server(_ document: YAMLMapping) throws(PipelineError) -> Configuration.ServerSettings {
        var server = Configuration.ServerSettings(folder: folder)
        guard let mapping = try document.mapping("server") else { return server }
        server.host = try text(mapping, "host") ?? server.host
        server.port = try mapping.integer("port", in: 0...65535) ?? server.port
        try readAccess(mapping, into: &server)
        server.answerCache = try mapping.integer("answer_cache_mib", in: 0...65_536)
        server.isBehindHTTPS = try mapping.boolean("behind_https") ?? false
        if let blocks = try mapping.strings("trusted_proxies") {
            guard let proxies = AddressBlocks(blocks) else {
                throw mapping.fault(
                    "trusted_proxies",
                    "'trusted_proxies' lists addresses and blocks of them, such as 127.0.0.1, 10.0.0.0/8 or fd00::/8"
                )
            }
            server.trustedProxies = proxies
        }
        if let nested = try mapping.mapping("limits") { server.limits = try limits(nested) }
        if let nested = try mapping.mapping("tls") { server.tls = try tls(nested) }
        if let nested = try mapping.mapping("cors") { server.crossOrigin = try crossOrigin(nested) }
        switch try text(mapping, "access_log") {
        case nil: break
        // YAML's own word for it may have been written without quotes.
        case "off", "false": server.accessLog = .off
        case "stderr": server.accessLog = .standardError
        case let path?: server.accessLog = .file(URL(filePath: path, relativeTo: folder).standardizedFileURL)
        }
        if let nested = try mapping.mapping("shutdown") {
            server.shutdownNotice = try nested.integer("notice_seconds", in: 0...3600)
            server.shutdownLimit = try nested.integer("limit_seconds", in: 1...3600)
            try nested.finish()
        }
        try mapping.finish()
        return server
    }

    private func limits(_ mapping: YAMLMapping) throws(PipelineError) -> Configuration.ServerSettings.Limits {
        var limits = Configuration.ServerSettings.Limits()
        limits.concurrentRequests = try mapping.integer("concurrent_requests", in: 1...100_000)
        limits.queuedRequests = try mapping.integer("queued_requests", in: 1...1_000_000)
        limits.queueMilliseconds = try mapping.integer("queue_milliseconds", in: 1...600_000)
        limits.connections = try mapping.integer("connections", in: 1...1_000_000)
        limits.bodyBytes = try mapping.integer("body_bytes", in: 1024...67_108_864)
        limits.idleSeconds = try mapping.integer("idle_seconds", in: 1...86_400)
        try mapping.finish()
        return limits
    }

    private func tls(_ mapping: YAMLMapping) throws(PipelineError) -> Configuration.ServerSettings.TLS {
        func file(_ key: String) throws(PipelineError) -> URL {
            URL(filePath: try requiredText(mapping, key), relativeTo: folder).standardizedFileURL
        }
        let certificate = try file("certificate")
        let key = try file("key")
        let minimum = try mapping.choice("minimum", Configuration.ServerSettings.TLS.Version.self) ?? .tls12
        // What a link points to counts: renewals are often switched by links.
        let attributes = try? FileManager.default.attributesOfItem(atPath: key.resolvingSymlinksInPath().path)
        if let mode = attributes?[.posixPermissions] as? NSNumber, mode.uint16Value & 0o027 != 0 {
            throw mapping.fault("key", "others may read or change the TLS key: chmod 600 \(key.path)")
        }
        try mapping.finish()
        return .init(certificate: certificate, key: key, minimum: minimum)
    }

    private func crossOrigin(
        _ mapping: YAMLMapping
    ) throws(PipelineError) -> Configuration.ServerSettings.CrossOrigin {
        guard let origins = try mapping.strings("origins"), !origins.isEmpty else {
            throw mapping.fault(
                "origins",
                "'server.cors.origins' is missing; list the sites, such as https://portal.example.edu"
            )
        }
        let credentials = try mapping.boolean("credentials") ?? false
        guard !(credentials && origins.contains("*")) else {
            throw mapping.fault("credentials", "'credentials' cannot be allowed to any site (*); list the sites")
        }
        let age = try mapping.integer("max_age_seconds", in: 0...86_400) ?? 600
        try mapping.finish()
        return .init(origins: origins, credentials: credentials, maximumAge: age)
    }
}
