// How a source is reached: which certificates are trusted besides the system's, and through which proxy.

import AsyncHTTPClient
import Foundation
import LyceumCore
import NIOSSL

/// Trust and proxies. Certificates and host names are always verified; there is no way to turn that off.
struct NetworkSettings: Sendable {
    /// Certificates that are trusted besides the system's.
    var trusted: [NIOSSLCertificate] = []
    /// Which proxy a URL is reached through.
    var proxies = ProxyRules()

    /// The system's certificates and no proxy.
    static let direct = NetworkSettings()

    private init() {}

    /// Trust and proxies of this process.
    ///
    /// - Parameter caFile: a file of certificates in PEM that are trusted besides the system's.
    /// - Throws: ``SourceError`` with code `configuration` for a file or proxy that cannot be used.
    init(caFile: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        proxies = try ProxyRules(environment: environment)
        guard let caFile else { return }
        do {
            trusted = try NIOSSLCertificate.fromPEMFile(caFile)
        } catch {
            throw SourceError(
                .configuration,
                "The certificates of ca_file cannot be read: a file of certificates in PEM is expected.",
                location: caFile,
                cause: error
            )
        }
        guard !trusted.isEmpty else {
            throw SourceError(.configuration, "ca_file holds no certificate in PEM.", location: caFile)
        }
    }

    /// What the HTTP library needs for TLS.
    var tls: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .fullVerification
        if !trusted.isEmpty { configuration.additionalTrustRoots = [.certificates(trusted)] }
        return configuration
    }
}

/// A proxy that requests are tunnelled through (HTTP CONNECT, RFC 9110 section 9.3.6).
struct ProxyServer: Sendable, Hashable {
    var host: String
    var port: Int
    var user: String?
    var password: Secret?

    /// Reads `http://user:password@host:port`; a bare `host:port` counts as `http`.
    ///
    /// - Throws: ``SourceError`` with code `configuration` that names the variable, not its value.
    init(_ text: String, variable: String) throws {
        let full = text.contains("://") ? text : "http://" + text
        guard let parts = URLComponents(string: full), let host = parts.host, !host.isEmpty, parts.scheme == "http"
        else {
            throw SourceError(
                .configuration,
                "The environment variable \(variable) is not the URL of an HTTP proxy such as http://proxy.example:3128.",
                location: variable
            )
        }
        self.host = host
        port = parts.port ?? 80
        user = parts.user
        password = parts.password.map { Secret($0) }
    }

    var configuration: HTTPClient.Configuration.Proxy {
        .server(
            host: host,
            port: port,
            authorization: user.map { .basic(username: $0, password: password?.reveal() ?? "") }
        )
    }
}

/// Which URLs go through which proxy, by the variables that other programs use too.
///
/// `https_proxy` and `http_proxy` by the URL's scheme, `all_proxy` for both; `no_proxy` lists host names (each with its
/// subdomains), addresses, `host:port`, or `*`. Small letters go before capitals. This machine is never asked through
/// a proxy.
struct ProxyRules: Sendable, Hashable {
    private var https: ProxyServer?
    private var http: ProxyServer?
    private var exempt: [String] = []

    /// No proxy.
    init() {}

    /// Reads the variables.
    init(environment: [String: String]) throws {
        func server(_ names: [String]) throws -> ProxyServer? {
            for name in names {
                if let text = environment[name]?.trimmingCharacters(in: .whitespaces), !text.isEmpty {
                    return try ProxyServer(text, variable: name)
                }
            }
            return nil
        }
        https = try server(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
        http = try server(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
        exempt = (environment["no_proxy"] ?? environment["NO_PROXY"] ?? "").lowercased()
            .split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
    }

    /// The proxy for a URL, or nil to go there directly.
    func proxy(for url: String) -> ProxyServer? {
        guard let parts = URLComponents(string: url), var host = parts.host?.lowercased() else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard host != "localhost", !host.hasPrefix("127."), host != "::1" else { return nil }
        let isSecure = parts.scheme?.lowercased() == "https"
        let port = parts.port ?? (isSecure ? 443 : 80)
        return isExempt(host, port: port) ? nil : isSecure ? https : http
    }

    private func isExempt(_ host: String, port: Int) -> Bool {
        exempt.contains { rule in
            if rule == "*" || rule == host || rule == "\(host):\(port)" { return true }
            let name = rule.hasPrefix("*.") ? rule.dropFirst(2) : rule.hasPrefix(".") ? rule.dropFirst() : rule[...]
            return !name.isEmpty && (host == name || host.hasSuffix("." + name))
        }
    }
}
