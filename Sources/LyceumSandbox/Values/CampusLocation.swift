// Where a campus lives.

import Foundation
import LyceumCore

/// Where the student database of a campus is.
public enum RegistrarLocation: Sendable, Hashable {
    /// A DuckDB file; it is closed once it is made, so that any reader can open it.
    case embedded(path: URL)
    /// A PostgreSQL database, which must be empty of tables with our names unless the sandbox made them.
    case postgresql(uri: Secret)
}

/// The folder a campus keeps its files in, and its student database.
public struct CampusLocation: Sendable, Hashable {
    /// The folder; the campus's own files go into `campus` below it.
    public var home: URL
    /// The student database.
    public var registrar: RegistrarLocation

    /// A campus below `home`; its student database is `campus/registrar.duckdb` there unless another is named.
    public init(home: URL, registrar: RegistrarLocation? = nil) {
        self.home = home
        self.registrar =
            registrar
            ?? .embedded(
                path: home.appending(path: "campus", directoryHint: .isDirectory).appending(path: "registrar.duckdb")
            )
    }

    /// Where the manifest and the records of the two web interfaces are.
    var folder: URL { home.appending(path: "campus", directoryHint: .isDirectory) }

    var manifest: URL { folder.appending(path: "manifest.json") }

    var records: URL { folder.appending(path: "records", directoryHint: .isDirectory) }
}
