// The student database: a DuckDB file, or tables in PostgreSQL.

import ADBC
import Foundation
import LyceumCore

/// Puts the four tables where the location says, and knows whether a campus's tables are there already.
struct Registrar: Sendable {
    let location: RegistrarLocation

    static let tables = ["students", "courses", "enrollments", "academic_records"]

    /// Where the tables are made: a file that becomes the database, or memory that is copied from.
    func draft(in folder: URL) -> String {
        switch location {
        case .embedded: folder.appending(path: "registrar.duckdb").path
        case .postgresql: ":memory:"
        }
    }

    /// Whether the database holds the tables of the campus with this fingerprint.
    func holds(_ fingerprint: String) async -> Bool {
        switch location {
        case .embedded(let path):
            // The manifest stands for the file: it is removed before the file is replaced, and written after.
            FileManager.default.fileExists(atPath: path.path)
        case .postgresql(let uri):
            await (try? PostgreSQLRegistrar(uri: uri).holds(fingerprint)) ?? false
        }
    }

    /// Copies the tables from the connection they were made on, where that is not where they stay.
    func fill(from connection: Connection, fingerprint: String) async throws {
        switch location {
        case .embedded:
            return
        case .postgresql(let uri):
            try await PostgreSQLRegistrar(uri: uri).fill(from: connection, fingerprint: fingerprint)
        }
    }

    /// Moves the made file to its place.
    func settle(draft: String) throws {
        guard case .embedded(let path) = location else { return }
        let files = FileManager.default
        try files.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        for old in [path.path, path.path + ".wal"] where files.fileExists(atPath: old) {
            try files.removeItem(atPath: old)
        }
        try files.moveItem(atPath: draft, toPath: path.path)
    }
}
