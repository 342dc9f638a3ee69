// The end of a file of lines, read without the rest of it.

import Foundation

/// The last whole line of a file, and where it ends.
struct RecordTail {
    /// The last whole line; nil if the file has none.
    var line: ChainLine?
    /// How many bytes are whole lines; what is behind them is the beginning of a line that was never finished.
    var end: Int

    /// Reads backwards from the end until the last whole line is found.
    ///
    /// - Throws: ``AuditError`` with code `damaged` if the last whole line is not as it was written.
    init(of file: SystemFile, size: Int) throws(AuditError) {
        var length = min(size, 64 << 10)
        while true {
            let bytes = try file.load(at: size - length, count: length)
            let isWhole = length == size
            guard let last = bytes.lastIndex(of: 0x0A) else {
                if isWhole {
                    self.init(line: nil, end: 0)
                    return
                }
                length = try Self.longer(length, size, file)
                continue
            }
            let before = bytes[..<last].lastIndex(of: 0x0A)
            guard before != nil || isWhole else {
                length = try Self.longer(length, size, file)
                continue
            }
            let text = bytes[(before.map { $0 + 1 } ?? 0)..<last]
            let line = text.withUnsafeBytes { ChainLine($0) }
            guard let line, line.isIntact else {
                throw Self.damaged(file.url, "its last line is not as it was written")
            }
            self.init(line: line, end: size - length + last + 1)
            return
        }
    }

    private init(line: ChainLine?, end: Int) {
        self.line = line
        self.end = end
    }

    private static func longer(_ length: Int, _ size: Int, _ file: SystemFile) throws(AuditError) -> Int {
        guard length <= LineForm.longest else { throw damaged(file.url, "its end is no line") }
        return min(size, length * 4)
    }

    /// The error of a record that nothing may be appended to.
    static func damaged(_ url: URL, _ what: String) -> AuditError {
        AuditError(
            .damaged,
            "the audit record is damaged: \(what). Nothing is answered without a record: see 'lyceum audit verify', keep the "
                + "folder as it is for the auditor, and put back a copy or move it away to begin a new record",
            location: url.path
        )
    }
}
