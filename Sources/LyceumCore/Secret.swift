// A value that must never reach a log, an error or a terminal.

/// A secret (password, token, client secret) that prints as `[redacted]`.
///
/// Only ``reveal()`` gives the value, so that a search for that name finds every place that uses one.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Wraps a value read from the environment or from a secret file.
    public init(_ value: String) {
        self.value = value
    }

    /// The value itself, for the one call that sends it.
    public func reveal() -> String { value }

    /// Whether the secret is the empty string, which most often means an unset variable.
    public var isEmpty: Bool { value.isEmpty }

    /// Always `[redacted]`.
    public var description: String { "[redacted]" }

    /// Always `[redacted]`.
    public var debugDescription: String { "[redacted]" }

    /// Always without children, so that `dump` and test failures show nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
