// Retention on a tiny campus: what goes, what stays, what does not come back, and what a hold forbids.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSources
import Testing

@testable import LyceumPipeline

@Suite("Retention")
struct RetentionTests {
    private static let raw = "raw/people"

    /// Ann changed in 2019, Bob left in 2020, Cyd came in 2025 and changed in 2026.
    private func campus(
        _ folder: URL,
        _ settings: String = "",
        isEncrypted: Bool = false
    ) async throws -> (TinyCampus, DayClock) {
        let clock = DayClock("2018-05-01")
        var campus = TinyCampus(folder)
        campus.now = clock.now
        campus.isEncrypted = isEncrypted
        campus.extraConfiguration = settings
        let states: [(String, [(id: Int?, name: String, score: Double)])] = [
            ("2018-05-01", [(1, "Ann", 10), (2, "Bob", 20)]), ("2019-05-01", [(1, "Ann", 11), (2, "Bob", 20)]),
            ("2020-05-01", [(1, "Ann", 11)]), ("2025-05-01", [(1, "Ann", 11), (3, "Cyd", 30)]),
            ("2026-05-01", [(1, "Ann", 11), (3, "Cyd", 31)]),
        ]
        for (day, rows) in states {
            clock.set(day)
            campus.source.set { $0.rows = rows }
            try await campus.run()
        }
        return (campus, clock)
    }

    @Test(
        "superseded and deleted rows go after seven years, the current state of a living key never, and none comes back",
        arguments: [false, true]
    )
    func changeLog(isEncrypted: Bool) async throws {
        try await withTemporaryFolder { folder in
            let (campus, clock) = try await campus(folder, isEncrypted: isEncrypted)
            clock.set("2027-06-01")
            let cards = try await campus.glob("curated/cards", "id, name, passed")
            let pipeline = try campus.pipeline()
            let planned = try await pipeline.retain(isDryRun: true)
            let before = try await campus.glob(Self.raw, "id, score, _op")
            #expect(before == ["1|10.0|U", "1|11.0|U", "2|20.0|U", "2|-|D", "3|30.0|U", "3|31.0|U"])
            let report = try await pipeline.retain()
            let entry = try #require(report.tables.first { $0.table == "raw.people" })
            #expect(entry.rows == 3 && planned.tables.first { $0.table == "raw.people" }?.rows == 3)
            #expect(entry.period == "7 years" && entry.reason.hasPrefix("superseded or deleted"))
            // Ann's state of 2019 is older than seven years, and still hers.
            #expect(try await campus.glob(Self.raw, "id, score, _op") == ["1|11.0|U", "3|30.0|U", "3|31.0|U"])
            let run = try await campus.run()
            #expect(run.records == 0, "nothing comes back")
            #expect(run.tables.first { $0.zone == .clean }?.status == .built, "what is made of it is built anew")
            #expect(run.tables.allSatisfy { $0.counts.isBalanced })
            #expect(try await campus.glob("curated/cards", "id, name, passed") == cards)
            #expect(try await campus.run().published.isEmpty)
            #expect(try await pipeline.retain().run == nil, "there is nothing more to remove")
        }
    }

    @Test("what was removed stays readable in history until that expires, then its files are gone")
    func history() async throws {
        try await withTemporaryFolder { folder in
            let (campus, clock) = try await campus(folder)
            clock.set("2027-06-01")
            let pipeline = try campus.pipeline()
            let lake = try await pipeline.openLake()
            let table = TableID(.raw, "people")
            let old = try #require(try await lake.ledger.table(table)?.snapshot)
            _ = try await pipeline.retain()
            #expect(try await lake.files(table, at: old).reduce(0) { $0 + $1.rows } == 6)
            clock.set("2027-08-29")
            #expect(try await pipeline.retain().expiredFiles == 0, "89 days")
            clock.set("2027-08-31")
            #expect(try await pipeline.retain(isDryRun: true).expiredFiles == 2)
            #expect(try await lake.files(table, at: old).count == 5)
            let report = try await pipeline.retain()
            #expect(report.expiredFiles == 2)
            await #expect(throws: LakeError.self) { try await lake.files(table, at: old) }
            #expect(try await lake.audit().isClean)
        }
    }

    @Test("a date column decides for current rows too, and a source that still delivers them does not bring them back")
    func dateColumn() async throws {
        try await withTemporaryFolder { folder in
            let clock = DayClock("2020-01-02")
            var campus = TinyCampus(folder)
            campus.now = clock.now
            campus.extraConfiguration = "retention: {tables: {people: 10 years}, by: {people: name}}"
            let rows: [(id: Int?, name: String, score: Double)] = [
                (1, "2009-12-31", 10), (2, "2010-03-01", 20), (3, "not a date", 30), (4, "2019-01-01", 40),
            ]
            campus.source.set { $0.rows = rows }
            let first = try await campus.run()
            #expect(first.records == 3, "the first is past already")
            #expect(first.tables.allSatisfy { $0.counts.isBalanced })
            #expect(first.notices.contains { $0.contains("1 rows are past their retention") })
            // The fourth changes; its date goes back beyond the limit.
            campus.source.set { $0.rows = rows.map { $0.id == 4 ? (4, "2000-01-01", 41) : $0 } }
            try await campus.run()
            clock.set("2020-06-01")
            let report = try await campus.pipeline().retain()
            #expect(report.tables.first { $0.table == "raw.people" }?.rows == 3, "the second, and both of the fourth")
            #expect(try await campus.glob(Self.raw, "id, _op") == ["3|U"])
            let next = try await campus.run { $0.fullRefresh = true }
            #expect(next.tables.first { $0.zone == .raw }?.counts == RowCounts(rowsIn: 4, rowsOut: 0, deduplicated: 4))
            #expect(try await campus.glob(Self.raw, "id, _op") == ["3|U"])
            #expect(try await campus.glob("curated/cards", "id") == ["3"])
            #expect(try await campus.run().published.isEmpty)
        }
    }

