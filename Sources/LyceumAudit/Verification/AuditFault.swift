// The first thing in a record that is not as it was written, and where.

/// The first fault that a verification found.
public struct AuditFault: Sendable, Hashable, Codable, CustomStringConvertible {
    /// What is wrong.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// A line has not the form of a line.
        case malformed
        /// A line is not the one that its own hash was made of.
        case changed
        /// A line and its hash were written anew: the line after it is chained to another.
        case rewritten
        /// Lines are not there.
        case missing
        /// A line stands where it does not belong: it was inserted, repeated or moved.
        case outOfPlace = "out_of_place"
        /// A checkpoint's signature is not of the lines before it.
        case badCheckpoint = "bad_checkpoint"
        /// The end is not there.
        case cut
        /// The signed head is missing, was changed, or names another line than the one that stands there.
        case badHead = "bad_head"
        /// The record is of another key.
        case wrongKey = "wrong_key"
        /// A file that holds what was set aside is missing or was changed.
        case badTorn = "bad_torn"
    }

    /// What is wrong.
    public var kind: Kind
    /// The file's name within the record's folder.
    public var file: String
    /// The line's number in its file, from 1; nil if the fault is of the file.
    public var line: Int?
    /// The sequence of the line that is, or should be, there.
    public var sequence: UInt64?
    /// What was found, in words.
    public var message: String

    /// Describes a fault.
    public init(_ kind: Kind, file: String, line: Int? = nil, sequence: UInt64? = nil, _ message: String) {
        self.kind = kind
        self.file = file
        self.line = line
        self.sequence = sequence
        self.message = message
    }

    /// `audit-….jsonl:12: line 12 was changed …`.
    public var description: String { "\(place): \(message)" }

    /// `audit-….jsonl:12`.
    public var place: String { line.map { "\(file):\($0)" } ?? file }
}

/// What a verification found.
public struct AuditVerification: Sendable, Hashable, Codable {
    /// Whether the record is as it was written.
    public var ok: Bool { fault == nil }
    /// Files of lines that were read.
    public var files = 0
    /// Lines found in order before the first fault, or all.
    public var lines: UInt64 = 0
    /// Of those, entries.
    public var entries: UInt64 = 0
    /// Of those, checkpoints with a valid signature.
    public var checkpoints: UInt64 = 0
    /// Lines after the last checkpoint, which no signature covers yet.
    public var unsigned: UInt64 = 0
    /// The last line in order, as `SEQUENCE:HASH`, to be noted elsewhere.
    public var head: String?
    /// When the last checkpoint was signed.
    public var signedAt: String?
    /// The first fault.
    public var fault: AuditFault?
    /// What is no fault, and worth knowing.
    public var notes: [String] = []

    /// Nothing verified yet.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case ok, files, lines, entries, checkpoints, unsigned, head, fault, notes
        case signedAt = "signed_at"
    }

    /// Writes what was found, and whether all is well.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(ok, forKey: .ok)
        try container.encode(files, forKey: .files)
        try container.encode(lines, forKey: .lines)
        try container.encode(entries, forKey: .entries)
        try container.encode(checkpoints, forKey: .checkpoints)
        try container.encode(unsigned, forKey: .unsigned)
        try container.encodeIfPresent(head, forKey: .head)
        try container.encodeIfPresent(signedAt, forKey: .signedAt)
        try container.encodeIfPresent(fault, forKey: .fault)
        try container.encode(notes, forKey: .notes)
    }

    /// Reads what was found.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        files = try container.decode(Int.self, forKey: .files)
        lines = try container.decode(UInt64.self, forKey: .lines)
        entries = try container.decode(UInt64.self, forKey: .entries)
        checkpoints = try container.decode(UInt64.self, forKey: .checkpoints)
        unsigned = try container.decode(UInt64.self, forKey: .unsigned)
        head = try container.decodeIfPresent(String.self, forKey: .head)
        signedAt = try container.decodeIfPresent(String.self, forKey: .signedAt)
        fault = try container.decodeIfPresent(AuditFault.self, forKey: .fault)
        notes = try container.decode([String].self, forKey: .notes)
    }
}
