// Old files beside new ones: columns added, widened and renamed, in every way a table is read.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSources
import Testing

@testable import LyceumPipeline

@Suite("Schema evolution")
struct SchemaEvolutionTests {
    private static let people = TableID(.raw, "people")

    /// Lands a file as an earlier version of the source would have.
    private func land(_ pipeline: Pipeline, _ columns: String, hash: String = "0") async throws -> Int64 {
        let lake = try await pipeline.openLake()
        let run = try await lake.beginRun(RunID(startedAt: pipeline.now()))
        let engine = try await DuckDBEngine.forTest()
        let place = try run.staging.file(Self.people, source: "campus", day: "2026-01-01")
        let rows = try await engine.writeParquet(
            """
            SELECT \(columns), 'campus' AS _source, '\(run.id)' AS _run_id, TIMESTAMP '2026-01-01' AS _extracted_at,
                CAST(\(hash) AS UBIGINT) AS _hash, 'U' AS _op
            """,
            to: place.data
        )
        let file = try await place.staged(rows: rows)
        let receipt = try await run.publish(
            Publication(tables: [TablePublication(Self.people, mode: .append, files: [file], key: ["id"])])
        )
        return try #require(receipt.snapshots[Self.people])
    }

    private func rows(_ pipeline: Pipeline, _ sql: String, at moment: Moment = .now) async throws -> [String] {
        let query = try await LakeQuery(pipeline, at: moment)
        var result: [String] = []
        for try await batch in try await query.run(sql) {
            for row in 0..<batch.count {
                result.append(
                    (0..<batch.schema.fields.count).map { batch.column($0).text(at: row) ?? "-" }.joined(separator: "|")
                )
            }
        }
        return result
    }

    struct Widening: Sendable, CustomTestStringConvertible {
        let old: String
        let new: String
        let type: String
        let values: [String]
        var testDescription: String { "\(old) then \(new)" }
    }

    @Test(
        "a column that was widened has the wider type in every reading, and no value changes",
        arguments: [
            Widening(old: "7::INTEGER", new: "5000000000::BIGINT", type: "BIGINT", values: ["7", "5000000000"]),
            Widening(old: "7::BIGINT", new: "7.25::DECIMAL(6,2)", type: "DECIMAL(21,2)", values: ["7.00", "7.25"]),
            Widening(old: "7::INTEGER", new: "7.5::DOUBLE", type: "DOUBLE", values: ["7.0", "7.5"]),
            Widening(
                old: "DATE '2020-02-29'",
                new: "TIMESTAMP '2021-01-01 10:00:00'",
                type: "TIMESTAMP",
                values: ["2020-02-29 00:00:00", "2021-01-01 10:00:00"]
            ),
            Widening(old: "7::INTEGER", new: "'seven'", type: "VARCHAR", values: ["7", "seven"]),
            Widening(old: "DATE '2020-02-29'", new: "'soon'", type: "VARCHAR", values: ["2020-02-29", "soon"]),
            // The source has narrowed it again: what landed wide stays whole.
            Widening(old: "5000000000::BIGINT", new: "7::INTEGER", type: "BIGINT", values: ["5000000000", "7"]),
            Widening(old: "7.125::DOUBLE", new: "7::INTEGER", type: "DOUBLE", values: ["7.125", "7.0"]),
        ]
    )
    func widened(_ case: Widening) async throws {
        try await withTemporaryFolder { folder in
            let pipeline = try TinyCampus(folder).pipeline()
            let first = try await land(pipeline, "1::BIGINT AS id, 'a' AS name, \(`case`.old) AS v")
            _ = try await land(pipeline, "2::BIGINT AS id, 'b' AS name, \(`case`.new) AS v")
            let query = "SELECT typeof(v), CAST(v AS VARCHAR) FROM raw.people ORDER BY id"
            let expected = `case`.values.map { "\(`case`.type)|\($0)" }
            #expect(try await rows(pipeline, query) == expected)
            #expect(try await rows(pipeline, "SELECT count(*) FROM raw.people", at: .snapshot(first)) == ["1"])
            #expect(try await pipeline.compact().tables.map(\.filesAfter) == [1])
            #expect(try await rows(pipeline, query) == expected, "after the files were merged")
        }
    }

