// What a caller has left.

/// Where a caller stands with its limit after a request.
public struct RateBudget: Sendable, Hashable {
    /// The most requests at once.
    public let limit: Int
    /// Requests that may follow at once.
    public let remaining: Int
    /// Until the whole of ``limit`` is there again.
    public let reset: Duration
    /// How long to wait before the next request is admitted; nil when this one was.
    public let retryAfter: Duration?

    /// Whether the request may go on.
    public var isAdmitted: Bool { retryAfter == nil }
}
