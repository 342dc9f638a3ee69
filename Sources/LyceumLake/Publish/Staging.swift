// Where a run writes before anything is published.

import Foundation
import LyceumCore

/// A run's staging folder: files stand in it under the relative paths that they will have in the lake.
public struct Staging: Sendable {
    /// The run.
    public let run: RunID
    private let store: any ObjectStore

    init(run: RunID, store: any ObjectStore) {
        self.run = run
        self.store = store
    }

    private var folder: String { LakeLayout.staging(of: run) }

    private func key(of path: FilePath) -> String { "\(folder)/\(path)" }

    /// The place of one file to be written.
    public struct Place: Sendable {
        /// The path that the file will have in the lake.
        public let path: FilePath
        /// The file to write.
        public let data: DataFile
        let storeKey: String
        let store: any ObjectStore

        /// Describes the file once it has been written.
        ///
        /// - Throws: ``LakeError`` with code `missing_file` if nothing was written.
        public func staged(rows: Int64) async throws -> StagedFile {
            guard let bytes = try await store.size(of: storeKey) else {
                throw LakeError(.missingFile, "Nothing was written to \(path).", location: path.description)
            }
            return StagedFile(path: path, rows: rows, bytes: bytes, key: data.key)
        }

        /// Removes the file again.
        public func discard() async throws {
            try await store.remove([storeKey])
        }
    }

    /// Makes a place for a file, and its folder.
    ///
    /// - Parameters:
    ///   - source: the `source=` partition, if the table has it.
    ///   - day: the `dt=` partition as `YYYY-MM-DD`, if the table has it.
    ///   - number: tells the run's files in one partition apart.
    ///   - key: the name of the data key to encrypt it with (``LakeRun/dataKey(forNewFilesOf:columns:)``); nil for none.
    /// - Throws: ``LakeError`` with code `invalid_name`, `no_space` or `read_only`.
    public func file(
        _ table: TableID,
        source: String? = nil,
        day: String? = nil,
        number: Int = 0,
        key: String? = nil
    ) throws -> Place {
        try place(for: try FilePath(table: table, source: source, day: day, run: run, number: number), key: key)
    }

    /// Makes a place for a file that is to stand for another, in the same partition.
    ///
    /// - Parameters:
    ///   - number: tells the run's files apart.
    ///   - key: the name of the data key to encrypt it with; nil for none.
    public func file(inPlaceOf path: FilePath, number: Int, key: String? = nil) throws -> Place {
        try place(for: path.written(by: run, number: number), key: key)
    }

    private func place(for path: FilePath, key: String?) throws -> Place {
        try store.makeFolder("\(folder)/\(path.folder)")
        return Place(path: path, data: data(of: path, key: key), storeKey: self.key(of: path), store: store)
    }

    /// A file that has been written here, as an engine is told of it.
    public func data(of file: StagedFile) -> DataFile { data(of: file.path, key: file.key) }

    private func data(of path: FilePath, key: String?) -> DataFile {
        DataFile(store.location(of: self.key(of: path)), key: key)
    }

    /// What has been written for a table, by path; rows are not known here and left 0.
    ///
    /// - Throws: ``LakeError`` with code `invalid_name` if a file's name has no place in the lake.
    public func files(_ table: TableID) async throws -> [StagedFile] {
        try table.validate()
        return try await store.list(below: "\(folder)/\(table.zone.rawValue)/\(table.name)").map { object in
            StagedFile(
                path: try FilePath(String(object.key.dropFirst(folder.count + 1))),
                rows: 0,
                bytes: object.bytes
            )
        }
    }

    private static let scratchFolder = "_scratch"

    /// The location of a folder below the run's own for rows that are not to be published; it goes with the run's.
    public func scratch(_ name: String) -> String { store.location(of: "\(folder)/\(Self.scratchFolder)/\(name)") }

    /// The locations of the Parquet files in such a folder, by name.
    public func scratchFiles(_ name: String) async throws -> [String] {
        try await store.list(below: "\(folder)/\(Self.scratchFolder)/\(name)").map(\.key)
            .filter { $0.hasSuffix(".parquet") }.sorted().map { store.location(of: $0) }
    }

    /// Removes such a folder and what is in it.
    public func removeScratch(_ name: String) async throws {
        try await store.removeAll(below: "\(folder)/\(Self.scratchFolder)/\(name)")
    }

    /// Copies a file of this machine to where others that see the lake can read it; returns its location.
    public func copyToScratch(_ file: URL) async throws -> String {
        let key = "\(folder)/\(Self.scratchFolder)/\(file.lastPathComponent)"
        try await store.upload(file, to: key)
        return store.location(of: key)
    }

    /// The files that an engine wrote into the folder of a place by itself, under names that begin with the run's id; what
    /// it left there beside them is removed.
    ///
    /// - Throws: ``LakeError`` with code `invalid_name` for a data file of another name.
    public func written(beside place: Place) async throws -> [Place] {
        let names = try await store.list(below: "\(folder)/\(place.path.folder)").map(\.key)
        let isData = { (key: String) in key.hasSuffix(".parquet") }
        let others = names.filter { !isData($0) }
        if !others.isEmpty { _ = try await store.remove(others) }
        return try names.filter(isData).sorted().map { key in
            let path = try FilePath(String(key.dropFirst(folder.count + 1)))
            return Place(path: path, data: data(of: path, key: nil), storeKey: key, store: store)
        }
    }

    /// Checks that a publication is of files that stand here complete, and forces them to the disk.
    func prepare(_ publication: Publication) async throws {
        var seen: Set<TableID> = []
        for table in publication.tables {
            try table.table.validate()
            guard seen.insert(table.table).inserted else {
                throw LakeError(.invalidPublication, "\(table.table) is published twice in one publication.")
            }
        }
        let files = publication.tables.flatMap(\.files)
        let keys = files.map { key(of: $0.path) }
        guard Set(keys).count == keys.count else {
            throw LakeError(.invalidPublication, "A file is listed twice in one publication.")
        }
        let sizes = try await store.sizes(of: keys)
        var index = 0
        for table in publication.tables {
            for file in table.files {
                try check(file, of: table.table, bytes: sizes[index])
                index += 1
            }
        }
        for report in publication.reports where report.status == .built && !report.counts.isBalanced {
            let counts = report.counts
            throw LakeError(
                .unbalanced,
                "The rows of \(report.table) do not add up: \(counts.rowsIn) in, but \(counts.rowsOut) out, "
                    + "\(counts.quarantined) quarantined and \(counts.deduplicated) de-duplicated. Nothing was published."
            )
        }
        try await store.persist(keys, namesOnly: false)
    }

    private func check(_ file: StagedFile, of table: TableID, bytes: Int64?) throws {
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
        guard let bytes else {
            throw LakeError(
                .missingFile,
                "\(path) is to be published and was not written to \(store.location(of: folder)).",
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
    func remove() async throws {
        try await store.removeAll(below: folder)
    }
}
