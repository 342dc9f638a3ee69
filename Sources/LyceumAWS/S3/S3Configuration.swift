// Which bucket, where, and how objects are kept in it.

/// One bucket of S3 or of a server that speaks its protocol.
public struct S3Configuration: Sendable, Hashable {
    /// How the bucket stands in a URL.
    public enum AddressStyle: String, Sendable, Hashable, CaseIterable {
        /// `https://bucket.s3.region.amazonaws.com/key`, AWS's own.
        case virtualHost = "virtual_host"
        /// `https://host/bucket/key`, which SeaweedFS and MinIO have by default.
        case path
    }

    /// Encryption by the server.
    public enum Encryption: Sendable, Hashable {
        /// As the bucket's default has it.
        case bucketDefault
        /// SSE-S3: AES-256 with keys of S3.
        case s3
        /// SSE-KMS with the key of this id or ARN; nil is the account's own key for S3.
        case kms(keyID: String?)
    }

    /// The bucket's name.
    public var bucket: String
    /// The region that requests are signed for.
    public var region: String
    /// `https://host[:port]` of another server than AWS's; nil is AWS.
    public var endpoint: String?
    /// How the bucket stands in a URL.
    public var addressStyle: AddressStyle
    /// Encryption of new objects.
    public var encryption: Encryption
    /// Bytes of each part of a multipart upload, at least 5 MiB; smaller objects go in one piece.
    public var partBytes: Int
    /// Time limits, retries, connections.
    public var limits: AWSLimits

    /// Names a bucket. Without a style, other servers than AWS's are addressed by path.
    public init(
        bucket: String,
        region: String = "us-east-1",
        endpoint: String? = nil,
        addressStyle: AddressStyle? = nil,
        encryption: Encryption = .bucketDefault,
        partBytes: Int = 16 << 20,
        limits: AWSLimits = AWSLimits()
    ) {
        self.bucket = bucket
        self.region = region
        self.endpoint = endpoint
        self.addressStyle = addressStyle ?? (endpoint == nil ? .virtualHost : .path)
        self.encryption = encryption
        self.partBytes = max(5 << 20, partBytes)
        self.limits = limits
    }

    /// Refuses an address that cannot work, before anything is sent.
    public func validate() throws(AWSError) { _ = try address() }

    /// Scheme, host and path prefix of requests.
    ///
    /// - Throws: ``AWSError`` with code `configuration`: for a bucket's name that S3 does not allow, and for plain `http` to
    ///   another machine.
    func address() throws(AWSError) -> (scheme: String, host: String, prefix: String) {
        let allowed = bucket.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        guard (3...63).contains(bucket.utf8.count), allowed else {
            throw AWSError(.configuration, "\(bucket.prefix(80)) is no bucket name: 3 to 63 of a-z, 0-9, - and .")
        }
        let server = try server()
        let scheme = server.isEncrypted ? "https" : "http"
        // A dot in the name would not fit the certificate of the virtual host.
        return addressStyle == .virtualHost && !(endpoint == nil && bucket.contains("."))
            ? (scheme, "\(bucket).\(server.host)", "") : (scheme, server.host, "/\(bucket)")
    }

    /// The server's host, with its port, and whether connections to it are encrypted.
    ///
    /// - Throws: ``AWSError`` with code `configuration` for an endpoint that is no address, and for plain `http` to another
    ///   machine: this is where TLS is required for S3, of our own client and of the engine.
    public func server() throws(AWSError) -> (host: String, isEncrypted: Bool) {
        guard let endpoint else { return ("s3.\(region).amazonaws.com", true) }
        let parts = endpoint.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count == 2, let scheme = parts.first?.dropLast(), ["http", "https"].contains(scheme) else {
            throw AWSError(.configuration, "the endpoint is https://host or https://host:port", location: endpoint)
        }
        let host = String(parts[1])
        let name = host.hasPrefix("[") ? host : String(host.prefix { $0 != ":" })
        let isNear = name == "localhost" || name.hasPrefix("127.") || name.hasPrefix("[::1]")
        guard scheme == "https" || isNear else {
            throw AWSError(.configuration, "plain http is accepted to this machine only: use https", location: endpoint)
        }
        return (host, scheme == "https")
    }
}
