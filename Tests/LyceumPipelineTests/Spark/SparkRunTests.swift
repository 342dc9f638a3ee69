// Whole runs whose models a real Spark builds: equal to the embedded engine's, and as clear when they fail.

import Foundation
import LyceumCore
import LyceumLake
import TestServers
import Testing

@testable import LyceumPipeline

extension OnSpark {
    @Suite(.serialized) struct RunTests {
        private typealias Rows = [(id: Int?, name: String, score: Double)]

        private static let rows: Rows = [
            (1, " Ann ", 80), (1, " Ann ", 80), (2, "Bøb's \\ \"Ltd\"", 30), (3, "Cyd", 140), (nil, "Dee", 1),
            (4, "Ève 🎓", 49.9),
        ]

        /// The tests of whole tables, and a warning.
        private static let personsYAML = """
            table: persons
            grain: people
            unique_key: [id]
            latest_by: [_extracted_at]
            columns:
            - name: id
              tests: [not_null, unique]
            - name: name
              tests:
              - matches: {pattern: "^[A-Z]", severity: warn}
            - name: score
              tests:
              - range: {min: 0, max: 100}
            """

        /// Runs the same on both engines, each with a lake of its own, and expects the same lakes.
        private func expectEqual(_ left: TinyCampus, _ right: TinyCampus, after rows: Rows) async throws {
            var contents: [[String]] = []
            for campus in [left, right] {
                campus.source.set { $0.rows = rows }
                contents.append(try await campus.contents(after: try await campus.run()))
            }
            #expect(contents[0] == contents[1])
            #expect(contents[0].contains { $0.hasPrefix("clean/persons") })
        }

