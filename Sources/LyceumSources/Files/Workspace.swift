// An embedded DuckDB and a private temporary folder, for reading files.

import ADBC
import Foundation
import LyceumCore

/// Where files are read: an embedded DuckDB, and a folder only this user can look into, removed at the end.
final class Workspace: Sendable {
    /// The database.
    let database: Database
    private let folder: URL

    private init(_ database: Database, _ folder: URL) {
        self.database = database
        self.folder = folder
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Opens a workspace.
    ///
    /// - Parameter isStaged: whether tables are kept in a file of the folder rather than in memory.
    /// - Throws: ``SourceError`` with code `missingComponent` when there is no DuckDB.
    static func open(isStaged: Bool = false) async throws -> Workspace {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("lyceum-\(UUID().uuidString.lowercased())", isDirectory: true)
        do {
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            var options = ["temp_directory": folder.appendingPathComponent("spill").path]
            if isStaged { options["path"] = folder.appendingPathComponent("staged.duckdb").path }
            let database = try await Database.open(
                driver: try Driver.load("duckdb"),
                options: options,
                errorsQuoteValues: false
            )
            return Workspace(database, folder)
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw DatabaseFault.sourceError(error, doing: "opening DuckDB to read files", location: "duckdb")
        }
    }

    /// Loads DuckDB's extension for Excel workbooks, from where the drivers are.
    ///
    /// - Throws: ``SourceError`` with code `missingComponent` that says what to install.
    func loadExcel(on connection: Connection) async throws {
        let name = "excel.duckdb_extension"
        let path = DriverLocator().directories.map { $0 + "/" + name }
            .first { FileManager.default.isReadableFile(atPath: $0) }
        guard let path else {
            throw SourceError(
                .missingComponent,
                "Excel workbooks need DuckDB's extension for them: run scripts/setup, or put \(name) of your DuckDB's "
                    + "version into a folder of LYCEUM_DRIVERS. Or save the sheet as CSV.",
                location: name
            )
        }
        do {
            try await connection.execute("LOAD \(SQLText.literal(path))")
        } catch {
            throw SourceError(
                .missingComponent,
                "DuckDB's extension for Excel workbooks does not load; it must be of DuckDB's own version: \(error)",
                location: path,
                cause: error
            )
        }
    }

    /// A path in the folder that nothing else uses.
    func temporaryFile(_ ending: String) -> String {
        folder.appendingPathComponent(UUID().uuidString.lowercased() + ending).path
    }
}
