// Where a service answers, and that it is reached over TLS.

/// The address of a service: AWS's own, or one that was named.
struct ServiceEndpoint: Sendable, Hashable {
    /// `https`, or `http` to this machine.
    let scheme: String
    /// The host, with its port unless it is the scheme's own.
    let host: String

    /// `https://<service>.<region>.amazonaws.com`.
    init(service: String, region: String) {
        scheme = "https"
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        host = "\(service).\(region).\(suffix)"
    }

    /// - Parameter text: `https://host` or `https://host:port`.
    /// - Throws: ``AWSError`` with code `configuration`, also for plain `http` to another machine.
    init(_ text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count == 2, let scheme = parts.first?.dropLast(), ["http", "https"].contains(scheme) else {
            throw AWSError(.configuration, "the endpoint is https://host or https://host:port", location: text)
        }
        let host = String(parts[1])
        let name = host.hasPrefix("[") ? host : String(host.prefix { $0 != ":" })
        let isNear = name == "localhost" || name.hasPrefix("127.") || name.hasPrefix("[::1]")
        guard scheme == "https" || isNear else {
            throw AWSError(.configuration, "plain http is accepted to this machine only: use https", location: text)
        }
        self.scheme = String(scheme)
        self.host = host
    }
}
