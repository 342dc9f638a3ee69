// Whole runs on a tiny project: increments, balance, failures, locks.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSources
import Synchronization
import Testing

@testable import LyceumPipeline

@Test("A run lands, cleans and publishes, and its counts balance")
func firstRun() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set {
            $0.rows = [(1, " Ann ", 80), (1, " Ann ", 80), (2, "Bob", 30), (3, "Cyd", 140), (nil, "Dee", 1)]
        }
        let report = try await campus.run()
        #expect(report.records == 5)
        #expect(try await campus.glob("curated/cards", "id, name, passed") == ["1|ANN|true", "2|BOB|false"])
        let clean = report.tables.first { $0.table == "persons" }
        #expect(clean?.counts == RowCounts(rowsIn: 5, rowsOut: 2, quarantined: 2, deduplicated: 1))
        #expect(
            try await campus.glob("quarantine/persons", "rules, row_key")
                == ["[\"not_null_id\"]|", "[\"range_score\"]|3"]
        )
        #expect(report.published == ["clean.persons", "curated.cards", "quarantine.persons", "raw.people"])
    }
}

@Test("A second run with nothing new lands nothing and publishes nothing")
func nothingNew() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 30)] }
        try await campus.run()
        let before = try campus.visibleFiles()
        let report = try await campus.run()
        #expect(report.records == 0)
        #expect(report.published.isEmpty)
        #expect(report.tables.allSatisfy { $0.status == .unchanged })
        #expect(try campus.visibleFiles() == before)
    }
}

/// A clock that is a second earlier each time it is looked at.
private final class ClockSetBack: Sendable {
    private let time: Mutex<Date>

    init(_ begin: Date) { time = Mutex(begin) }

    var now: @Sendable () -> Date {
        {
            self.time.withLock { time in
                time -= 1
                return time
            }
        }
    }
}

@Test(
    "Changed, added and removed rows reach the curated table; a removed one can come back, whatever the clock does",
    arguments: ["goes", "stands", "is set back"]
)
func changes(clock: String) async throws {
    try await withTemporaryFolder { folder in
        var campus = TinyCampus(folder)
        let begin = Date(timeIntervalSince1970: 1_767_225_600)
        switch clock {
        case "stands": campus.now = { begin }
        case "is set back": campus.now = ClockSetBack(begin).now
        default: break
        }
        campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 30), (3, "Cyd", 50)] }
        try await campus.run()
        campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 60), (4, "Dee", 10)] }
        let report = try await campus.run()
        #expect(report.records == 3)
        #expect(
            try await campus.glob("curated/cards", "id, name, passed") == ["1|ANN|true", "2|BOB|true", "4|DEE|false"]
        )
        #expect(report.tables.first { $0.table == "persons" }?.counts.isBalanced == true)
        campus.source.set { $0.rows.append((3, "Cyd", 50)) }
        try await campus.run()
        #expect(try await campus.glob("curated/cards", "id").contains("3"))
    }
}

@Test("A full refresh gives the same curated rows as increments")
func fullRefresh() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 30)] }
        try await campus.run()
        campus.source.set { $0.rows = [(1, "Ann", 90), (3, "Cyd", 20)] }
        try await campus.run()
        let incremental = try await campus.glob("curated/cards", "id, name, passed")
        let report = try await campus.run { $0.fullRefresh = true }
        #expect(report.tables.filter { $0.zone != .raw }.allSatisfy { $0.status == .built })
        #expect(try await campus.glob("curated/cards", "id, name, passed") == incremental)
    }
}

@Test("A source that dies half way publishes nothing, and the next run is whole")
func sourceDies() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set {
            $0.rows = [(1, "Ann", 80)]
            $0.failure = SourceError(.interrupted, "the connection was reset", location: "test", isRetryable: true)
        }
        let error = await #expect(throws: PipelineError.self) { try await campus.run() }
        #expect(error?.code == .sourceFailed)
        #expect(error?.location == "campus")
        let visible = try campus.visibleFiles()
        #expect(visible.isEmpty)
        let runs = try await campus.pipeline().openLake().ledger.runs(limit: 5)
        #expect(runs.map(\.status) == [.failed])
        campus.source.set { $0.failure = nil }
        try await campus.run()
        #expect(try await campus.glob("curated/cards", "id") == ["1"])
    }
}

@Test("A source that suddenly returns nothing deletes nothing")
func suddenlyEmpty() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set { $0.rows = [(1, "Ann", 80)] }
        try await campus.run()
        campus.source.set { $0.rows = [] }
        let error = await #expect(throws: PipelineError.self) { try await campus.run() }
        #expect(error?.code == .sourceFailed)
        #expect(try await campus.glob("curated/cards", "id") == ["1"])
    }
}

