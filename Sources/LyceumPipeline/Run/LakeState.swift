// The lake as a run finds it.

import Foundation
import LyceumCore
import LyceumLake

/// Published files, builds and snapshots at one moment.
struct LakeState: Sendable {
    let files: [TableID: [LakeFile]]
    let builds: [TableID: Build]
    /// The snapshot that brought each table's rows; merging files makes no other.
    let snapshots: [TableID: Int64]

    /// Reads the catalog. The paths stay valid for as long as no other run publishes, hence under the run lock.
    init(_ lake: Lake) async throws {
        files = try await lake.read { catalog in
            Dictionary(uniqueKeysWithValues: try catalog.tables.keys.map { ($0, try catalog.files(of: $0)) })
        }
        builds = try await lake.ledger.builds()
        snapshots = Dictionary(
            uniqueKeysWithValues: try await lake.ledger.tables().compactMap { table in
                table.content.map { (table.id, $0) }
            }
        )
    }
}
