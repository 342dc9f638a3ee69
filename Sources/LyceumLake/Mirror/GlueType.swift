// The engine's column types in the words of Hive, which Glue and Athena use.

/// Translates column types.
enum GlueType {
    /// The Hive type under which Athena reads a column that the engine has written to Parquet.
    ///
    /// Unsigned 64-bit integers have no Hive type: they are read as `bigint`, bit for bit. A type that is not known here is
    /// read as text.
    static func of(_ type: String) -> String {
        let text = type.trimmingPrefix(while: \.isWhitespace)
        if text.hasSuffix("]"), let open = text.lastIndex(of: "[") { return "array<\(of(String(text[..<open])))>" }
        let name = String(text.prefix { $0 != "(" }).trimmedName
        let members = arguments(of: String(text))
        switch name {
        case "BOOLEAN": return "boolean"
        case "TINYINT": return "tinyint"
        case "SMALLINT", "UTINYINT": return "smallint"
        case "INTEGER", "USMALLINT": return "int"
        case "BIGINT", "UINTEGER", "UBIGINT": return "bigint"
        case "FLOAT": return "float"
        // Integers of 128 bits stand in Parquet as double.
        case "DOUBLE", "HUGEINT", "UHUGEINT": return "double"
        case "DECIMAL": return "decimal(\(members.joined(separator: ",")))"
        case "DATE": return "date"
        case "BLOB": return "binary"
        case "STRUCT": return "struct<" + members.map(member).joined(separator: ",") + ">"
        case "MAP": return "map<" + members.map(of).joined(separator: ",") + ">"
        default: return name.hasPrefix("TIMESTAMP") || name == "DATETIME" ? "timestamp" : "string"
        }
    }

    /// `"name" TYPE` as `name:type`.
    private static func member(_ text: String) -> String {
        if text.hasPrefix("\""), let close = text.dropFirst().firstIndex(of: "\"") {
            let name = text[text.index(after: text.startIndex)..<close]
            return "\(name.lowercased()):\(of(String(text[text.index(after: close)...])))"
        }
        let name = text.prefix { $0 != " " }
        return "\(name.lowercased()):\(of(String(text.dropFirst(name.count))))"
    }

    /// What stands between the outer parentheses, divided at its outer commas.
    private static func arguments(of type: String) -> [String] {
        guard let open = type.firstIndex(of: "("), let close = type.lastIndex(of: ")"), open < close else { return [] }
        var parts = [""]
        var depth = 0
        var isQuoted = false
        for character in type[type.index(after: open)..<close] {
            if character == "\"" { isQuoted.toggle() }
            if !isQuoted, character == "(" { depth += 1 }
            if !isQuoted, character == ")" { depth -= 1 }
            if !isQuoted, depth == 0, character == "," {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.map { String($0.trimmingPrefix(while: \.isWhitespace)) }
    }
}

extension String {
    fileprivate var trimmedName: String { String(prefix { !$0.isWhitespace || $0 == "_" }).uppercased() }
}
