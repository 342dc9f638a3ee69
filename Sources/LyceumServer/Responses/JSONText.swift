// JSON written by hand, for the few small objects that are not stored documents.

/// Builds the text of one JSON object, member by member, in the order given.
struct JSONObjectText {
    private var members = ""

    /// The object.
    var text: String { "{" + members + "}" }

    mutating func add(_ name: String, _ value: String) {
        add(name, raw: JSONText.quoted(value))
    }

    mutating func add(_ name: String, _ value: Int) {
        add(name, raw: String(value))
    }

    /// Adds a member whose value is JSON already.
    mutating func add(_ name: String, raw value: String) {
        if !members.isEmpty { members += "," }
        members += JSONText.quoted(name) + ":" + value
    }
}

/// JSON string literals.
enum JSONText {
    /// Texts as a JSON array.
    static func list(_ texts: [String]) -> String {
        "[" + texts.map(quoted).joined(separator: ",") + "]"
    }

    /// The text as a JSON string, with what RFC 8259 section 7 wants escaped, and also U+2028, U+2029, DEL.
    static func quoted(_ text: String) -> String {
        // Nearly every text is plain.
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C }) {
            return "\"" + text + "\""
        }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _
            where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
