// Where a run writes before anything is published.

import Foundation
import LyceumCore

/// A run's staging folder: files stand in it under the relative paths that they will have in the lake.
public struct Staging: Sendable {
    /// The run.
    public let run: RunID
    /// The folder.
    public let root: URL
    private let store: LocalStore

    init(run: RunID, layout: LakeLayout) {
        self.run = run
        root = layout.staging(of: run)
        store = LocalStore(root: root)
    }

    /// The place of one file to be written.
    public struct Place: Sendable {
        /// The path that the file will have in the lake.
        public let path: FilePath
        /// Where to write it now.
        public let url: URL
        fileprivate let store: LocalStore

        /// Describes the file once it has been written.
        ///
        /// - Throws: ``LakeError`` with code `missing_file` if nothing was written.
        public func staged(rows: Int64) throws -> StagedFile {
            guard let bytes = try store.size(ofFile: path.description) else {
                throw LakeError(.missingFile, "Nothing was written to \(path).", location: path.description)
            }
            return StagedFile(path: path, rows: rows, bytes: bytes)
        }
    }

    /// Makes a place for a file, and its folder.
    ///
    /// - Parameters:
    ///   - source: the `source=` partition, if the table has it.
    ///   - day: the `dt=` partition as `YYYY-MM-DD`, if the table has it.
    ///   - number: tells the run's files in one partition apart.
    /// - Throws: ``LakeError`` with code `invalid_name`, `no_space` or `read_only`.
    public func file(_ table: TableID, source: String? = nil, day: String? = nil, number: Int = 0) throws -> Place {
        try place(for: try FilePath(table: table, source: source, day: day, run: run, number: number))
    }

    /// Makes a place for a file that is to stand for another, in the same partition.
    ///
    /// - Parameter number: tells the run's files apart.
    public func file(inPlaceOf path: FilePath, number: Int) throws -> Place {
        try place(for: path.written(by: run, number: number))
    }

    private func place(for path: FilePath) throws -> Place {
        try store.makeFolder(path.folder)
        return Place(
            path: path,
            url: root.appending(path: path.description, directoryHint: .notDirectory),
            store: store
        )
    }

    /// The folder of a table, made if it lacks, for an engine that partitions by itself.
    ///
    /// The files it writes must be named `<run-id>-….parquet`.
    public func folder(_ table: TableID) throws -> URL {
        try table.validate()
        let path = "\(table.zone.rawValue)/\(table.name)"
        try store.makeFolder(path)
        return root.appending(path: path, directoryHint: .isDirectory)
    }

    /// What has been written for a table, by path; rows are not known here and left 0.
    ///
    /// - Throws: ``LakeError`` with code `invalid_name` if a file's name has no place in the lake.
    public func files(_ table: TableID) throws -> [StagedFile] {
        try table.validate()
        return try store.files(below: "\(table.zone.rawValue)/\(table.name)").map { file in
            StagedFile(path: try FilePath(file.path), rows: 0, bytes: file.bytes)
        }
    }

    /// Checks that a publication is of files that stand here complete, and forces them to the disk.
    func prepare(_ publication: Publication) throws {
        var seen: Set<TableID> = []
        var files: [String] = []
        var folders: Set<String> = [""]
        for table in publication.tables {
            try table.table.validate()
            guard seen.insert(table.table).inserted else {
                throw LakeError(.invalidPublication, "\(table.table) is published twice in one publication.")
            }
            for file in table.files {
                try check(file, of: table.table)
                files.append(file.path.description)
                var folder = file.path.folder
                while !folder.isEmpty, folders.insert(folder).inserted {
                    folder = (folder as NSString).deletingLastPathComponent
                }
            }
        }
        guard Set(files).count == files.count else {
            throw LakeError(.invalidPublication, "A file is listed twice in one publication.")
        }
        for report in publication.reports where report.status == .built && !report.counts.isBalanced {
            let counts = report.counts
            throw LakeError(
                .unbalanced,
                "The rows of \(report.table) do not add up: \(counts.rowsIn) in, but \(counts.rowsOut) out, "
                    + "\(counts.quarantined) quarantined and \(counts.deduplicated) de-duplicated. Nothing was published."
            )
        }
        if files.isEmpty { return }
        try store.synchronize(all: files)
        try store.synchronize(all: folders.sorted())
        try LocalStore(root: root.deletingLastPathComponent()).synchronize("")
    }

    private func check(_ file: StagedFile, of table: TableID) throws {
        let path = file.path.description
        guard file.path.table == table else {
            throw LakeError(.invalidPublication, "\(path) is not a file of \(table).", location: path)
        }
        guard file.path.run == run else {
            throw LakeError(
                .invalidPublication,
                "\(path) is not named after run \(run), which publishes it.",
                location: path
            )
        }
        guard let bytes = try store.size(ofFile: path) else {
            throw LakeError(
                .missingFile,
                "\(path) is to be published and was not written to \(store.root).",
                location: path
            )
        }
        guard bytes == file.bytes, file.rows >= 0 else {
            throw LakeError(
                .invalidPublication,
                "\(path) has \(bytes) bytes; the publication says \(file.bytes).",
                location: path
            )
        }
    }

    /// Removes the folder and what is left in it.
    func remove() throws {
        try store.removeTree("")
    }
}
