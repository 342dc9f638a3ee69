// Entries for other programs: as CSV, or as the record's own lines.

import Foundation

/// The forms in which entries are given out.
public enum AuditExportFormat: String, Sendable, CaseIterable {
    /// A heading and a row for each entry (RFC 4180); lists are separated by blanks.
    case csv
    /// The record's lines as they stand there, each with its hash.
    case jsonl
}

/// Writes entries out, piece by piece.
public struct AuditExport {
    private let reader: AuditReader
    private let format: AuditExportFormat

    /// Entries of a record in some form.
    public init(_ reader: AuditReader, _ format: AuditExportFormat) {
        self.reader = reader
        self.format = format
    }

    /// Hands the entries that fit to `write`, some hundred kilobytes at a time; returns how many there were.
    ///
    /// - Throws: what ``AuditReader/forEach(_:_:)`` throws, and what `write` throws.
    @discardableResult
    public func write(_ filter: AuditFilter = AuditFilter(), to write: (Data) throws -> Void) throws -> Int {
        var buffer = Data()
        var count = 0
        if format == .csv { buffer.append(contentsOf: (Self.columns.joined(separator: ",") + "\r\n").utf8) }
        try reader.forEachLine(filter) { record, line in
            switch format {
            case .csv: buffer.append(contentsOf: Self.row(record).utf8)
            case .jsonl:
                buffer.append(contentsOf: line)
                buffer.append(0x0A)
            }
            count += 1
            if buffer.count >= 1 << 18 {
                try write(buffer)
                buffer.removeAll(keepingCapacity: true)
            }
            return true
        }
        if !buffer.isEmpty { try write(buffer) }
        return count
    }

    private static let columns = [
        "sequence", "at", "request", "actor", "role", "action", "resource", "collection", "subjects", "fields", "query",
        "purpose", "basis", "outcome", "problem", "recipient", "party", "hash",
    ]

    private static func row(_ record: AuditRecord) -> String {
        let cells: [String?] = [
            String(record.sequence), record.at, record.request, record.actor, record.role, record.action,
            record.resource, record.collection, record.subjects.joined(separator: " "),
            record.fields.joined(separator: " "), record.query, record.purpose, record.basis, record.outcome,
            record.problem, record.recipient, record.party, record.hash,
        ]
        return cells.map { cell($0 ?? "") }.joined(separator: ",") + "\r\n"
    }

    private static func cell(_ text: String) -> String {
        // A spreadsheet takes a cell that begins so for a formula, and some of these texts come from callers.
        let text = text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
        guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
