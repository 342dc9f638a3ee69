// Mappings: SQL files that turn a folder's own tables into raw tables.

import Foundation
import LyceumCore

/// A folder of SQL files, each a SELECT over the folder's files (by their names without ending) named after the raw
/// table that it makes.
struct FileMapping: Sendable {
    /// Its name or path.
    let name: String
    /// Raw table → SELECT.
    let queries: [String: String]

    /// Reads a mapping: one that comes with Lyceum, by name, or a folder, by path.
    ///
    /// - Throws: ``SourceError`` with code `configuration`.
    init(_ name: String) throws {
        let folder: URL
        if name.contains("/") {
            folder = URL(fileURLWithPath: name, isDirectory: true)
        } else {
            folder = Bundle.module.bundleURL.appendingPathComponent("Mappings", isDirectory: true)
                .appendingPathComponent(name, isDirectory: true)
        }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        var queries: [String: String] = [:]
        for file in files where file.hasSuffix(".sql") {
            queries[String(file.dropLast(4))] = try String(
                contentsOf: folder.appendingPathComponent(file),
                encoding: .utf8
            )
        }
        guard !queries.isEmpty else {
            throw SourceError(
                .configuration,
                "There is no mapping '\(name)': name 'oulad', or the path (with a slash) of a folder of SQL files.",
                location: folder.path
            )
        }
        self.name = name
        self.queries = queries
    }

    /// The files that a query names.
    func inputs(of query: String, among files: [DataFile]) -> [DataFile] {
        files.filter { Self.names($0.stem, in: query) }
    }

    /// Whether a query names a table, as a whole word outside of comments.
    static func names(_ table: String, in query: String) -> Bool {
        let code = query.split(separator: "\n").map { line in
            line.firstRange(of: "--").map { line[..<$0.lowerBound] } ?? line
        }.joined(separator: "\n").lowercased()
        let word = table.lowercased()
        var rest = code[...]
        while let found = rest.firstRange(of: word) {
            let before = rest[..<found.lowerBound].last ?? " "
            let after = rest[found.upperBound...].first ?? " "
            func isPart(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
            if !isPart(before), !isPart(after) { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }
}
