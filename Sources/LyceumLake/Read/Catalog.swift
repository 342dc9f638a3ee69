// The lake's tables and their files at one moment.

import Foundation
import LyceumCore

/// One data file of a snapshot.
public struct LakeFile: Sendable, Hashable {
    /// The file's path relative to the lake (below `_history` if it is not current).
    public var path: FilePath
    /// Rows in the file.
    public var rows: Int64
    /// Size in bytes.
    public var bytes: Int64
    /// Whether it stands in history.
    public var isSuperseded: Bool
    /// The file as an engine is told of it.
    public var data: DataFile

    /// The file's key in the lake's store.
    public var storeKey: String { LakeLayout.key(of: path, isSuperseded: isSuperseded) }
    /// The value of the `source` partition.
    public var source: String? { path.source }
    /// The value of the `dt` partition.
    public var day: String? { path.day }
}

/// One version of a table.
public struct Snapshot: Sendable, Hashable {
    /// How a version came from the one before it.
    public enum Mode: String, Sendable, Codable {
        /// Its files replaced all others.
        case replace
        /// Its files joined the others.
        case append
        /// Files were merged; the rows stayed.
        case compaction
        /// Rows were removed whose time had come.
        case retention
    }

    /// The snapshot's number; later snapshots have higher ones.
    public var id: Int64
    /// The table.
    public var table: TableID
    /// The run that published it.
    public var run: RunID
    /// How it came from the one before.
    public var mode: Mode
    /// When it was published.
    public var createdAt: Date
    /// Rows in all its files.
    public var rows: Int64
    /// Bytes in all its files.
    public var bytes: Int64
    /// How many files it has.
    public var files: Int
    /// Whether it is the one that readers see.
    public var isCurrent: Bool
    /// When its files were removed, if they were.
    public var expiredAt: Date?
}

/// What the catalog says of one table.
public struct TableSummary: Sendable, Hashable {
    /// The table.
    public var id: TableID
    /// One sentence for the data dictionary.
    public var description: String
    /// The business key's columns.
    public var key: [String]
    /// The columns in order.
    public var columns: [ColumnDescription]
    /// Rows in the snapshot.
    public var rows: Int64
    /// Bytes in the snapshot.
    public var bytes: Int64
    /// Files in the snapshot.
    public var files: Int
    /// The snapshot; nil before the first one.
    public var snapshot: Int64?
    /// The snapshot that brought the rows: the same one, or an earlier one whose files have only been merged since.
    public var content: Int64?
    /// The run that published the snapshot.
    public var run: RunID?
    /// When the snapshot was published.
    public var publishedAt: Date?
}

/// A moment of the lake's history.
public enum Moment: Sendable, Hashable {
    /// What is current.
    case now
    /// What was current at a time.
    case time(Date)
    /// What was current when a snapshot of any table was published.
    case snapshot(Int64)
    /// What a run left behind.
    case run(RunID)
}

/// All tables and their files at one moment, read in one transaction.
public struct Catalog: Sendable {
    /// One table and its files.
    public struct Table: Sendable {
        /// What the catalog says of the table.
        public var summary: TableSummary
        /// The files of the snapshot, by path.
        public var files: [LakeFile]
    }

    /// The tables that existed at the moment.
    public var tables: [TableID: Table]
    var isSettled: Bool

    /// The files of a table, by path.
    ///
    /// - Throws: ``LakeError`` with code `unknown_table`.
    public func files(of table: TableID) throws -> [LakeFile] {
        guard let table = tables[table] else {
            throw LakeError.unknownTable(table.description, known: tables.keys.map(\.description))
        }
        return table.files
    }

    /// The files of a table as an engine is told of them, by path.
    ///
    /// - Throws: ``LakeError`` with code `unknown_table`.
    public func dataFiles(of table: TableID) throws -> [DataFile] {
        try files(of: table).map(\.data)
    }
}

extension LakeError {
    static func unknownTable(_ name: String, known: [String]) -> LakeError {
        let list = known.sorted().prefix(30).joined(separator: ", ")
        return LakeError(
            .unknownTable,
            "The lake has no table '\(name)'. " + (list.isEmpty ? "It has none yet." : "It has: \(list).")
        )
    }
}
