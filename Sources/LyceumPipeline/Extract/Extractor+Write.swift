// What of a landing is written where: streams to files directly, compared rows, and keys that are gone.

import Foundation
import LyceumCore
import LyceumLake

extension Extractor {
    /// What writes streams to raw files directly: for tables that have no rows yet and whose contract puts nothing aside,
    /// for what is put aside has to be found among the rows first.
    func firstLanding(of table: TableID, source: String) -> FirstLanding? {
        let modes = contracts.modes(of: table.name, stated: session.project.sourceTable(table.name)?.modes)
        guard ContractDimension.allCases.allSatisfy({ modes[$0] != .quarantine }) else { return nil }
        return FirstLanding(
            engine: session.engine,
            statement: { [session, extractedAt] columns, stream in
                LandingSQL(
                    landed: EngineTable(schema: "main", name: stream),
                    columns: columns.map { ColumnDescription(name: $0, type: "") },
                    key: [],
                    source: source,
                    runID: session.run.id,
                    extractedAt: extractedAt,
                    existing: nil,
                    rule: .first
                ).newRows
            },
            place: { [session] in try session.run.staging.file(table, source: source, day: session.day, number: $0) }
        )
    }

    /// When the rows were read, for their metadata.
    var extractedAt: String {
        Timestamp.iso(session.startedAt, fractional: true).replacing("Z", with: "")
    }

    /// Compares the source's keys with the lake's before rows are taken for deleted.
    func compareKeys(_ sql: LandingSQL, _ location: String) async throws {
        guard let query = sql.keyCounts else { return }
        let counts = try await session.engine.integers(query)
        guard counts.count == 3 else { return }
        if counts[0] > 0, counts[1] == 0 { throw Self.nothingCame(location) }
        if counts[2] > 0 {
            await session.notice(
                "\(location): \(counts[2]) keys of the source are not in the lake: their rows came with a time before "
                    + "the last watermark. A full refresh fetches them; a larger watermark_lag_seconds keeps it from "
                    + "happening"
            )
        }
    }

    static func nothingCame(_ location: String) -> PipelineError {
        PipelineError(
            .sourceFailed,
            "the source returned no rows where it had rows before; nothing was deleted. If the table is really empty, "
                + "remove the source's data with a full refresh",
            location: location
        )
    }

    /// Writes what is new of the landed rows to staging: no file if nothing is, and how many rows are tombstones.
    func write(_ sql: LandingSQL, table: TableID, source: String) async throws -> ([StagedFile], Int64) {
        let engine = session.engine
        let place = try session.run.staging.file(table, source: source, day: session.day, number: 0)
        let written = try await engine.writeParquet(sql.newRows, to: place.url.path)
        guard written > 0 else {
            try FileManager.default.removeItem(at: place.url)
            return ([], 0)
        }
        var tombstones: Int64 = 0
        if sql.rule == .complete || sql.keys != nil {
            let scan = engine.parquetScan([place.url.path])
            tombstones = try await engine.integers("SELECT count(*) FILTER (_op = 'D') FROM \(scan)").first ?? 0
        }
        return ([try place.staged(rows: written)], tombstones)
    }
}
