// A lake's place in a bucket.

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

    /// `s3://bucket/prefix`.
    public var description: String { "s3://\(bucket.bucket)" + (prefix.isEmpty ? "" : "/\(prefix)") }
}
