// Types and paths under both engines' names.

import Arrow

/// Translates the embedded engine's names of types, which contracts and the catalog use, and Spark's.
enum SparkType {
    /// Spark's name for one of the embedded engine's types.
    static func sparkName(of type: String) -> String {
        if type.hasSuffix("[]") { return "ARRAY<\(sparkName(of: String(type.dropLast(2))))>" }
        if type.hasPrefix("STRUCT("), type.hasSuffix(")") {
            let members = members(of: String(type.dropFirst(7).dropLast())).map { member -> String in
                let parts = member.split(separator: " ", maxSplits: 1).map(String.init)
                let name = parts[0].replacing("\"", with: "")
                return "\(SparkSQL.identifier(name)): \(sparkName(of: parts.count > 1 ? parts[1] : "VARCHAR"))"
            }
            return "STRUCT<\(members.joined(separator: ", "))>"
        }
        switch type {
        case "VARCHAR", "JSON", "UUID": return "STRING"
        case "INTEGER": return "INT"
        case "UTINYINT": return "SMALLINT"
        case "USMALLINT": return "INT"
        case "UINTEGER": return "BIGINT"
        case "UBIGINT": return "DECIMAL(20, 0)"
        case "HUGEINT", "UHUGEINT": return "DOUBLE"
        case "TIMESTAMP": return "TIMESTAMP_NTZ"
        case "TIMESTAMP WITH TIME ZONE": return "TIMESTAMP_LTZ"
        case "BLOB": return "BINARY"
        default: return type
        }
    }

    /// The embedded engine's name for the type in which Spark's rows arrive.
    static func engineName(of type: DataType) -> String {
        switch type {
        case .list(let element), .largeList(let element): return engineName(of: element.type) + "[]"
        case .structure(let fields):
            let members = fields.map { "\"\($0.name)\" \(engineName(of: $0.type))" }
            return "STRUCT(\(members.joined(separator: ", ")))"
        case .binary, .largeBinary: return "BLOB"
        default: return EngineType(type)?.name ?? "\(type)"
        }
    }

    private static func members(of text: String) -> [String] {
        var result: [String] = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                result.append("")
            } else {
                result[result.count - 1].append(character)
            }
        }
        return result.map { String($0.drop { $0 == " " }) }
    }

    /// A file's or folder's location as Hadoop's file systems name it.
    static func location(_ location: String) -> String {
        location.hasPrefix("s3://") ? "s3a" + location.dropFirst(2) : location
    }

    /// One path for several files: a glob with all of them.
    static func path(of locations: [String]) -> String {
        let escaped = locations.map { text in
            location(text).map { "{}[]*?\\,".contains($0) ? "\\\($0)" : String($0) }.joined()
        }
        guard escaped.count > 1 else { return escaped.first ?? "" }
        var common = escaped[0]
        for text in escaped { common = String(zip(common, text).prefix { $0 == $1 }.map(\.0)) }
        let prefix = common.lastIndex(of: "/").map { common[...$0] } ?? ""
        return "\(prefix){\(escaped.map { $0.dropFirst(prefix.count) }.joined(separator: ","))}"
    }
}
