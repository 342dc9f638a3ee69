// What every source that is reached over HTTP can be told about its connections.

/// Limits and trust of a source's connections.
public struct ConnectionSettings: Sendable, Hashable {
    /// The longest time for a connection to be made, in seconds.
    public var connectTimeoutSeconds: Double
    /// The longest silence of the source, in seconds.
    public var readTimeoutSeconds: Double
    /// A file of certificates in PEM that are trusted besides the system's; nil trusts only those.
    public var caFile: String?

    /// Sets limits and trust.
    public init(connectTimeoutSeconds: Double = 10, readTimeoutSeconds: Double = 60, caFile: String? = nil) {
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.readTimeoutSeconds = readTimeoutSeconds
        self.caFile = caFile
    }
}
