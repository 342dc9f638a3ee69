// Which files of a folder belong to which raw table.

import Foundation
import LyceumCore

/// A configured folder as it is now.
struct FileFolder: Sendable {
    /// Raw table → its files, in the order of their names.
    var tables: [String: [DataFile]] = [:]
    /// Every file that can be read, for mappings.
    var files: [DataFile] = []
    /// Files of unknown kinds.
    var ignored: [String] = []

    /// Looks into the folder.
    ///
    /// - Throws: ``SourceError`` with code `notFound` or `configuration`.
    init(_ configuration: FilesConfiguration) throws {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: configuration.path).sorted()
        } catch {
            throw SourceError(
                .notFound,
                "The folder cannot be read; check 'path' and its permissions.",
                location: configuration.path,
                cause: error
            )
        }
        var claimed: Set<String> = []
        for (table, options) in configuration.tables.sorted(by: { $0.key < $1.key }) {
            for name in names where Self.matches(name, options.glob) {
                let format = try Self.format(of: name, stated: options.format)
                claimed.insert(name)
                tables[table, default: []].append(
                    DataFile(
                        name: name,
                        path: Self.path(name, configuration),
                        format: format,
                        encoding: options.encoding ?? configuration.encoding,
                        delimiter: options.delimiter
                    )
                )
            }
        }
        for name in names where !name.hasPrefix(".") {
            var isFolder: ObjCBool = false
            let path = Self.path(name, configuration)
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            guard let format = FileFormat(fileName: name) else {
                if !claimed.contains(name) { ignored.append(name) }
                continue
            }
            let file = DataFile(name: name, path: path, format: format, encoding: configuration.encoding)
            files.append(file)
            if !claimed.contains(name) { tables[Self.table(stem: file.stem), default: []].append(file) }
        }
    }

    /// The raw table that a file name means: `students` and `oracle_students` → `oracle_students`.
    static func table(stem: String) -> String {
        let name = ColumnNaming.snakeCase(stem)
        if Contract.of(name) != nil { return name }
        let match = Contract.all.first { $0.table.drop { $0 != "_" }.dropFirst() == name }
        return match?.table ?? "files_" + name
    }

    private static func path(_ name: String, _ configuration: FilesConfiguration) -> String {
        URL(fileURLWithPath: configuration.path, isDirectory: true).appendingPathComponent(name).path
    }

    private static func format(of name: String, stated: String?) throws -> FileFormat {
        if let stated {
            if let format = FileFormat(rawValue: stated) { return format }
            throw SourceError(
                .configuration,
                "The format '\(stated)' is none of csv, tsv, json, ndjson, parquet.",
                location: name
            )
        }
        if let format = FileFormat(fileName: name) { return format }
        throw SourceError(.configuration, "The file's ending does not tell its format; state 'format'.", location: name)
    }

    /// Whether a name fits a glob of `*` and `?`.
    static func matches(_ name: String, _ glob: String) -> Bool {
        func match(_ name: Substring, _ glob: Substring) -> Bool {
            guard let first = glob.first else { return name.isEmpty }
            switch first {
            case "*":
                // Greedy with one star at a time is enough: the last star takes the rest.
                var rest = name
                while true {
                    if match(rest, glob.dropFirst()) { return true }
                    if rest.isEmpty { return false }
                    rest = rest.dropFirst()
                }
            case "?": return !name.isEmpty && match(name.dropFirst(), glob.dropFirst())
            default: return name.first == first && match(name.dropFirst(), glob.dropFirst())
            }
        }
        return match(name[...], glob[...])
    }
}
