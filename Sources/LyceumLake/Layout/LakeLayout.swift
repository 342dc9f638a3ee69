// Where everything stands below the lake's folder.

import Foundation
import LyceumCore

/// The places of a lake.
///
/// Zone folders hold exactly the files of the current snapshots, so that any engine reads a table with
/// `<lake>/<zone>/<table>/**/*.parquet`. What is not current stands beside them in folders that start with `_`,
/// which Spark, Athena and DuckDB's globs over a zone do not see.
public struct LakeLayout: Sendable, Hashable {
    /// The folder of the lake's locks.
    public let root: URL

    /// The layout of the lake in a folder.
    public init(root: URL) {
        self.root = root.standardizedFileURL
    }

    static let stagingFolder = "_staging"
    static let historyFolder = "_history"

    /// The file that names the lake, so that it is not opened with another lake's ledger.
    static let identity = "_lake.json"

    static let logFolder = "_log"

    /// The key of a claim to a publication.
    static func claim(of publication: Int64, attempt: Int) -> String {
        let number = String(publication)
        return "\(logFolder)/" + String(repeating: "0", count: max(0, 12 - number.count)) + number
            + (attempt == 0 ? "" : "-\(attempt)") + ".json"
    }

    /// The data keys, wrapped by the master key.
    static let keys = "_keys.json"

    /// The folder in which a run writes, under the same relative paths that its files will have.
    static func staging(of run: RunID) -> String { "\(stagingFolder)/\(run)" }

    /// The key of a file of the catalog: superseded ones stand in history.
    static func key(of path: FilePath, isSuperseded: Bool) -> String {
        isSuperseded ? "\(historyFolder)/\(path)" : path.description
    }

    /// The lock that the one active run holds; its content says who that is.
    public var runLock: URL { root.appending(path: "_run.lock") }

    /// The lock under which files move (exclusive) or are opened through the catalog (shared).
    public var publishLock: URL { root.appending(path: "_publish.lock") }

    /// The lock that keeps new readers out while a publication waits for the last ones.
    public var publishGate: URL { root.appending(path: "_publish.gate") }
}
