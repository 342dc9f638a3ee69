// What a file is, by its name.

import Foundation

/// How a file's rows are written.
enum FileFormat: String, Sendable, Hashable {
    case csv
    case tsv
    case json
    case ndjson
    case parquet
    case xlsx

    /// The formats by name, for messages.
    static let names = "csv, tsv, json, ndjson, parquet, xlsx"

    /// Whether the file is text, in some encoding.
    var isText: Bool { self != .parquet && self != .xlsx }

    /// The format by the file's ending, `.gz` left aside; nil for files that are none of ours.
    init?(fileName: String) {
        var name = fileName.lowercased()
        if name.hasSuffix(".gz") { name.removeLast(3) }
        switch name.split(separator: ".").last {
        case "csv", "txt": self = .csv
        case "tsv", "tab": self = .tsv
        case "json": self = .json
        case "ndjson", "jsonl": self = .ndjson
        case "parquet": self = .parquet
        case "xlsx": self = .xlsx
        default: return nil
        }
    }
}

/// One file of a folder and how to read it.
struct DataFile: Sendable, Hashable {
    /// Its name in the folder.
    var name: String
    /// Its path.
    var path: String
    /// Its format.
    var format: FileFormat
    /// Its encoding; nil is UTF-8 unless a byte order mark, or its bytes where they are looked at, say otherwise.
    var encoding: String?
    /// Its separator; nil is found out.
    var delimiter: String?
    /// What encloses fields; nil is found out.
    var quote: String?
    /// What stands before a quote inside quotes; nil is found out.
    var escape: String?
    /// Whether the first record names the columns; nil is found out.
    var hasHeader: Bool?
    /// The columns' names, for files that do not name them.
    var columns: [String]?
    /// The sheet of a workbook; nil takes the first.
    var sheet: String?
    /// Whether encoding and dialect are found out by the file's content, where they are not stated. A source whose
    /// dialect is known (as Tableau's is) needs no guesses.
    var isGuessed = false
    /// The names that columns may have, to tell a heading.
    var expected: Set<String> = []

    /// Whether it is gzipped.
    var isCompressed: Bool { name.lowercased().hasSuffix(".gz") }

    /// How it is read as far as it is stated; part of what tells that nothing changed.
    var reading: String {
        let parts: [String?] = [
            format.rawValue, encoding, delimiter, quote, escape, hasHeader.map { "\($0)" },
            columns?.joined(separator: "\u{1F}"), sheet,
        ]
        return parts.map { $0 ?? "" }.joined(separator: "\u{1E}")
    }

    /// The name up to its endings: `students` of `students.csv.gz`.
    var stem: String {
        var stem = name.split(separator: "/").last.map(String.init) ?? name
        if isCompressed { stem.removeLast(3) }
        return stem.lastIndex(of: ".").map { String(stem[..<$0]) } ?? stem
    }
}
