// How a separated text file is written: separator, quotes, escapes, heading.

/// The dialect of a CSV or TSV file.
struct CSVDialect: Sendable, Hashable {
    /// The separator.
    var delimiter = ","
    /// What encloses fields; empty for nothing.
    var quote = "\""
    /// What stands before a quote inside quotes: the quote itself, or a backslash.
    var escape = "\""
    /// Whether the first record names the columns.
    var hasHeader = true

    /// What a user stated; nil is to be found out.
    struct Stated: Sendable, Hashable {
        var delimiter: String?
        var quote: String?
        var escape: String?
        var hasHeader: Bool?
    }

    /// In words, such as `separated by ';', quoted by ''', without a heading`.
    var description: String {
        let names = ["\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"]
        var parts = ["separated by \(names[delimiter] ?? "'\(delimiter)'")"]
        if quote.isEmpty { parts.append("nothing quoted") } else if quote != "\"" { parts.append("quoted by \(quote)") }
        if !quote.isEmpty, escape != quote { parts.append("escaped by \(escape)") }
        if !hasHeader { parts.append("without a heading") }
        return parts.joined(separator: ", ")
    }

    /// Records to look at.
    static let recordsSampled = 500

    /// Finds out the dialect from the start of a file.
    ///
    /// The separator is that of `, ; tab |` under which most records have equally many fields, at least two; the quote is
    /// the double one unless fields are enclosed in single ones; there is a heading unless the first record looks like
    /// the ones below it: a column that holds only numbers or dates from the first record on, and none that does so
    /// from the second on. Where there is only one record, or only text, the first record is the heading.
    ///
    /// - Parameters:
    ///   - sample: whole records of UTF-8 text, without a byte order mark.
    ///   - expected: names that columns may have, in snake_case: a first record with one of them is a heading.
    static func sniff(_ sample: [UInt8], stated: Stated = Stated(), expected: Set<String> = []) -> CSVDialect {
        var dialect = CSVDialect()
        let quotes = stated.quote.map { [$0] } ?? ["\"", "'"]
        let delimiters = stated.delimiter.map { [$0] } ?? [",", ";", "\t", "|"]
        var best: (score: (agreement: Int, fields: Int), records: [[Field]])?
        for quote in quotes {
            for delimiter in delimiters {
                let escape = stated.escape ?? Self.escape(of: sample, quote: quote)
                let candidate = CSVDialect(delimiter: delimiter, quote: quote, escape: escape)
                let records = candidate.records(of: sample, limit: recordsSampled)
                let score = Self.score(records)
                // Single quotes must enclose something to be more than apostrophes.
                if quote == "'", stated.quote == nil {
                    let fields = records.joined()
                    let enclosed = fields.count(where: \.isQuoted)
                    guard enclosed > 0, enclosed * 4 > fields.count, !sample.contains(0x22) else { continue }
                }
                let isBetter = best.map { score > $0.score || (quote == "'" && score >= $0.score) } ?? true
                if isBetter {
                    best = (score, records)
                    dialect = candidate
                }
            }
        }
        dialect.hasHeader = stated.hasHeader ?? Self.hasHeader(best?.records ?? [], expected: expected)
        return dialect
    }

    // MARK: Reading a sample

    /// A field of the sample.
    struct Field: Sendable, Hashable {
        var text: String
        var isQuoted: Bool
    }

