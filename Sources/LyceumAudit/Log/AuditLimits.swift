// How much the record takes at once, and how often it signs.

/// Bounds of a record's writer.
public struct AuditLimits: Sendable {
    /// Bytes after which a file of lines is full and the next one begins.
    public var fileBytes = 64 << 20
    /// Entries that may wait to be written; more are refused.
    public var waitingEntries = 8192
    /// Bytes that may wait to be written; more are refused.
    public var waitingBytes = 32 << 20
    /// Bytes that are written and forced to the disk at once.
    public var batchBytes = 4 << 20
    /// Entries of one batch from which on the next one gathers for a while before it is written: those who come then share its
    /// write, and one who comes alone never waits.
    public var gatheringBatch = 4
    /// How long it gathers.
    public var gatheringTime = Duration.milliseconds(2)
    /// Students whose pseudonyms are remembered, so that those who are looked at often are not hashed each time.
    public var rememberedPseudonyms = 1 << 16
    /// How long they are remembered when nobody looks again.
    public var pseudonymLifetime = Duration.seconds(1200)
    /// Lines after which a checkpoint follows.
    public var checkpointLines = 1000
    /// How long lines stay without a checkpoint.
    public var checkpointInterval = Duration.seconds(1)
    /// How long to wait for another process that is writing.
    public var lockWait = Duration.seconds(5)

    /// The usual bounds.
    public init() {}

    /// Bytes of a text from outside that are kept; the rest is cut off.
    static let textBytes = 256
    /// Students in one line; an entry with more becomes several lines with the same request.
    static let subjectsInLine = 5000
    /// Names of fields in one line.
    static let fieldsInLine = 500
}
