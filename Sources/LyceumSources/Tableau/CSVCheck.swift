// Whether a CSV text came whole: every row as long as the heading, quotes closed, the last line ended. No I/O.

/// Looks at CSV as RFC 4180 has it, chunk by chunk, and notices what a broken transfer leaves behind.
struct CSVCheck: Sendable {
    private var columns: Int?
    private var fields = 1
    private var isQuoted = false
    private var afterQuote = false
    private var atFieldStart = true
    private var isRowEmpty = true
    private var isFirst = true
    private var rows = 0
    private var fault: Fault?
    private let delimiter: UInt8

    /// The first thing that is wrong.
    struct Fault: Sendable, Hashable {
        /// In words.
        var what: String
        /// Whether the text is no CSV at all.
        var isOtherFormat = false
    }

    /// Checks CSV with this separator.
    init(delimiter: UInt8 = UInt8(ascii: ",")) {
        self.delimiter = delimiter
    }

    /// What is wrong with a whole text; nil if nothing is.
    static func fault(in bytes: [UInt8]) -> Fault? {
        var check = CSVCheck()
        bytes.withUnsafeBufferPointer { check.add($0) }
        return check.finish()
    }

    /// Looks at the next bytes.
    mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
        for byte in bytes {
            if isFirst, ![0xEF, 0xBB, 0xBF, 0x20, 0x0A, 0x0D].contains(byte) {
                isFirst = false
                if byte == UInt8(ascii: "<") { fail("it is a page of HTML or XML", isOtherFormat: true) }
            }
            if isQuoted {
                if byte == UInt8(ascii: "\"") {
                    isQuoted = false
                    afterQuote = true
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                if afterQuote || atFieldStart {
                    isQuoted = true
                } else {
                    fail("a quote stands inside a value")
                }
                isRowEmpty = false
                atFieldStart = false
            case delimiter:
                fields += 1
                isRowEmpty = false
                atFieldStart = true
            case 0x0A:
                endRow()
            case 0x0D, 0xEF, 0xBB, 0xBF:
                // Line ends and the byte order mark, before a field begins.
                if byte != 0x0D, rows > 0 { atFieldStart = false }
            default:
                if afterQuote { fail("a value goes on behind its closing quote") }
                isRowEmpty = false
                atFieldStart = false
            }
            afterQuote = false
        }
    }

    /// The end of the text.
    ///
    /// - Returns: the first thing that is wrong, or nil.
    mutating func finish() -> Fault? {
        if isQuoted { fail("a quote is not closed") }
        if !isRowEmpty { fail("the last row has no end") }
        if rows == 0 { fail("there is no heading") }
        return fault
    }

    private mutating func endRow() {
        defer {
            fields = 1
            isRowEmpty = true
            atFieldStart = true
        }
        guard !isRowEmpty else { return }
        rows += 1
        guard let columns else {
            self.columns = fields
            return
        }
        if fields != columns { fail("row \(rows) has \(fields) values and the heading \(columns)") }
    }

    private mutating func fail(_ what: String, isOtherFormat: Bool = false) {
        if fault == nil { fault = Fault(what: what, isOtherFormat: isOtherFormat) }
    }
}
