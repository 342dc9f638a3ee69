// Compaction on a tiny campus: fewer files, the same rows, and nothing rebuilt for it.

import Foundation
import LyceumCore
import Synchronization
import Testing

@testable import LyceumLake
@testable import LyceumPipeline

/// A clock that a test sets by days; it moves by a second each time that it is asked, so that no two runs begin at once.
final class DayClock: Sendable {
    private let time: Mutex<Date>

    init(_ day: String) { time = Mutex(Timestamp.parse(day + "T08:00:00Z") ?? Date()) }

    var now: @Sendable () -> Date {
        {
            self.time.withLock {
                $0 += 1
                return $0
            }
        }
    }

    /// Goes to a day, or on within it.
    func set(_ day: String) {
        time.withLock { now in
            if let time = Timestamp.parse(day + "T08:00:00Z"), time > now { now = time }
        }
    }
}

@Suite("Compaction")
struct CompactionTests {
    /// One run on each day, each with one person more and Ann's score changed.
    private func campus(
        _ folder: URL,
        days: [String],
        _ settings: String = "compaction: {auto: false}",
        isEncrypted: Bool = false
    ) async throws -> TinyCampus {
        let clock = DayClock(days[0])
        var campus = TinyCampus(folder)
        campus.now = clock.now
        campus.isEncrypted = isEncrypted
        campus.extraConfiguration = settings
        for (number, day) in days.enumerated() {
            clock.set(day)
            campus.source.set {
                $0.rows = [(1, "Ann", Double(number))] + (0...number).map { (10 + $0, "P\($0)", 50) }
            }
            try await campus.run()
        }
        return campus
    }

    private static let raw = "raw/people"
    private static let all = "id, name, score, _run_id, _op, _hash, _extracted_at"

    @Test(
        "small files become one sorted file a month that is over, every row stays, and no model is built for it",
        arguments: [false, true]
    )
    func merge(isEncrypted: Bool) async throws {
        try await withTemporaryFolder { folder in
            let days = ["2026-01-03", "2026-01-20", "2026-02-01", "2026-02-01", "2026-02-02"]
            let campus = try await campus(folder, days: days, isEncrypted: isEncrypted)
            let before = try await campus.glob(Self.raw, Self.all)
            let pipeline = try campus.pipeline()
            let lake = try await pipeline.openLake()
            let old = try #require(try await lake.ledger.table(TableID(.raw, "people"))?.snapshot)
            let planned = try await pipeline.compact(isDryRun: true)
            #expect(planned.run == nil && planned.tables.map(\.filesAfter) == [2])
            #expect(try await campus.glob(Self.raw, "count(DISTINCT filename)") == ["5"])

            let report = try await pipeline.compact()
            let entry = try #require(report.tables.first)
            #expect(report.tables.count == 1 && entry.table == "raw.people")
            #expect(entry.filesBefore == 4 && entry.filesAfter == 2 && entry.rows == 8)
            #expect(try await campus.glob(Self.raw, Self.all) == before)
            // January under its last day, the first of February on its own, the second as it was.
            #expect(
                try await campus.glob(Self.raw, "DISTINCT CAST(dt AS VARCHAR)")
                    == ["2026-01-20", "2026-02-01", "2026-02-02"]
            )
            let engine = try await DuckDBEngine.forTest()
            let plain = try await campus.plainLake()
            defer { if isEncrypted { try? FileManager.default.removeItem(at: plain) } }
            let january = plain.appending(path: "raw/people/source=campus/dt=2026-01-20/*.parquet").path
            #expect(
                try await engine.rows("SELECT id, name FROM read_parquet('\(january)')").map { $0.prefix(2) }
                    == ["1|", "1|", "10", "11"]
            )
            let then = try await LakeQuery(pipeline, at: .snapshot(old))
            var count = 0
            for try await batch in try await then.run("SELECT * FROM raw.people") { count += batch.count }
            #expect(count == before.count)

