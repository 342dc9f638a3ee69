// A data file as an engine is told of it.

import Foundation

/// Where one Parquet file stands, and which data key opens it.
public struct DataFile: Sendable, Hashable {
    /// An absolute path, or an `s3://` URL.
    public var location: String
    /// The name of the data key that the file is encrypted with; nil for a plain file.
    public var key: String?

    /// Describes a file.
    public init(_ location: String, key: String? = nil) {
        self.location = location
        self.key = key
    }

    /// Describes a plain file on this machine.
    public init(_ url: URL) {
        self.init(url.path(percentEncoded: false))
    }
}
