// What a file is, by its name.

import Foundation

/// How a file's rows are written.
enum FileFormat: String, Sendable, Hashable {
    case csv
    case tsv
    case json
    case ndjson
    case parquet

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
    /// Its encoding; nil is UTF-8.
    var encoding: String?
    /// Its separator; nil is found from the heading.
    var delimiter: String?

    /// Whether it is gzipped.
    var isCompressed: Bool { name.lowercased().hasSuffix(".gz") }

    /// The name up to its endings: `students` of `students.csv.gz`.
    var stem: String {
        var stem = name
        if isCompressed { stem.removeLast(3) }
        return stem.lastIndex(of: ".").map { String(stem[..<$0]) } ?? stem
    }
}