    /// The first records of a text, blank ones left out.
    func records(of sample: [UInt8], limit: Int) -> [[Field]] {
        guard let separator = delimiter.utf8.first, delimiter.utf8.count == 1 else {
            return recordsByText(String(decoding: sample, as: UTF8.self), limit: limit)
        }
        let mark = quote.utf8.first
        let slash = escape.utf8.first
        var records: [[Field]] = []
        var record: [Field] = []
        var field: [UInt8] = []
        var isQuoted = false
        var isOpen = false
        var index = 0
        func end() {
            record.append(Field(text: String(decoding: field, as: UTF8.self), isQuoted: isQuoted))
            field.removeAll(keepingCapacity: true)
            isQuoted = false
        }
        func endRecord() {
            end()
            if record.count > 1 || !record[0].text.isEmpty || record[0].isQuoted { records.append(record) }
            record = []
        }
        while index < sample.count, records.count < limit {
            let byte = sample[index]
            let next = index + 1 < sample.count ? sample[index + 1] : 0
            if isOpen {
                if byte == slash, slash != mark, next == mark || next == slash {
                    field.append(next)
                    index += 1
                } else if byte == mark {
                    if slash == mark, next == mark {
                        field.append(byte)
                        index += 1
                    } else {
                        isOpen = false
                    }
                } else {
                    field.append(byte)
                }
            } else if byte == mark, field.isEmpty, !isQuoted {
                isOpen = true
                isQuoted = true
            } else if byte == separator {
                end()
            } else if byte == 0x0A {
                endRecord()
            } else if byte != 0x0D {
                field.append(byte)
            }
            index += 1
        }
        if records.count < limit, !field.isEmpty || !record.isEmpty { endRecord() }
        return records
    }

    /// A separator of several bytes: lines, without quotes.
    private func recordsByText(_ text: String, limit: Int) -> [[Field]] {
        text.split(whereSeparator: \.isNewline).prefix(limit).map { line in
            String(line).components(separatedBy: delimiter).map { Field(text: $0, isQuoted: false) }
        }
    }

    private static func escape(of sample: [UInt8], quote: String) -> String {
        guard let mark = quote.utf8.first else { return quote }
        var doubled = 0
        var slashed = 0
        for index in sample.indices.dropLast(2) where sample[index + 1] == mark {
            let after = sample[index + 2]
            if sample[index] == mark, ![0x2C, 0x3B, 0x09, 0x7C, 0x0A, 0x0D].contains(after) { doubled += 1 }
            // A backslash at a field's end is only a backslash.
            if sample[index] == 0x5C, ![0x2C, 0x3B, 0x09, 0x7C, 0x0A, 0x0D].contains(after) { slashed += 1 }
        }
        return slashed > doubled ? "\\" : quote
    }

    /// How many records in a hundred have the usual number of fields, and that number; nothing for a single field.
    private static func score(_ records: [[Field]]) -> (agreement: Int, fields: Int) {
        var counts: [Int: Int] = [:]
        for record in records { counts[record.count, default: 0] += 1 }
        let usual = counts.filter { $0.key > 1 }.max { ($0.value, $0.key) < ($1.value, $1.key) }
        guard let usual, usual.value * 2 >= records.count else { return (0, 0) }
        return (usual.value * 10 / records.count, usual.key)
    }

    // MARK: Heading

    private enum Kind { case blank, number, date, text }

    private static func kind(_ field: Field) -> Kind {
        let text = field.text.filter { !$0.isWhitespace }
        if text.isEmpty { return .blank }
        if Double(text) != nil || Double(text.replacing(",", with: ".")) != nil { return .number }
        let isDate = text.wholeMatch(of: /\d{4}-\d{2}-\d{2}.*|\d{1,2}[.\/]\d{1,2}[.\/]\d{2,4}.*/) != nil
        return isDate ? .date : .text
    }

    private static func hasHeader(_ records: [[Field]], expected: Set<String>) -> Bool {
        guard let first = records.first, records.count > 1 else { return true }
        if first.contains(where: { expected.contains(ColumnNaming.snakeCase($0.text)) }) { return true }
        var alike = 0
        for column in first.indices {
            let below = Set(records.dropFirst().compactMap { $0.indices.contains(column) ? kind($0[column]) : nil })
                .subtracting([.blank])
            guard below.count == 1, let usual = below.first, usual != .text else { continue }
            switch kind(first[column]) {
            case usual: alike += 1
            case .text: return true
            default: break
            }
        }
        return alike == 0
    }
}