            let next = try await campus.run()
            #expect(next.records == 0 && next.published.isEmpty)
            #expect(next.tables.allSatisfy { $0.status == .unchanged })
            #expect(next.index?.rebuilt != true)
            #expect(try await pipeline.compact().tables.isEmpty, "what is merged is not merged again")
        }
    }

    @Test("rows that change after a compaction are seen as ever")
    func landing() async throws {
        try await withTemporaryFolder { folder in
            let campus = try await campus(folder, days: ["2026-01-03", "2026-01-04", "2026-03-01"])
            _ = try await campus.pipeline().compact()
            campus.source.set { $0.rows = [(1, "Ann", 99), (10, "P0", 50), (11, "P1", 50)] }
            let report = try await campus.run()
            #expect(report.records == 2, "Ann's new score, and the one who left")
            #expect(
                try await campus.glob("curated/cards", "id, passed") == ["1|true", "10|true", "11|true"]
            )
        }
    }

    @Test("a run merges files by itself once there are as many as configured")
    func automatic() async throws {
        try await withTemporaryFolder { folder in
            let settings = "compaction: {auto: true, files: 4}"
            let campus = try await campus(folder, days: Array(repeating: "2026-01-03", count: 3), settings)
            #expect(try await campus.glob(Self.raw, "count(DISTINCT filename)") == ["3"])
            campus.source.set { $0.rows.append((99, "Zoe", 1)) }
            let report = try await campus.run()
            #expect(report.notices.contains("raw.people: 4 small files merged into 1"))
            #expect(try await campus.glob(Self.raw, "count(DISTINCT filename)") == ["1"])
            #expect(try await campus.run().published.isEmpty)
        }
    }

    @Test("a file that has not the rows that the catalog says stops the compaction before anything is published")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let campus = try await campus(folder, days: ["2026-01-03", "2026-01-04", "2026-03-01"])
            let before = try campus.visibleFiles().sorted()
            let file = try #require(before.first { $0.hasPrefix(Self.raw) })
            let engine = try await DuckDBEngine.forTest()
            let path = folder.appending(path: "lake/\(file)").path
            try await engine.execute(
                "COPY (SELECT * FROM read_parquet('\(path)') LIMIT 1) TO '\(path).new' (FORMAT parquet)"
            )
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: path + ".new", toPath: path)
            let error = await #expect(throws: PipelineError.self) { try await campus.pipeline().compact() }
            #expect(error?.code == .unbalanced)
            #expect(try campus.visibleFiles().sorted() == before)
            let lake = try await campus.pipeline().openLake()
            #expect(try await lake.ledger.lastRun()?.status == .failed)
        }
    }

    @Test("large files are left, groups keep below the target, and another source's files apart")
    func plan() throws {
        func file(_ source: String, _ day: String, _ bytes: Int64) throws -> LakeFile {
            let path = try FilePath(
                table: TableID(.raw, "people"),
                source: source,
                day: day,
                run: RunID(),
                number: 0
            )
            return LakeFile(path: path, rows: 1, bytes: bytes, isSuperseded: false, data: DataFile("/\(path)"))
        }
        let files = try [
            file("a", "2026-01-01", 40), file("a", "2026-01-02", 40), file("a", "2026-01-03", 40),
            file("a", "2026-01-04", 10), file("a", "2026-01-05", 60), file("b", "2026-01-01", 10),
            file("a", "2026-02-01", 10), file("a", "2026-02-02", 10), file("a", "2026-02-02", 10),
        ]
        let plan = CompactionPlan(files, target: 100, today: "2026-02-10")
        let groups = plan.groups.map { $0.map { "\($0.day ?? "") \($0.bytes)" } }
        #expect(
            groups == [
                ["2026-01-01 40", "2026-01-02 40"], ["2026-01-03 40", "2026-01-04 10"],
                ["2026-02-02 10", "2026-02-02 10"],
            ]
        )
    }
}
