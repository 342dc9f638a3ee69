// Where driver libraries are: by name in known folders, or by path.

import Foundation

/// Finds driver libraries.
///
/// A name is looked for in the folders of `LYCEUM_DRIVERS` (separated by colons), in `drivers` beside the executable, in
/// `.lyceum/drivers` of the working directory and of the folders above it, and then on the system's library path. A
/// text with a slash is a path and used as it is.
public struct DriverLocator: Sendable {
    /// The folders to search, in order.
    public let directories: [String]

    /// Creates a locator of the usual folders.
    ///
    /// - Parameters:
    ///   - environment: where `LYCEUM_DRIVERS` is read from.
    ///   - workingDirectory: from here upwards `.lyceum/drivers` is looked for.
    ///   - executable: the path of the program, nil if unknown.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        workingDirectory: String = FileManager.default.currentDirectoryPath,
        executable: String? = Bundle.main.executablePath
    ) {
        var directories = (environment["LYCEUM_DRIVERS"] ?? "").split(separator: ":").map(String.init)
        if let executable {
            directories.append(URL(fileURLWithPath: executable).deletingLastPathComponent().path + "/drivers")
        }
        var folder = URL(fileURLWithPath: workingDirectory, isDirectory: true).standardizedFileURL
        while true {
            directories.append(folder.appendingPathComponent(".lyceum/drivers").path)
            let parent = folder.deletingLastPathComponent().standardizedFileURL
            if parent.path == folder.path || folder.path == "/" { break }
            folder = parent
        }
        self.directories = directories
    }

    /// The files that may be the driver, best first: a path as it is, otherwise every match in the folders.
    public func candidates(for name: String) -> [String] {
        if name.contains("/") { return [name] }
        var found: [String] = []
        for directory in directories {
            guard let files = try? FileManager.default.contentsOfDirectory(atPath: directory) else { continue }
            found += files.filter { DriverLocator.matches(file: $0, name: name) }.sorted(by: DriverLocator.isBetter)
                .map { directory + "/" + $0 }
        }
        return found
    }

    /// The library names to ask the system's loader for.
    func systemNames(for name: String) -> [String] {
        #if os(macOS)
            let suffix = "dylib"
        #else
            let suffix = "so"
        #endif
        return name == "duckdb" ? ["libduckdb.\(suffix)"] : ["libadbc_driver_\(name).\(suffix)"]
    }

    private static func matches(file: String, name: String) -> Bool {
        guard file.hasSuffix(".so") || file.hasSuffix(".dylib") || file.contains(".so.") else { return false }
        if file.hasPrefix("libadbc_driver_\(name).") { return true }
        return name == "duckdb" && (file.hasPrefix("libduckdb.") || file.hasPrefix("_duckdb.cpython-"))
    }

    /// The vendor's own library needs no libpython, so it goes first.
    private static func isBetter(_ lhs: String, _ rhs: String) -> Bool {
        let (left, right) = (lhs.hasPrefix("lib"), rhs.hasPrefix("lib"))
        return left == right ? lhs < rhs : left
    }
}