        @Test("Spark makes the same lake as the embedded engine: rows, quarantine, counts, tests, statistics, paths")
        func sameLake() async throws {
            let server = try SparkFixture.shared.get()
            try await withTemporaryFolder { folder in
                var embedded = try TinyCampus.forBothEngines(folder.appending(path: "embedded"), nil)
                var spark = try TinyCampus.forBothEngines(folder.appending(path: "spark"), try server.settings())
                (embedded.personsYAML, spark.personsYAML) = (Self.personsYAML, Self.personsYAML)
                try await expectEqual(embedded, spark, after: Self.rows)
                #expect(
                    try await spark.glob("curated/cards", "id, name, passed")
                        == ["1|ANN|true", "2|BØB'S \\ \"LTD\"|false", "4|ÈVE 🎓|false"]
                )
                #expect(
                    try await spark.glob("quarantine/persons", "rules, row_key")
                        == ["[\"matches_name\"]|4", "[\"not_null_id\"]|", "[\"range_score\"]|3"]
                )
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: folder.path + "/spark/lake/_staging").isEmpty
                )
            }
        }

        @Test("The engine can be changed between two runs, both ways, and what one wrote the other goes on with")
        func switched() async throws {
            let server = try SparkFixture.shared.get()
            try await withTemporaryFolder { folder in
                let embedded = try TinyCampus.forBothEngines(folder.appending(path: "embedded"), nil)
                var switched = try TinyCampus.forBothEngines(folder.appending(path: "switched"), nil)
                try await expectEqual(embedded, switched, after: Self.rows)
                switched.spark = try server.settings()
                // Nothing changed but the engine, so nothing is built.
                let idle = try await switched.run()
                #expect(idle.published.isEmpty && idle.tables.allSatisfy { $0.status == .unchanged })
                try await expectEqual(embedded, switched, after: [(1, "Ann", 85), (3, "Cyd", 40), (5, "Fay", 70)])
                switched.spark = nil
                try await expectEqual(embedded, switched, after: [(1, "Ann", 86), (5, "Fay", 170), (6, "Gus", 7)])
                let plan = try await switched.pipeline().plan(RunOptions())
                #expect(plan.build.allSatisfy { $0.reason == "up to date now" })
            }
        }

        @Test(
            "An error keeps Spark's class and says which model",
            arguments: [
                (
                    "select id, name, true as passed from ref('persons') join nowhere using (id)",
                    "TABLE_OR_VIEW_NOT_FOUND", "42P01"
                ),
                ("select id, nome as name, true as passed from ref('persons')", "UNRESOLVED_COLUMN", "42703"),
                ("select id, name, true as passed of ref('persons')", "PARSE_SYNTAX_ERROR", "42601"),
            ]
        )
        func errors(sql: String, errorClass: String, state: String) async throws {
            let server = try SparkFixture.shared.get()
            try await withTemporaryFolder { folder in
                var campus = try TinyCampus.forBothEngines(folder, try server.settings())
                campus.cardsSQL = sql
                campus.source.set { $0.rows = [(1, "Ann", 80)] }
                let error = await #expect(throws: PipelineError.self) { try await campus.run() }
                #expect(error?.code == .modelFailed && error?.location == "curated/cards.sql")
                #expect(
                    error?.message.contains(errorClass) == true && error?.message.contains(state) == true,
                    "\(String(describing: error))"
                )
                let visible = try campus.visibleFiles()
                #expect(visible.isEmpty)
            }
        }

        @Test("A value that cannot be converted is in neither the error nor the ledger")
        func valuesStayAway() async throws {
            let server = try SparkFixture.shared.get()
            try await withTemporaryFolder { folder in
                var campus = try TinyCampus.forBothEngines(folder, try server.settings())
                campus.cardsSQL = "select id, name, cast(name as integer) > 0 as passed from ref('persons')"
                campus.source.set { $0.rows = [(1, "Zoe of B", 80)] }
                let error = await #expect(throws: PipelineError.self) { try await campus.run() }
                let run = try #require(try await campus.pipeline().openLake().ledger.runs(limit: 1).first)
                let recorded = try #require(run.error)
                for text in [recorded, "\(try #require(error))", "\(String(describing: error?.cause))"] {
                    #expect(!text.contains("Zoe"), "\(text)")
                }
                #expect(recorded.contains("CAST_INVALID_INPUT") && recorded.contains("cards"), "\(recorded)")
            }
        }

        @Test("A cancelled run ends its statement, publishes nothing and can be repeated", .timeLimit(.minutes(10)))
        func cancelled() async throws {
            let server = try SparkFixture.shared.get()
            try await withTemporaryFolder { folder in
                var campus = try TinyCampus.forBothEngines(folder, try server.settings())
                campus.source.set { $0.rows = [(1, "Ann", 80)] }
                campus.slow(.seconds(600))
                let watch = RunWatch()
                let run = Task { [campus] in try await watch.run(campus) }
                try await watch.isBuilding("cards")
                try await Task.sleep(for: .seconds(3))
                run.cancel()
                await #expect(throws: CancellationError.self) { try await run.value }
                let visible = try campus.visibleFiles()
                #expect(visible.isEmpty)
                #expect(try await campus.pipeline().openLake().ledger.runs(limit: 1).first?.status == .cancelled)
                campus.slow(.zero)
                try await campus.run()
                #expect(try await campus.glob("curated/cards", "id, name") == ["1|ANN"])
            }
        }

        @Test("Without its token, and without a server, a run ends before it asks a source, and says what to mend")
        func refused() async throws {
            let server = try SparkFixture.shared.get()
            var noToken = try server.settings()
            noToken.token = nil
            let nobody = SparkSettings(url: "sc://127.0.0.1:1", token: nil)
            for settings in [noToken, try server.settings(token: "wr0ng-t0ken"), nobody] {
                try await withTemporaryFolder { folder in
                    let campus = try TinyCampus.forBothEngines(folder, settings)
                    campus.source.set { $0.hook = { Issue.record("the source was asked") } }
                    let error = await #expect(throws: PipelineError.self) { try await campus.run() }
                    #expect(error?.code == .engine && error?.location == settings.url)
                    #expect(error?.message.contains("engine.spark") == true)
                    #expect(!"\(try #require(error))".contains("wr0ng-t0ken"))
                }
            }
        }
    }
}
