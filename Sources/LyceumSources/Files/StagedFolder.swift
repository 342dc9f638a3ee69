// A folder's files as tables of an embedded database, for mappings that join them.

import ADBC
import Foundation
import LyceumCore

/// Loads each file once, when a mapping first needs it.
actor StagedFolder {
    /// A file that is a table now.
    struct Staged: Sendable {
        /// The rows that could not be read.
        var rejects: [RejectedRow]
        /// What was found out about it.
        var note: String
    }

    private var workspace: Task<Workspace, any Error>?
    private var staged: [DataFile: Task<Staged, any Error>] = [:]

    /// Opens the database.
    func open() async throws -> Workspace {
        let task = workspace ?? Task { try await Workspace.open(isStaged: true) }
        workspace = task
        return try await task.value
    }

    /// Loads a file into a table of its name, unless it is there already.
    func stage(_ file: DataFile) async throws -> Staged {
        let task = staged[file] ?? Task { try await self.load(file) }
        staged[file] = task
        return try await task.value
    }

    /// Forgets everything.
    func close() async {
        workspace = nil
        staged = [:]
    }

    private func load(_ file: DataFile) async throws -> Staged {
        let workspace = try await open()
        let prepared = try await FileReader(workspace: workspace).prepare(file)
        let relation: String
        switch file.format {
        case .csv, .tsv, .parquet, .xlsx:
            guard !prepared.columns.isEmpty else {
                throw SourceError(.malformed, "The file is empty.", location: file.name)
            }
            relation = FileReader.relation(of: prepared)
        case .json, .ndjson: relation = "read_json_auto(\(SQLText.literal(prepared.path)))"
        }
        do {
            let connection = try await workspace.database.connect()
            try await connection.execute("CREATE TABLE \(SQLText.identifier(file.stem)) AS SELECT * FROM \(relation)")
            var rejects = FileReader.badLines(of: prepared)
            if prepared.heading != nil { rejects += try await FileReader.rejects(of: prepared, on: connection) }
            return Staged(rejects: rejects, note: prepared.note)
        } catch let error as ADBCError {
            throw SourceError(
                .malformed,
                "The file cannot be loaded: \(error.message)",
                location: file.name,
                cause: error
            )
        }
    }
}