    @Test("quarantine has a time of its own")
    func quarantine() async throws {
        try await withTemporaryFolder { folder in
            let (campus, clock) = try await campus(folder, "retention: {tables: {quarantine.persons: 90 days}}")
            campus.source.set { $0.rows = [(1, "Ann", 11), (3, "Cyd", 31), (9, "Zoe", 900)] }
            try await campus.run()
            #expect(try await campus.glob("quarantine/persons", "row_key") == ["9"])
            clock.set("2026-07-25")
            let early = try await campus.pipeline().retain(isDryRun: true)
            #expect(early.tables.first { $0.table == "quarantine.persons" }?.rows == 0)
            clock.set("2026-08-01")
            let report = try await campus.pipeline().retain()
            #expect(report.tables.first { $0.table == "quarantine.persons" }?.rows == 1)
            #expect(try campus.visibleFiles().allSatisfy { !$0.hasPrefix("quarantine/") })
        }
    }

    @Test("a legal hold on a table, or on any person, leaves the rows until it is released")
    func holds() async throws {
        try await withTemporaryFolder { folder in
            var (campus, clock) = try await campus(folder)
            campus.peopleFields[1].description.pii = .direct
            campus.source.set { $0.rows = [(1, "Ann", 11), (3, "Cyd", 32)] }
            try await campus.run()
            clock.set("2027-06-01")
            let pipeline = try campus.pipeline()
            let ledger = try await pipeline.openLake().ledger
            for scope in Hold.Scope.allCases {
                let hold = try await ledger.place(
                    hold: scope,
                    on: scope == .table ? "raw.people" : "2",
                    reason: "matter 7",
                    by: "counsel"
                )
                let report = try await pipeline.retain()
                let entry = try #require(report.tables.first { $0.table == "raw.people" })
                #expect(entry.rows == 0 && entry.reason.contains("legal hold \(hold.id)"))
                try await ledger.release(hold: hold.id, by: "counsel")
            }
            #expect(try await pipeline.retain().tables.first { $0.table == "raw.people" }?.rows == 3)
        }
    }

    @Test("policies that would never apply are refused with the reason")
    func badPolicies() async throws {
        try await withTemporaryFolder { folder in
            for (settings, word) in [
                ("tables: {peeple: 1 year}", "did you mean 'people'"),
                ("tables: {cards: 1 year}", "made from raw tables"),
                ("by: {people: nam}", "did you mean 'name'"), ("by: {people: name}", "none of whose values is a date"),
                ("by: {quarantine.persons: name}", "no raw table"),
            ] {
                var campus = TinyCampus(folder)
                campus.source.set { $0.rows = [(1, "Ann", 11)] }
                try await campus.run()
                campus.extraConfiguration = "retention: {\(settings)}"
                let error = await #expect(throws: PipelineError.self) { try await campus.pipeline().retain() }
                #expect(
                    error?.code == .badConfiguration && error?.message.contains(word) == true,
                    "\(settings): \(error as Any)"
                )
            }
        }
        #expect(throws: PipelineError.self) {
            try Configuration.parse(
                "retention: {default: seven years}\nsources: {a: {type: files, path: .}}",
                file: URL(filePath: "/lyceum.yaml"),
                environment: [:]
            )
        }
    }

    @Test("periods are calendar periods")
    func periods() throws {
        let leap = try #require(Timestamp.parse("2024-02-29T12:00:00Z"))
        #expect(Timestamp.iso(try #require(RetentionPeriod("1 year")).cutoff(from: leap)) == "2023-02-28T12:00:00Z")
        #expect(Timestamp.iso(try #require(RetentionPeriod("90 days")).cutoff(from: leap)) == "2023-12-01T12:00:00Z")
        #expect(Timestamp.iso(try #require(RetentionPeriod("18 months")).cutoff(from: leap)) == "2022-08-29T12:00:00Z")
        for text in ["0 days", "7", "years", "-1 year", "7 decades", "7  years", ""] {
            #expect(RetentionPeriod(text) == nil)
        }
        #expect(ByteSize.bytes("128MB") == 128_000_000 && ByteSize.bytes("1.5 GiB") == 1_610_612_736)
        #expect(ByteSize.bytes("x") == nil && ByteSize.bytes("5XB") == nil)
    }
}
