// A lake's place in a bucket.

import Foundation
import LyceumAWS

/// A bucket, and the prefix below which a lake stands in it.
public struct S3Location: Sendable, Hashable, CustomStringConvertible {
    /// The bucket, how it is reached, and how the server encrypts what is written.
    public var bucket: S3Configuration
    /// What the lake's keys start with, without `/` at either end; empty for the whole bucket.
    public var prefix: String
    /// The profile of AWS's files whose credentials are used; nil looks where AWS's own tools look.
    public var profile: String?

    /// Names a place.
    public init(bucket: S3Configuration, prefix: String = "", profile: String? = nil) {
        self.bucket = bucket
        self.prefix = prefix.split(separator: "/", omittingEmptySubsequences: true).joined(separator: "/")
        self.profile = profile
    }

    /// Reads `s3://bucket/prefix`; nil for anything else.
    ///
    /// - Parameter environment: where AWS's own tools look for region and server.
    public init?(url: String, environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard url.hasPrefix("s3://") else { return nil }
        let parts = url.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bucket = S3Configuration(
            bucket: String(parts[0]),
            region: Self.region(environment),
            endpoint: Self.endpoint(environment)
        )
        self.init(bucket: bucket, prefix: parts.count > 1 ? String(parts[1]) : "")
    }

    /// The region that AWS's own tools find.
    public static func region(_ environment: [String: String]) -> String {
        environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1"
    }

    /// The server that AWS's own tools find; nil for AWS's own.
    public static func endpoint(_ environment: [String: String]) -> String? {
        environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"]
    }

    /// `s3://bucket/prefix`.
    public var description: String { "s3://\(bucket.bucket)" + (prefix.isEmpty ? "" : "/\(prefix)") }
}
