// The name of one pipeline run.

import Foundation

/// A time-ordered identifier of a run, such as `20261123T081502Z-3f9a1c`.
///
/// It sorts by start time as text, is safe in file names and URLs, and names every file that the run writes.
public struct RunID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// The identifier as text.
    public let text: String

    /// A fresh identifier for a run that starts now.
    public init(startedAt: Date = Date(), entropy: UInt32 = .random(in: 0..<0x100_0000)) {
        let suffix = String(entropy & 0xFF_FFFF, radix: 16)
        text = Timestamp.compact(startedAt) + "-" + String(repeating: "0", count: 6 - suffix.count) + suffix
    }

    /// This identifier, or the first one of its kind after another that is not before it: of two runs of one second, or after
    /// the clock was set back.
    public func following(_ last: RunID?) -> RunID {
        guard let last, self <= last else { return self }
        let suffix = last.text.suffix(6)
        // With its last digits used up the second itself goes on.
        guard let number = UInt32(suffix, radix: 16), number < 0xFF_FFFF else {
            return Timestamp.parse(compact: last.text.prefix(16)).map { RunID(startedAt: $0 + 1, entropy: 0) } ?? self
        }
        let digits = String(number + 1, radix: 16)
        return RunID(last.text.prefix(17) + String(repeating: "0", count: 6 - digits.count) + digits) ?? self
    }

    /// Reads an identifier, or nil if the text is not one.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 16, parts[1].count == 6,
            text.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
                case UInt8(ascii: "T"), UInt8(ascii: "Z"), UInt8(ascii: "-"): true
                default: false
                }
            })
        else { return nil }
        self.text = text
    }

    /// The identifier as text.
    public var description: String { text }

    /// Orders runs by start time.
    public static func < (left: RunID, right: RunID) -> Bool { left.text < right.text }

    /// Reads the identifier from one string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = RunID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a run id")
        }
        self = id
    }

    /// Writes the identifier as one string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
