// Publishing: replace, append, and everything that is refused.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

@Suite("Publishing", .onBothLedgers)
struct PublishTests {
    let folder: TemporaryFolder
    let clock = TestClock()

    init() throws { folder = try TemporaryFolder() }

    @Test("a first publication is what the catalog and a plain glob see, under partitioned paths")
    func first() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let receipt = try await lake.publish([(students, .replace, ["one", "two"])])
        let expected = [
            "clean/students/source=campus/dt=2026-11-23/\(receipt.run)-0.parquet": "one",
            "clean/students/source=campus/dt=2026-11-23/\(receipt.run)-1.parquet": "two",
        ]
        #expect(try await lake.glob(students) == expected)
        #expect(try await lake.catalogued(students) == expected)
        #expect(receipt.snapshots.keys.sorted() == [students])
        #expect(receipt.pending == nil)
        #expect(try await lake.store.names(in: "_staging").isEmpty)
        #expect(try await lake.audit().isClean)
    }

    @Test("a replacement moves the files before it to history, under the same paths")
    func replace() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        try await lake.publish([(students, .replace, ["old", "older"])])
        let before = try await lake.glob(students)
        try await lake.publish([(students, .replace, ["new"])])
        #expect(try await lake.glob(students).values.sorted() == ["new"])
        for (path, content) in before {
            #expect(try await lake.text("_history/" + path) == content)
        }
        let table = try #require(try await lake.ledger.table(students))
        #expect(table.files == 1 && table.rows == 3 && table.bytes == 3)
    }

    @Test("a replacement leaves no empty partition folders behind")
    func prune() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        for day in ["2026-11-22", "2026-11-23"] {
            let run = try await lake.beginRun()
            let table = try await run.stage(students, .replace, ["x"], source: "s\(day.suffix(1))", day: day)
            _ = try await run.publish(Publication(tables: [table]))
        }
        #expect(try await lake.store.names(in: "clean/students") == ["source=s3"])
    }

    @Test("an append adds to the files before it and sums rows and bytes")
    func append() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        try await lake.publish([(rawStudents, .append, ["a"])])
        try await lake.publish([(rawStudents, .append, ["bb", "ccc"])])
        #expect(try await lake.contents(rawStudents) == ["a", "bb", "ccc"])
        #expect(try await lake.glob(rawStudents).count == 3)
        let table = try #require(try await lake.ledger.table(rawStudents))
        #expect(table.files == 3 && table.rows == 6 && table.bytes == 6)
        #expect(try await lake.ledger.history(of: rawStudents).map(\.files) == [3, 1])
    }

    @Test("nothing to publish makes no snapshot, and ends the run as succeeded")
    func nothing() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        try await lake.publish([(rawStudents, .append, ["a"]), (students, .replace, ["a"])])
        let run = try await lake.beginRun()
        let receipt = try await run.publish(
            Publication(tables: [TablePublication(rawStudents, mode: .append, files: [], fingerprint: "f2")])
        )
        #expect(receipt.snapshots.isEmpty)
        #expect(try await lake.ledger.history(of: rawStudents).count == 1)
        #expect(try await lake.ledger.build(of: rawStudents)?.fingerprint == "f2")
        #expect(try await lake.ledger.run(run.id).run.status == .succeeded)
        #expect(try await lake.contents(students) == ["a"])
    }

    @Test("a table replaced by nothing is empty, once")
    func replaceByNothing() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        try await lake.publish([(students, .replace, ["a"])])
        #expect(try await lake.publish([(students, .replace, [])]).snapshots.count == 1)
        #expect(try await lake.publish([(students, .replace, [])]).snapshots.isEmpty)
        #expect(try await lake.glob(students).isEmpty)
        #expect(try await lake.contents(students).isEmpty)
    }

    @Test("columns, key, description, counts, tests and lineage are kept with the publication")
    func metadata() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let run = try await lake.beginRun(options: #"{"select":"students"}"#)
        var table = try await run.stage(
            students,
            .replace,
            ["a"],
            fingerprint: "f1",
            inputs: [LineageInput(rawStudents), LineageInput("seed.phrases", version: "h1")]
        )
        table.description = "One row a student."
        table.key = ["student_id"]
        table.columns = [
            ColumnDescription(name: "student_id", type: "BIGINT", description: "The number.", pii: .direct),
            ColumnDescription(name: "gpa", type: "DECIMAL(4,2)", pii: .education),
        ]
        let raw = try await run.stage(rawStudents, .append, ["raw"])
        let counts = RowCounts(rowsIn: 10, rowsOut: 7, quarantined: 1, deduplicated: 2)
        let report = TableReport(students, status: .built, counts: counts, seconds: 0.5, fingerprint: "f1")
        let test = TestResult(
            table: students,
            name: "not_null:email",
            severity: .warn,
            status: .warned,
            failures: 4,
            message: "4 rows"
        )
        clock.advance(90)
        let receipt = try await run.publish(
            Publication(tables: [table, raw], reports: [report], tests: [test], records: 10)
        )

        let summary = try #require(try await lake.ledger.table(students))
        #expect(summary.description == "One row a student." && summary.key == ["student_id"])
        #expect(summary.columns == table.columns)
        #expect(summary.run == run.id && summary.publishedAt == clock.now())
        let detail = try await lake.ledger.run(run.id)
        #expect(detail.tables == [report] && detail.tests == [test])
        #expect(detail.run.records == 10 && detail.run.seconds == 90)
        #expect(detail.run.options == #"{"select":"students"}"#)
        let rawVersion = try #require(receipt.snapshots[rawStudents]).description
        let inputs = [
            LineageInput("raw.oracle_students", version: rawVersion), LineageInput("seed.phrases", version: "h1"),
        ]
        #expect(detail.inputs == [students: inputs])
        let build = try #require(try await lake.ledger.build(of: students))
        #expect(build.inputs == inputs && build.fingerprint == "f1" && build.run == run.id)
        #expect(build.snapshot == receipt.snapshots[students])
    }

    @Test("watermarks move with the publication and not without it")
    func watermarks() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        try await lake.publish([(rawStudents, .append, ["a"])], watermark: "2026-11-01T00:00:00Z")
        let run = try await lake.beginRun()
        var publication = Publication(tables: [try await run.stage(rawStudents, .append, ["b"])])
        publication.watermarks = [
            WatermarkRecord(source: "campus", table: "oracle_students", column: "updated_at", value: "later")
        ]
        publication.tables[0].basedOn = 999
        await expectLakeError(.conflict) { try await run.publish(publication) }
        try await run.finish(.failed, error: "conflict")
        let mark = try #require(try await lake.ledger.watermark(source: "campus", table: "oracle_students"))
        #expect(mark.value == "2026-11-01T00:00:00Z")
        #expect(try await lake.ledger.watermarks() == [mark])
        #expect(try await lake.contents(rawStudents) == ["a"])
    }

    @Test("a publication of one run leaves tables of others as they are")
    func others() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        try await lake.publish([(students, .replace, ["s"]), (courses, .replace, ["c"])])
        try await lake.publish([(students, .replace, ["s2"])])
        #expect(try await lake.contents(courses) == ["c"])
        #expect(try await lake.contents(students) == ["s2"])
    }

    @Test("rows that do not add up are refused, and nothing is published")
    func unbalanced() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let run = try await lake.beginRun()
        var publication = Publication(tables: [try await run.stage(students, .replace, ["a"])])
        publication.reports = [
            TableReport(students, status: .built, counts: RowCounts(rowsIn: 3, rowsOut: 1, quarantined: 1))
        ]
        let error = await expectLakeError(.unbalanced) { try await run.publish(publication) }
        #expect(error?.message.contains("clean.students") == true)
        #expect(try await lake.glob(students).isEmpty)
        #expect(try await lake.ledger.run(run.id).run.status == .running)
    }

    @Test("files that are missing, altered, foreign or listed twice are refused")
    func wrongFiles() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let run = try await lake.beginRun()
        let good = try await run.stage(students, .replace, ["abc"])
        let other = try FilePath(table: students, source: nil, day: nil, run: RunID(), number: 0)
        var missing = good
        missing.files[0].path = try FilePath(table: students, source: nil, day: nil, run: run.id, number: 7)
        var altered = good
        altered.files[0].bytes = 4
        var foreign = good
        foreign.files[0].path = other
        var elsewhere = good
        elsewhere.table = courses
        var twice = good
        twice.files += good.files
        await expectLakeError(.missingFile) { try await run.publish(Publication(tables: [missing])) }
        for table in [altered, foreign, elsewhere, twice] {
            await expectLakeError(.invalidPublication) { try await run.publish(Publication(tables: [table])) }
        }
        await expectLakeError(.invalidPublication) { try await run.publish(Publication(tables: [good, good])) }
        #expect(try await run.publish(Publication(tables: [good])).snapshots.count == 1)
    }

    @Test("a link in the staging folder is not taken for a file")
    func link() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let run = try await lake.beginRun()
        let place = try run.staging.file(students)
        try FileManager.default.createSymbolicLink(
            atPath: place.data.location,
            withDestinationPath: "/etc/hostname"
        )
        await expectLakeError(.missingFile) { try await place.staged(rows: 1) }
        let file = StagedFile(path: place.path, rows: 1, bytes: 1)
        await expectLakeError(.missingFile) {
            try await run.publish(Publication(tables: [TablePublication(students, mode: .replace, files: [file])]))
        }
    }

    @Test("a run that has ended can neither publish nor end again")
    func runOver() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let run = try await lake.beginRun()
        _ = try await run.publish(Publication(tables: [try await run.stage(students, .replace, ["a"])]))
        await expectLakeError(.runOver) { try await run.publish(Publication()) }
        await expectLakeError(.runOver) { try await run.finish(.failed) }
        #expect(try await lake.contents(students) == ["a"])
    }

    @Test("a failed run keeps its reason, reports and tests, and leaves no staged file")
    func failed() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let run = try await lake.beginRun()
        _ = try await run.stage(students, .replace, ["a"])
        let test = TestResult(table: students, name: "unique:id", severity: .error, status: .failed, failures: 2)
        let report = TableReport(students, status: .failed, counts: RowCounts(rowsIn: 2), message: "unique:id")
        try await run.finish(.failed, error: "a test failed", records: 2, reports: [report], tests: [test])
        let detail = try await lake.ledger.run(run.id)
        #expect(detail.run.status == .failed && detail.run.error == "a test failed" && detail.run.records == 2)
        #expect(detail.tests == [test] && detail.tables == [report])
        #expect(try await lake.store.names(in: "_staging").isEmpty)
        #expect(try await lake.runHolder() == nil)
    }

    @Test("a cancelled task publishes nothing, and its run can be ended as cancelled")
    func cancelled() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let run = try await lake.beginRun()
        let publication = Publication(tables: [try await run.stage(students, .replace, ["a"])])
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            await #expect(throws: CancellationError.self) { try await run.publish(publication) }
            try await run.finish(.cancelled)
        }
        try await task.value
        #expect(try await lake.ledger.run(run.id).run.status == .cancelled)
        #expect(try await lake.glob(students).isEmpty)
    }

    @Test("what an engine wrote by partitions is found in the staging folder")
    func found() async throws {
        let lake = try await Lake.open(in: folder, clock: clock)
        let run = try await lake.beginRun()
        let folder = "_staging/\(run.id)/clean/students/source=a%20b/dt=2026-11-23"
        try await lake.store.write("\(folder)/\(run.id)-data_0.parquet", Data("x".utf8))
        let files = try await run.staging.files(students)
        #expect(files.map(\.bytes) == [1])
        #expect(files.first?.path.source == "a b" && files.first?.path.day == "2026-11-23")
        #expect(
            try await run.publish(Publication(tables: [TablePublication(students, mode: .replace, files: files)]))
                .snapshots.count == 1
        )
        #expect(try await lake.contents(students) == ["x"])
    }
}
