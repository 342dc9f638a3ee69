// SQL identifiers and literals, quoted.

/// Quotes names and values for SQL text, for the places where a bound parameter cannot stand.
public enum SQLText {
    /// A double-quoted identifier; embedded quotes are doubled.
    public static func identifier(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// A single-quoted string literal; embedded quotes are doubled.
    public static func literal(_ value: String) -> String {
        "'" + value.replacing("'", with: "''") + "'"
    }
}
