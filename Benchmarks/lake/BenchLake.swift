// A lake of its own for the measurements.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumLake
import LyceumPipeline

struct BenchLake {
    static let files = 1_000
    static let rowsPerFile = 2_000
    private static let table = TableID(.raw, "oracle_enrollments")

    let folder: URL
    let pipeline: Pipeline
    private let engine: @Sendable () async throws -> DuckDBEngine

    init(_ folder: URL) throws {
        self.folder = folder
        let configuration = try Configuration.parse(
            "compaction: {auto: false}\nsources: {campus: {type: files, path: .}}",
            file: folder.appending(path: "lyceum.yaml"),
            environment: [:]
        )
        pipeline = Pipeline(configuration: configuration, project: try Project.bundled())
        let spill = folder.appending(path: "spill")
        engine = { try await DuckDBEngine(limits: configuration.engine, spill: spill, prelude: "") }
    }

    /// Publishes a thousand files, again and again; the peer forces copies of them to the disk and renames them.
    func publish(rounds: Int) async throws -> Result {
        let lake = try await pipeline.openLake()
        let engine = try await engine()
        let sample = folder.appending(path: "sample.parquet")
        _ = try await engine.writeParquet("SELECT range AS id FROM range(100)", to: DataFile(sample))
        var own: [Double] = []
        var peer: [Double] = []
        for _ in 0..<rounds {
            let run = try await lake.beginRun()
            let table = TableID(.clean, "bench")
            var staged: [StagedFile] = []
            for number in 0..<Self.files {
                let place = try run.staging.file(table, source: "campus", day: "2026-01-01", number: number)
                try FileManager.default.copyItem(atPath: sample.path, toPath: place.data.location)
                staged.append(try await place.staged(rows: 100))
            }
            let publication = Publication(tables: [TablePublication(table, mode: .replace, files: staged)])
            own.append(try await Self.seconds { _ = try await run.publish(publication) })
            peer.append(try await renameByHand(sample))
        }
        let (mine, theirs) = (Self.median(own), Self.median(peer))
        return Result(
            name: "publish_1000_files",
            values: [
                ("files", Double(Self.files)), ("seconds", mine), ("peer_fsync_and_rename_seconds", theirs),
                ("ratio", theirs / mine),
            ],
            goal: ("seconds", 1),
            isMet: mine < 1
        )
    }

    private func renameByHand(_ sample: URL) async throws -> Double {
        let (from, to) = (folder.appending(path: "from"), folder.appending(path: "to"))
        for place in [from, to] {
            try? FileManager.default.removeItem(at: place)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        }
        for number in 0..<Self.files {
            try FileManager.default.copyItem(at: sample, to: from.appending(path: "\(number).parquet"))
        }
        return try await Self.seconds {
            for number in 0..<Self.files {
                let file = try FileHandle(forReadingFrom: from.appending(path: "\(number).parquet"))
                guard fsync(file.fileDescriptor) == 0 else { throw Failure(description: "fsync failed") }
                try file.close()
                let target = to.appending(path: "\(number).parquet").path
                guard rename(from.appending(path: "\(number).parquet").path, target) == 0 else {
                    throw Failure(description: "rename failed")
                }
            }
        }
    }

    /// Scans a table of many small files through the catalog and by hand, before and after they are merged.
    func scans(rounds: Int) async throws -> [Result] {
        try await fill()
        let before = try await scan("scan_small_files", rounds: rounds)
        let report = try await pipeline.compact(["raw.\(Self.table.name)"])
        let after = try await scan("scan_compacted", rounds: rounds)
        let entry = report.tables.first
        let speedup = before.seconds / after.seconds
        let compaction = Result(
            name: "compaction",
            values: [
                ("files_before", Double(entry?.filesBefore ?? 0)), ("files_after", Double(entry?.filesAfter ?? 0)),
                ("bytes_before", Double(entry?.bytesBefore ?? 0)), ("bytes_after", Double(entry?.bytesAfter ?? 0)),
                ("scan_speedup", speedup),
            ],
            goal: ("scan_speedup", 2),
            isMet: speedup >= 2
        )
        return [before.result, after.result, compaction]
    }

    /// Two million enrolments in a thousand files, as a thousand runs of one day would have landed them.
    private func fill() async throws {
        let lake = try await pipeline.openLake()
        let engine = try await engine()
        let run = try await lake.beginRun()
        var staged: [StagedFile] = []
        for number in 0..<Self.files {
            let place = try run.staging.file(Self.table, source: "campus", day: "2026-01-01", number: number)
            let rows = try await engine.writeParquet(
                """
                SELECT range * 7919 % 2000003 AS enrollment_id, range * 31 % 100000 AS student_id,
                    'CRS-' || (range * 17 % 1000) AS course_id, ['Pass', 'Fail', 'Withdrawn'][range % 3 + 1] AS final_result,
                    TIMESTAMP '2026-01-01' + to_seconds(range % 86400) AS updated_at, 'campus' AS _source,
                    '\(run.id)' AS _run_id, TIMESTAMP '2026-01-01' AS _extracted_at, hash(range) AS _hash, 'U' AS _op
                FROM range(\(number * Self.rowsPerFile), \((number + 1) * Self.rowsPerFile))
                """,
                to: place.data
            )
            staged.append(try await place.staged(rows: rows))
        }
        let publication = TablePublication(Self.table, mode: .append, files: staged, key: ["enrollment_id"])
        _ = try await run.publish(Publication(tables: [publication]))
    }

    private func scan(_ name: String, rounds: Int) async throws -> (seconds: Double, result: Result) {
        let files = try await pipeline.openLake().currentFiles(Self.table).map(\.data.location)
        let list = files.map(SQLText.literal).joined(separator: ", ")
        func query(_ from: String) -> String {
            "SELECT course_id, count(*), sum(student_id), max(updated_at) FROM \(from) GROUP BY 1 ORDER BY 1"
        }
        let session = try await LakeQuery(pipeline)
        let engine = try await engine()
        let byHand = query("read_parquet([\(list)], union_by_name = true, hive_partitioning = false)")
        var own: [Double] = []
        var peer: [Double] = []
        for round in 0...rounds {
            let mine = try await Self.seconds {
                try await Self.drain(try await session.run(query("raw.\(Self.table.name)")))
            }
            let theirs = try await Self.seconds { try await Self.drain(try await engine.query(byHand, [])) }
            // The first of each warms the page cache.
            if round > 0 {
                own.append(mine)
                peer.append(theirs)
            }
        }
        let ratio = Self.median(own) / Self.median(peer)
        let result = Result(
            name: name,
            values: [
                ("files", Double(files.count)), ("seconds", Self.median(own)),
                ("peer_duckdb_by_hand_seconds", Self.median(peer)), ("ratio", ratio),
            ],
            goal: ("ratio", 1.05),
            isMet: ratio <= 1.05
        )
        return (Self.median(own), result)
    }

    private static func drain(_ stream: RecordBatchStream) async throws {
        var rows = 0
        for try await batch in stream { rows += batch.count }
        guard rows == 1_000 else { throw Failure(description: "expected 1000 groups, not \(rows)") }
    }

    private static func seconds(_ body: () async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try await body()
        return start.duration(to: clock.now) / .seconds(1)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
