// The columns of a CSV file, and the dialect in which it is written.

/// How a separated text file is read.
struct CSVHeading: Sendable, Hashable {
    /// Separator, quotes, and whether there is a heading.
    var dialect: CSVDialect
    /// The columns' names as written or stated; those that are missing or come again are made up.
    var columns: [String]

    /// Reads a heading from the start of a file.
    ///
    /// - Parameters:
    ///   - sample: whole records of UTF-8 text, without a byte order mark.
    ///   - stated: the columns' names where the user states them, for files without a heading.
    init(_ sample: [UInt8], dialect: CSVDialect, stated: [String]? = nil) {
        self.dialect = dialect
        let records = dialect.records(of: sample, limit: dialect.hasHeader ? 1 : CSVDialect.recordsSampled)
        var names: [String]
        if let stated {
            names = stated
        } else if dialect.hasHeader {
            names = (records.first ?? []).map(\.text)
        } else {
            // As many as most records have.
            let counts = Dictionary(grouping: records, by: \.count).mapValues(\.count)
            let usual = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
            names = Array(repeating: "", count: usual)
        }
        names = names.enumerated().map { index, name in
            let name = name.trimmingSpace
            return name.isEmpty ? "column_\(index + 1)" : name
        }
        columns = ColumnNaming.distinct(names)
    }
}

extension String {
    /// The text without white space at its ends.
    fileprivate var trimmingSpace: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
