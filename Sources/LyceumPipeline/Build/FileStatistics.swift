// What the columns of new files hold, from the statistics that Parquet keeps of itself.

import Foundation
import LyceumCore
import LyceumLake

/// Reads the footers of a run's files for the catalog.
struct FileStatistics {
    let engine: any Engine
    let staging: Staging

    /// The publication with what is known of its files' columns.
    ///
    /// Of columns that are not personal only, and of files that are not encrypted.
    func added(to publication: Publication) async throws -> Publication {
        var publication = publication
        for index in publication.tables.indices where publication.tables[index].table.zone != .quarantine {
            let columns = publication.tables[index].columns.filter { $0.pii == .none && !$0.name.hasPrefix("_") }
            let places = publication.tables[index].files.map { staging.data(of: $0) }
            let plain = places.filter { $0.key == nil }.map(\.location)
            if columns.isEmpty || plain.isEmpty { continue }
            let known = try await statistics(of: plain, columns)
            for (file, place) in places.enumerated() {
                publication.tables[index].files[file].statistics =
                    (known[place.location] ?? [:]).values.sorted { $0.column < $1.column }
            }
        }
        return publication
    }

    /// File → column → what it holds in all row groups.
    private func statistics(
        of files: [String],
        _ columns: [ColumnDescription]
    ) async throws -> [String: [String: ColumnStatistics]] {
        let types = Dictionary(columns.map { ($0.name, $0.type) }) { first, _ in first }
        let names = types.keys.sorted().map(SQLText.literal).joined(separator: ", ")
        let query = """
            SELECT file_name, path_in_schema, stats_min_value, stats_max_value, CAST(stats_null_count AS BIGINT)
            FROM parquet_metadata([\(files.map(SQLText.literal).joined(separator: ", "))])
            WHERE path_in_schema IN (\(names)) AND stats_null_count IS NOT NULL
            """
        var known: [String: [String: ColumnStatistics]] = [:]
        for try await batch in try await engine.query(query, []) {
            let cells = (0..<5).map { batch.column($0) }
            for row in 0..<batch.count {
                guard let file = cells[0].text(at: row), let column = cells[1].text(at: row) else { continue }
                let next = ColumnStatistics(
                    column: column,
                    minimum: kept(cells[2].text(at: row)),
                    maximum: kept(cells[3].text(at: row)),
                    nulls: cells[4].integer(at: row) ?? 0
                )
                known[file, default: [:]][column] =
                    known[file]?[column]?.merging(next, type: types[column] ?? "") ?? next
            }
        }
        return known
    }

    /// Long texts are no use for choosing files.
    private func kept(_ value: String?) -> String? { value.flatMap { $0.utf8.count <= 64 ? $0 : nil } }
}