@Test("Unreadable rows go to quarantine with their place, and are counted")
func unreadableRows() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set {
            $0.rows = [(1, "Ann", 80)]
            $0.rejected = [RejectedRow(location: "people.csv:7", reason: "not UTF-8", text: "2,B?b")]
        }
        let report = try await campus.run()
        let raw = report.tables.first { $0.zone == .raw }
        #expect(raw?.counts == RowCounts(rowsIn: 2, rowsOut: 1, quarantined: 1))
        #expect(try await campus.glob("quarantine/people", "location, reasons") == ["people.csv:7|[\"not UTF-8\"]"])
        let query = try await LakeQuery(campus.pipeline())
        #expect(try await query.quarantineCounts().map(\.rows) == [1])

        campus.source.set { $0.rejected[0].location = "people.csv:9" }
        let again = try await campus.run()
        #expect(again.records == 0)
        #expect(again.published.isEmpty)
        #expect(again.tables.first { $0.zone == .raw }?.counts == RowCounts(rowsIn: 2, deduplicated: 2))
    }
}

@Test(
    "A column added, retyped or gone leaves the rest of the table working",
    arguments: [
        (ScriptedSource.Shape.columnAdded, "1|ANN|true"), (.scoreAsText, "1|ANN|true"), (.nameGone, "1|-|true"),
    ]
)
func schemaDrift(shape: ScriptedSource.Shape, card: String) async throws {
    try await withTemporaryFolder { folder in
        var campus = TinyCampus(folder)
        campus.cardsSQL = "select id, upper(name) as name, cast(score as double) >= 50 as passed from ref('persons')"
        campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 30)] }
        try await campus.run()
        campus.source.set {
            $0.rows = [(1, "Ann", 85), (2, "Bob", 30)]
            $0.shape = shape
        }
        let report = try await campus.run()
        #expect(report.tables.filter { $0.zone != .raw }.allSatisfy { $0.counts.isBalanced })
        #expect(try await campus.glob("curated/cards", "id, name, passed").first == card)
        let landed = try await campus.glob("raw/people", "*")
        #expect(landed.contains { $0.contains("new") } == (shape == .columnAdded))
    }
}

@Test("A key column that is gone fails the run and says what to do")
func keyGone() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set {
            $0.rows = [(1, "Ann", 80)]
            $0.shape = .keyGone
        }
        let error = await #expect(throws: PipelineError.self) { try await campus.run() }
        #expect(error?.message.contains("the key column id is gone") == true)
        #expect(error?.location == "campus/people")
    }
}

@Test("A lake that cannot be written is refused before any source is asked")
func unwritableLake() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set { $0.hook = { Issue.record("the source was asked") } }
        try Data("in the way".utf8).write(to: folder.appending(path: "lake"))
        let error = await #expect(throws: LakeError.self) { try await campus.run() }
        #expect(error?.code == .notAFolder)
    }
}

@Test("A model that loses or invents rows fails the run, and nothing is published")
func unbalanced() async throws {
    try await withTemporaryFolder { folder in
        var campus = TinyCampus(folder)
        campus.cardsSQL = "select id, name, true as passed from ref('persons') where score > 50"
        campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 30)] }
        let error = await #expect(throws: PipelineError.self) { try await campus.run() }
        #expect(error?.code == .unbalanced)
        let visible = try campus.visibleFiles()
        #expect(visible.isEmpty)
    }
}

@Test("A model that cannot convert a value fails the run, and neither error nor ledger repeats the value")
func unconvertible() async throws {
    try await withTemporaryFolder { folder in
        var campus = TinyCampus(folder)
        campus.cardsSQL = "select id, name, cast(name as integer) > 0 as passed from ref('persons')"
        campus.source.set { $0.rows = [(1, "Zoe of B", 80)] }
        let error = await #expect(throws: PipelineError.self) { try await campus.run() }
        let run = try #require(try await campus.pipeline().openLake().ledger.runs(limit: 1).first)
        let recorded = try #require(run.error)
        for text in [recorded, "\(try #require(error))", "\(String(describing: error?.cause))"] {
            #expect(!text.contains("Zoe"), "\(text)")
        }
        #expect(recorded.contains("Conversion Error") && recorded.contains("cards"))
    }
}

@Test("A broken table test of severity error fails the run")
func tableTestFails() async throws {
    try await withTemporaryFolder { folder in
        var campus = TinyCampus(folder)
        campus.personsYAML += """

            tests:
            - sql: {name: nobody_named_bob, query: "select * from ref('persons') where name = 'Bob'"}
            """
        campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 30)] }
        let error = await #expect(throws: PipelineError.self) { try await campus.run() }
        #expect(error?.code == .testFailed)
        #expect(error?.message.contains("nobody_named_bob") == true)
        let visible = try campus.visibleFiles()
        #expect(visible.isEmpty)
    }
}

