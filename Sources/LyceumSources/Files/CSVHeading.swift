// The heading of a CSV file: its separator and its columns' names.

/// The first line of a CSV file.
struct CSVHeading: Sendable, Hashable {
    /// The separator.
    var delimiter: String
    /// The columns' names as written; those that are missing or come again are made up.
    var columns: [String]

    /// Reads a heading.
    ///
    /// - Parameter delimiter: the separator; nil takes the one of comma, semicolon, tab and bar that divides the heading
    ///   into the most parts.
    init(line: String, delimiter: String? = nil) {
        var line = line
        if line.hasSuffix("\r") { line.removeLast() }
        if line.first == "\u{FEFF}" { line.removeFirst() }
        var best = (delimiter: delimiter ?? ",", columns: Self.split(line, delimiter ?? ","))
        if delimiter == nil {
            for candidate in [";", "\t", "|"] {
                let columns = Self.split(line, candidate)
                if columns.count > best.columns.count { best = (candidate, columns) }
            }
        }
        self.delimiter = best.delimiter
        columns = ColumnNaming.distinct(
            best.columns.enumerated().map { index, name in
                let name = name.trimmingSpace
                return name.isEmpty ? "column_\(index + 1)" : name
            }
        )
    }

    private static func split(_ line: String, _ delimiter: String) -> [String] {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted, String(character) == delimiter {
                fields.append(field)
                field = ""
            } else {
                field.append(character)
            }
        }
        return fields + [field]
    }
}

extension String {
    /// The text without white space at its ends.
    fileprivate var trimmingSpace: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
