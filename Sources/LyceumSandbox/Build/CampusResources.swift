// The data and SQL that come with the package.

import Foundation
import LyceumCore

/// The folder of resources: `data` (Parquet), `words` (CSV) and `sql`.
struct CampusResources: Sendable {
    let folder: URL

    /// The resources of this package.
    ///
    /// - Throws: ``SandboxError`` if they are not beside the program.
    static func bundled() throws(SandboxError) -> CampusResources {
        let folder = Bundle.module.bundleURL.appending(path: "Campus", directoryHint: .isDirectory)
        let resources = CampusResources(folder: folder)
        guard FileManager.default.fileExists(atPath: resources.file("sql/prepare.sql").path) else {
            throw SandboxError(
                .resources,
                "the sandbox's data is missing; build again, or keep the .resources folder beside the program",
                location: folder.path
            )
        }
        return resources
    }

    func file(_ path: String) -> URL { folder.appending(path: path) }

    func text(_ path: String) throws(SandboxError) -> String {
        do {
            return try String(contentsOf: file(path), encoding: .utf8)
        } catch {
            throw SandboxError(.resources, "cannot read a resource", cause: error, location: file(path).path)
        }
    }

    /// The SQL that makes the tables, in this order.
    static let scripts = ["sql/prepare.sql", "sql/registrar.sql", "sql/workday.sql", "sql/tableau.sql"]

    /// The SQL that makes the faults.
    static let faults = ["sql/dirt/registrar.sql", "sql/dirt/workday.sql", "sql/dirt/tableau.sql"]

    /// The SQL that writes what the web interfaces serve.
    static let exports = "sql/records.sql"

    /// A digest of every resource: when one changes, a campus made with the old one is made anew.
    func digest() throws(SandboxError) -> String {
        let files: [URL]
        do {
            files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
                .filter { $0.hasSuffix(".sql") || $0.hasSuffix(".csv") || $0.hasSuffix(".parquet") }
                .map(file)
        } catch {
            throw SandboxError(.resources, "cannot list the sandbox's data", cause: error, location: folder.path)
        }
        var parts: [String] = []
        for file in files {
            do {
                parts.append(try ContentHash.ofFile(at: file))
            } catch {
                throw SandboxError(.resources, "cannot read a resource", cause: error, location: file.path)
            }
        }
        return ContentHash.of(parts: parts)
    }
}
