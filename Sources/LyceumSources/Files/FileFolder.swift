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
        let below =
            configuration.tables.values.contains { $0.glob.contains("/") }
            ? try Self.namesBelow(configuration.path) : []
        for (table, options) in configuration.tables.sorted(by: { $0.key < $1.key }) {
            for name in options.glob.contains("/") ? below : names where Self.matches(name, options.glob) {
                let format = try Self.format(of: name, stated: options.format)
                claimed.insert(name)
                tables[table, default: []].append(
                    DataFile(
                        name: name,
                        path: Self.path(name, configuration),
                        format: format,
                        encoding: options.encoding ?? configuration.encoding,
                        delimiter: options.delimiter,
                        quote: options.quote,
                        escape: options.escape,
                        hasHeader: options.hasHeader,
                        columns: options.columns,
                        sheet: options.sheet,
                        isGuessed: true,
                        expected: Set(Contract.of(table)?.columns ?? [])
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
            var file = DataFile(
                name: name,
                path: path,
                format: format,
                encoding: configuration.encoding,
                isGuessed: true
            )
            let table = Self.table(stem: file.stem)
            file.expected = Set(Contract.of(table)?.columns ?? [])
            files.append(file)
            if !claimed.contains(name) { tables[table, default: []].append(file) }
        }
    }

    /// The raw table that a file name means: `students` and `oracle_students` → `oracle_students`.
    static func table(stem: String) -> String {
        let name = ColumnNaming.snakeCase(stem)
        if Contract.of(name) != nil { return name }
        let match = Contract.all.first { $0.table.drop { $0 != "_" }.dropFirst() == name }
        return match?.table ?? "files_" + name
    }

    /// How deep folders are looked into for a glob with a slash.
    private static let deepest = 16

    /// The files below the folder as relative paths, sorted; hidden ones and links to folders left out.
    private static func namesBelow(_ path: String) throws -> [String] {
        let keys: [URLResourceKey] = [.isSymbolicLinkKey]
        let root = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL
        var names: [String] = []
        var folders = [""]
        while let folder = folders.popLast() {
            let here = root.appendingPathComponent(folder, isDirectory: true)
            for name in try FileManager.default.contentsOfDirectory(atPath: here.path) where !name.hasPrefix(".") {
                let relative = folder.isEmpty ? name : folder + "/" + name
                let attributes = try here.appendingPathComponent(name).resourceValues(forKeys: Set(keys))
                var isFolder: ObjCBool = false
                let file = here.appendingPathComponent(name).path
                guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else { continue }
                if !isFolder.boolValue {
                    names.append(relative)
                } else if attributes.isSymbolicLink != true, relative.split(separator: "/").count < deepest {
                    folders.append(relative)
                }
            }
        }
        return names.sorted()
    }

    private static func path(_ name: String, _ configuration: FilesConfiguration) -> String {
        URL(fileURLWithPath: configuration.path, isDirectory: true).appendingPathComponent(name).path
    }

    private static func format(of name: String, stated: String?) throws -> FileFormat {
        if let stated {
            if let format = FileFormat(rawValue: stated) { return format }
            throw SourceError(
                .configuration,
                "The format '\(stated)' is none of \(FileFormat.names).",
                location: name
            )
        }
        if let format = FileFormat(fileName: name) { return format }
        throw SourceError(
            .configuration,
            name.lowercased().hasSuffix(".xls")
                ? "Excel's old binary format is not read; save the workbook as .xlsx."
                : "The file's ending does not tell its format; state 'format': one of \(FileFormat.names).",
            location: name
        )
    }

    /// Whether a relative path fits a glob: `*` and `?` within a name, `**/` for any folders, `[a-c]` and `[!a-c]` for a
    /// character.
    static func matches(_ name: String, _ glob: String) -> Bool {
        func match(_ name: Substring, _ glob: Substring) -> Bool {
            guard let first = glob.first else { return name.isEmpty }
            if glob.hasPrefix("**/") {
                if match(name, glob.dropFirst(3)) { return true }
                guard let slash = name.firstIndex(of: "/") else { return false }
                return match(name[name.index(after: slash)...], glob)
            }
            switch first {
            case "*":
                var rest = name
                while true {
                    if match(rest, glob.dropFirst()) { return true }
                    guard let next = rest.first, next != "/" else { return false }
                    rest = rest.dropFirst()
                }
            case "?": return name.first.map { $0 != "/" } ?? false && match(name.dropFirst(), glob.dropFirst())
            case "[":
                guard let end = glob.dropFirst(2).firstIndex(of: "]") else { break }
                guard let character = name.first, character != "/" else { return false }
                var set = glob[glob.index(after: glob.startIndex)..<end]
                let isNegated = set.first == "!"
                if isNegated { set = set.dropFirst() }
                guard contains(set, character) != isNegated else { return false }
                return match(name.dropFirst(), glob[glob.index(after: end)...])
            default: break
            }
            return name.first == first && match(name.dropFirst(), glob.dropFirst())
        }
        func contains(_ set: Substring, _ character: Character) -> Bool {
            var rest = set
            while let low = rest.popFirst() {
                if rest.first == "-", let high = rest.dropFirst().first {
                    if low <= character && character <= high { return true }
                    rest = rest.dropFirst(2)
                } else if low == character {
                    return true
                }
            }
            return false
        }
        return match(name[...], glob[...])
    }
}
