// Landing: what is new of an extraction, by key and by hash.

import Foundation
import LyceumCore
import LyceumLake
import Testing

@testable import LyceumPipeline

/// Plays runs against one raw table whose earlier rows live in a Parquet file a run.
private final class LandingPlay {
    let engine: DuckDBEngine
    let folder: URL
    var files: [DataFile] = []
    var runs = 0

    init(_ folder: URL) async throws {
        engine = try await DuckDBEngine.forTest()
        self.folder = folder
    }

    /// Lands rows given as `(key, value)` and returns what was new as `key|value|op`.
    func run(_ values: String, _ rule: LandingRule) async throws -> [String] {
        runs += 1
        let table = EngineSchema.landing.table("t\(runs)")
        try await engine.execute(
            "CREATE TABLE \(table.sql) AS SELECT * FROM (VALUES \(values)) v(k, v)"
        )
        let sql = LandingSQL(
            landed: table,
            columns: try await engine.columns(of: "SELECT * FROM \(table.sql)"),
            key: ["k"],
            source: "test",
            runID: RunID(startedAt: Date(timeIntervalSince1970: Double(runs) * 60), entropy: 0),
            extractedAt: "2026-01-01T00:00:00",
            existing: files.isEmpty ? nil : engine.parquetScan(files),
            rule: files.isEmpty ? .first : rule
        )
        let file = DataFile(folder.appending(path: "\(runs).parquet"))
        let written = try await engine.writeParquet(sql.newRows, to: file)
        let rows = try await engine.rows("SELECT k, v, _op FROM \(engine.parquetScan([file])) ORDER BY ALL")
        #expect(rows.count == Int(written))
        files.append(file)
        return rows
    }
}

@Test("A first extraction lands every row, duplicates included")
func firstLanding() async throws {
    try await withTemporaryFolder { folder in
        let play = try await LandingPlay(folder)
        #expect(try await play.run("(1, 'a'), (1, 'a'), (NULL, 'n')", .complete) == ["1|a|U", "1|a|U", "-|n|U"])
    }
}

@Test("Re-reading boundary rows adds nothing, a new version is added")
func partialLanding() async throws {
    try await withTemporaryFolder { folder in
        let play = try await LandingPlay(folder)
        _ = try await play.run("(1, 'a'), (2, 'b'), (NULL, 'n')", .partial)
        #expect(try await play.run("(2, 'b'), (NULL, 'n')", .partial) == [])
        #expect(try await play.run("(2, 'b2'), (3, NULL)", .partial) == ["2|b2|U", "3|-|U"])
        #expect(try await play.run("(3, NULL), (3, '')", .partial) == ["3||U"])
    }
}

@Test("A whole snapshot lands changes and deletions only, and sees a value that changes back")
func completeLanding() async throws {
    try await withTemporaryFolder { folder in
        let play = try await LandingPlay(folder)
        _ = try await play.run("(1, 'a'), (2, 'b'), (3, 'c'), (NULL, 'n')", .complete)
        #expect(try await play.run("(1, 'a'), (2, 'b'), (3, 'c'), (NULL, 'n')", .complete) == [])
        #expect(try await play.run("(1, 'A'), (3, 'c'), (NULL, 'n')", .complete) == ["1|A|U", "2|-|D"])
        #expect(try await play.run("(1, 'A'), (3, 'c'), (NULL, 'n')", .complete) == [])
        #expect(try await play.run("(1, 'a'), (2, 'b'), (3, 'c'), (NULL, 'n')", .complete) == ["1|a|U", "2|b|U"])
    }
}

@Test("Two conflicting rows of one key stay two, and are not landed again")
func conflictingRows() async throws {
    try await withTemporaryFolder { folder in
        let play = try await LandingPlay(folder)
        _ = try await play.run("(1, 'a'), (1, 'b')", .complete)
        #expect(try await play.run("(1, 'b'), (1, 'a')", .complete) == [])
        #expect(try await play.run("(1, 'b')", .complete) == ["1|b|U"])
    }
}