    @Test("a column that old files lack is empty there, before and after they are merged")
    func added() async throws {
        try await withTemporaryFolder { folder in
            let campus = TinyCampus(folder)
            campus.source.set { $0.rows = [(1, "Ann", 80)] }
            try await campus.run()
            campus.source.set {
                $0.shape = .columnAdded
                $0.rows = [(1, "Ann", 80), (2, "Bob", 60)]
                $0.newFor = [2]
            }
            try await campus.run()
            let pipeline = try campus.pipeline()
            let query = "SELECT DISTINCT id, nickname FROM raw.people ORDER BY id"
            #expect(try await rows(pipeline, query) == ["1|-", "2|new"])
            _ = try await pipeline.compact()
            #expect(try await rows(pipeline, query) == ["1|-", "2|new"])
            #expect(try await campus.run().published.isEmpty)
        }
    }

    @Test("a renamed column is read under its new name in queries, time travel, models and landing, and after a merge")
    func renamed() async throws {
        try await withTemporaryFolder { folder in
            var campus = TinyCampus(folder)
            campus.peopleFields[1].formerNames = ["full_name"]
            let pipeline = try campus.pipeline()
            // The hash that landing gave the row when the column had its old name: values in order of names.
            let hash = "md5_number_lower(concat_ws(chr(31), 'Ann', '1', '80.0'))"
            let first = try await land(pipeline, "1::BIGINT AS id, 'Ann' AS full_name, 80::DOUBLE AS score", hash: hash)
            #expect(try await rows(pipeline, "SELECT id, name, score FROM raw.people") == ["1|Ann|80.0"])

            campus.source.set { $0.rows = [(1, "Ann", 80)] }
            let same = try await campus.run()
            #expect(same.records == 0, "a rename changes no row")
            #expect(same.tables.first { $0.zone == .raw }?.counts.isBalanced == true)
            #expect(try await campus.glob("curated/cards", "id, name") == ["1|ANN"])
            let lake = try await pipeline.openLake()
            let run = try #require(try await lake.ledger.lastRun())
            #expect(try await lake.ledger.drift(run: run.id).isEmpty, "a declared rename is no drift")

            campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 60)] }
            #expect(try await campus.run().records == 1)
            let query = "SELECT id, name FROM raw.people ORDER BY id"
            #expect(try await rows(pipeline, query) == ["1|Ann", "2|Bob"])
            #expect(try await rows(pipeline, query, at: .snapshot(first)) == ["1|Ann"])
            // Different days of the real clock: the files are of one source and may be of two days.
            let merged = try await pipeline.compact()
            #expect(try await rows(pipeline, query) == ["1|Ann", "2|Bob"], "\(merged)")
            #expect(try await rows(pipeline, query, at: .snapshot(first)) == ["1|Ann"])
        }
    }

    @Test("renames can be declared in lyceum.yaml and in the contracts' file, several deep")
    func declared() async throws {
        try await withTemporaryFolder { folder in
            var campus = TinyCampus(folder)
            campus.extraConfiguration = "contracts: {people: {renamed_from: {name: [full_name, label]}}}"
            let pipeline = try campus.pipeline()
            _ = try await land(pipeline, "1::BIGINT AS id, 'Ann' AS label, 1::DOUBLE AS score")
            _ = try await land(pipeline, "2::BIGINT AS id, 'Bob' AS full_name, 1::DOUBLE AS score")
            let query = "SELECT id, name FROM raw.people ORDER BY id"
            #expect(try await rows(pipeline, query) == ["1|Ann", "2|Bob"])
            _ = try await land(pipeline, "3::BIGINT AS id, 'Cyd' AS name, 1::DOUBLE AS score")
            #expect(try await rows(pipeline, query) == ["1|Ann", "2|Bob", "3|Cyd"])
            #expect(try await rows(pipeline, "SELECT * EXCLUDE (_run_id) FROM raw.people LIMIT 0").isEmpty)
        }
        let model = try ModelDefinition(
            name: "cards",
            zone: .clean,
            sql: "select 1 as id",
            yaml: "table: cards\nsort_by: id\ncolumns: [{name: id, renamed_from: number}]\n",
            file: "clean/cards.yml"
        )
        #expect(model.formerNames == ["id": ["number"]] && model.sortBy == ["id"])
    }

    @Test("a narrowing that a frozen contract forbids is refused, and nothing lands")
    func narrowed() async throws {
        try await withTemporaryFolder { folder in
            var campus = TinyCampus(folder)
            campus.modes.types = .freeze
            campus.peopleFields[2] = Contract.Column(ColumnDescription(name: "score", type: "INTEGER"))
            campus.source.set { $0.rows = [(1, "Ann", 80.5)] }
            let error = await #expect(throws: PipelineError.self) { try await campus.run() }
            #expect(error?.code == .contractBroken)
            let files = try campus.visibleFiles()
            #expect(files.isEmpty)
        }
    }
}
