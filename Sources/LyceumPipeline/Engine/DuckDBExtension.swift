// DuckDB's extensions that come as files beside the drivers.

import ADBC
import Foundation
import LyceumCore

/// Finds extensions of the embedded engine.
enum DuckDBExtension {
    /// The statements after which Parquet files and spill are encrypted, by the OpenSSL in DuckDB's `httpfs`.
    ///
    /// - Throws: ``PipelineError`` with code `engine` that says what to install.
    static func encryption() throws -> [String] {
        ["LOAD \(SQLText.literal(try path(of: "httpfs", for: "encrypted lakes")))", "SET temp_file_encryption = true"]
    }

    private static func path(of name: String, for use: String) throws -> String {
        let file = "\(name).duckdb_extension"
        let path = DriverLocator().directories.map { $0 + "/" + file }
            .first { FileManager.default.isReadableFile(atPath: $0) }
        guard let path else {
            throw PipelineError(
                .engine,
                "\(use) need DuckDB's extension \(name): run scripts/setup, or put \(file) of your DuckDB's version into a "
                    + "folder of LYCEUM_DRIVERS",
                location: file
            )
        }
        return path
    }
}
