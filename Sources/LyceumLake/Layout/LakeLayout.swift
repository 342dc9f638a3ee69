// Where everything stands below the lake's folder.

import Foundation
import LyceumCore

/// The places of a lake.
///
/// Zone folders hold exactly the files of the current snapshots, so that any engine reads a table with
/// `<lake>/<zone>/<table>/**/*.parquet`. What is not current stands beside them in folders that start with `_`,
/// which Spark, Athena and DuckDB's globs over a zone do not see.
public struct LakeLayout: Sendable, Hashable {
    /// The lake's folder.
    public let root: URL

    /// The layout of the lake in a folder.
    public init(root: URL) {
        self.root = root.standardizedFileURL
    }

    static let stagingFolder = "_staging"
    static let historyFolder = "_history"

    /// The folder of one zone.
    public func folder(of zone: Zone) -> URL { root.appending(path: zone.rawValue, directoryHint: .isDirectory) }

    /// The folder of one table's current files.
    public func folder(of table: TableID) -> URL {
        folder(of: table.zone).appending(path: table.name, directoryHint: .isDirectory)
    }

    /// The folder in which a run writes, under the same relative paths that its files will have.
    public func staging(of run: RunID) -> URL {
        staging.appending(path: run.text, directoryHint: .isDirectory)
    }

    /// The folder of all runs' staging folders.
    public var staging: URL { root.appending(path: Self.stagingFolder, directoryHint: .isDirectory) }

    /// The folder of superseded files.
    public var history: URL { root.appending(path: Self.historyFolder, directoryHint: .isDirectory) }

    /// The lock that the one active run holds; its content says who that is.
    public var runLock: URL { root.appending(path: "_run.lock") }

    /// The lock under which files move (exclusive) or are opened through the catalog (shared).
    public var publishLock: URL { root.appending(path: "_publish.lock") }

    /// The lock that keeps new readers out while a publication waits for the last ones.
    public var publishGate: URL { root.appending(path: "_publish.gate") }

    /// The file that names the lake, so that it is not opened with another lake's ledger.
    public var identity: URL { root.appending(path: "_lake.json") }

    /// A pattern that matches every current file of a table.
    public func glob(of table: TableID) -> String {
        folder(of: table).path(percentEncoded: false) + "**/*.parquet"
    }
}
