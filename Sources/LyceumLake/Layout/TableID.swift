// A table of the lake: its zone and its name.

import LyceumCore

/// Identifies one table by zone and name, such as `clean.students`.
///
/// The same name may stand in several zones: `quarantine.students` holds what `clean.students` set aside.
public struct TableID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// The zone that the table is in.
    public var zone: Zone
    /// The table's name within its zone.
    public var name: String

    /// Names a table; the name is checked where a path is made of it.
    public init(_ zone: Zone, _ name: String) {
        self.zone = zone
        self.name = name
    }

    /// Reads `zone.name`, or nil if the text is not of that form.
    public init?(_ text: String) {
        guard let dot = text.firstIndex(of: "."), let zone = Zone(rawValue: String(text[..<dot])) else { return nil }
        self.init(zone, String(text[text.index(after: dot)...]))
        guard Self.isValid(name: name) else { return nil }
    }

    /// `zone.name`.
    public var description: String { "\(zone.rawValue).\(name)" }

    /// Orders tables by the direction of flow, then by name.
    public static func < (left: TableID, right: TableID) -> Bool {
        left.zone == right.zone ? left.name < right.name : left.zone < right.zone
    }

    /// Whether the text is a table name: lower-case letters, digits and `_`, a letter first, at most 63 characters.
    public static func isValid(name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first),
            name.utf8.count <= 63
        else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }

    func validate() throws {
        guard Self.isValid(name: name) else {
            throw LakeError(
                .invalidName,
                "'\(name)' is not a table name: use lower-case letters, digits and '_', a letter first, at most 63."
            )
        }
    }
}
