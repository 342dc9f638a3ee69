// What the catalog says of a table's columns, partitions and files.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Catalog contents", .onBothLedgers)
struct ContentsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let columns = [
        ColumnDescription(name: "id", type: "VARCHAR", description: "A number.", pii: .direct, purpose: "registry"),
        ColumnDescription(name: "level", type: "INTEGER", purpose: "advising", retention: "90 days"),
        ColumnDescription(name: "grade", type: "VARCHAR", pii: .education),
    ]

    /// Publishes one file whose columns all have statistics.
    @discardableResult
    private func publish(_ lake: Lake, day: String, _ mode: PublishMode = .append) async throws -> FilePath {
        let run = try await lake.beginRun()
        var table = try await run.stage(students, mode, ["abc"], day: day)
        table.columns = Self.columns
        table.files[0].statistics = ["id", "level", "grade", "unheard_of"].map {
            ColumnStatistics(column: $0, minimum: "1", maximum: "9", nulls: 2)
        }
        _ = try await run.publish(Publication(tables: [table]))
        return table.files[0].path
    }

    @Test("columns keep type, description, personal-data class, purpose and retention")
    func tags() async throws {
        let lake = try await Lake.open(in: folder)
        try await publish(lake, day: "2026-11-22")
        #expect(try await lake.ledger.table(named: "students").columns == Self.columns)
    }

    @Test("partitions are added up from the current files alone")
    func partitions() async throws {
        let lake = try await Lake.open(in: folder)
        for day in ["2026-11-22", "2026-11-22", "2026-11-23"] { try await publish(lake, day: day) }
        #expect(
            try await lake.ledger.partitions(of: students) == [
                Partition(source: "campus", day: "2026-11-22", rows: 6, bytes: 6, files: 2),
                Partition(source: "campus", day: "2026-11-23", rows: 3, bytes: 3, files: 1),
            ]
        )
        try await publish(lake, day: "2026-11-24", .replace)
        #expect(try await lake.ledger.partitions(of: students).map(\.day) == ["2026-11-24"])
    }

    @Test("of a column that is personal, or that nobody has described, no value is kept")
    func personal() async throws {
        let lake = try await Lake.open(in: folder)
        let path = try await publish(lake, day: "2026-11-22")
        let kept = try await lake.ledger.statistics(of: students)
        #expect(kept == [path: [ColumnStatistics(column: "level", minimum: "1", maximum: "9", nulls: 2)]])
        let rows = try await lake.ledger.read("count") { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM file_statistics")
        }
        #expect(rows == 1)
    }

    @Test("the statistics of a file go when its history expires")
    func forgotten() async throws {
        let lake = try await Lake.open(in: folder)
        for day in ["2026-11-22", "2026-11-23"] { try await publish(lake, day: day, .replace) }
        _ = try await lake.expireHistory(keep: 1)
        let rows = try await lake.ledger.read("count") { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM file_statistics")
        }
        #expect(rows == 1)
    }

    @Test("values are compared as their type has them, and what one file does not know stays unknown")
    func merging() {
        let low = ColumnStatistics(column: "n", minimum: "9", maximum: "10", nulls: 1)
        let high = ColumnStatistics(column: "n", minimum: "-2", maximum: "100", nulls: 2)
        let numbers = low.merging(high, type: "DECIMAL(4,2)")
        #expect(numbers == ColumnStatistics(column: "n", minimum: "-2", maximum: "100", nulls: 3))
        #expect(low.merging(high, type: "VARCHAR").maximum == "100")
        #expect(low.merging(high, type: "VARCHAR").minimum == "-2")
        let unknown = low.merging(ColumnStatistics(column: "n", minimum: nil, maximum: "11", nulls: 0), type: "INTEGER")
        #expect(unknown == ColumnStatistics(column: "n", minimum: nil, maximum: "11", nulls: 1))
    }
}