@Test("A changed model is rebuilt, and what reads it, without new source rows")
func changedModel() async throws {
    try await withTemporaryFolder { folder in
        var campus = TinyCampus(folder)
        campus.source.set { $0.rows = [(1, "Ann", 80)] }
        try await campus.run()
        campus.cardsSQL = "select id, lower(name) as name, true as passed from ref('persons')"
        let plan = try await campus.pipeline().plan(RunOptions())
        #expect(plan.build.map(\.reason) == ["up to date now", "its definition changed"])
        let report = try await campus.run()
        #expect(report.published == ["curated.cards"])
        #expect(try await campus.glob("curated/cards", "name") == ["ann"])
    }
}

@Test("A second run at the same time is told who holds the lock")
func locked() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set {
            $0.rows = [(1, "Ann", 80)]
            $0.hook = {
                let error = await #expect(throws: LakeError.self) { try await campus.pipeline().run(RunOptions()) }
                #expect(error?.code == .locked)
                #expect(error?.message.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
            }
        }
        try await campus.run()
    }
}

@Test("A cancelled run stops, publishes nothing and can be repeated")
func cancelled() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set {
            $0.rows = [(1, "Ann", 80)]
            $0.hook = { try await Task.sleep(for: .seconds(60)) }
        }
        let run = Task { try await campus.run() }
        try await Task.sleep(for: .milliseconds(300))
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        let visible = try campus.visibleFiles()
        #expect(visible.isEmpty)
        #expect(try await campus.pipeline().openLake().ledger.runs(limit: 1).first?.status == .cancelled)
        campus.source.set { $0.hook = nil }
        try await campus.run()
        #expect(try await campus.glob("curated/cards", "id") == ["1"])
    }
}

@Test("Two sources fill one raw table, each in its own partition")
func twoSources() async throws {
    try await withTemporaryFolder { folder in
        var campus = TinyCampus(folder)
        let north = ScriptedSource(name: "north")
        campus.others = [north]
        campus.source.set { $0.rows = [(1, "Ann", 80)] }
        north.set { $0.rows = [(2, "Bob", 60)] }
        let report = try await campus.run()
        #expect(report.records == 2)
        #expect(try await campus.glob("raw/people", "id, source") == ["1|campus", "2|north"])
        #expect(try await campus.glob("clean/persons", "id, source") == ["1|campus", "2|north"])
        north.set { $0.rows = [(3, "Cyd", 60)] }
        try await campus.run { $0.sources = ["north"] }
        #expect(try await campus.glob("clean/persons", "id") == ["1", "3"])
    }
}

@Test(
    "Only reading is allowed in a query",
    arguments: [
        "drop table persons", "create table x as select 1", "select 1; select 2", "copy persons to '/tmp/x.csv'",
        "attach 'x.db'", "insert into persons values (1)", "set memory_limit = '1GB'", "",
    ]
)
func readOnlyQueries(sql: String) async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set { $0.rows = [(1, "Ann", 80)] }
        try await campus.run()
        let query = try await LakeQuery(campus.pipeline())
        let error = await #expect(throws: PipelineError.self) { _ = try await query.run(sql) }
        #expect(error?.code == .badQuery)
    }
}

@Test("A query reads tables by name and no file outside the lake")
func queries() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set { $0.rows = [(1, "Ann", 80)] }
        try await campus.run()
        let query = try await LakeQuery(campus.pipeline())
        var names: [String?] = []
        for try await batch in try await query.run(
            "select name from cards join clean.persons using (id, name) -- none\n union all select name from curated.cards"
        ) {
            names += (0..<batch.count).map { batch.column(0).string(at: $0) }
        }
        #expect(names == ["ANN"])
        let error = await #expect(throws: PipelineError.self) {
            for try await _ in try await query.run("select * from read_text('/etc/passwd')") {}
        }
        #expect(error?.code == .badQuery)
    }
}

@Test("A full disk is told as such, whatever met it")
func fullDisk() async throws {
    try await withTemporaryFolder { folder in
        let campus = TinyCampus(folder)
        campus.source.set {
            $0.rows = [(1, "Ann", 80)]
            $0.failure = SourceError(.rejected, "writing a page: No space left on device", location: "test")
        }
        let error = await #expect(throws: PipelineError.self) { try await campus.run() }
        #expect(error?.code == .storage)
        let visible = try campus.visibleFiles()
        #expect(visible.isEmpty)
    }
}
